package harden

import (
	"context"
	"net/http"
	"net/netip"
)

// Exchange is what the cures know of one request and its answer. The outermost cure makes it, each cure adds what it
// learned, and the access log and the metrics read it at the end. One value for all cures keeps a request cheap.
type Exchange struct {
	// ID is the request-id, in the header X-Request-Id of the answer and in every problem and log line.
	ID string
	// Client is the address of the client: of the peer, or what trusted proxies say of it.
	Client netip.Addr
	// TLS is whether the client speaks TLS, to us or to a trusted proxy.
	TLS bool
	// API is whether the path belongs to the API: errors are JSON, nothing is stored, nothing is a document.
	API bool
	// Route names the class of the path for metrics and logs; "" until somebody knows it.
	Route string
	// Principal is who asks, as the application's Identify said; "" is nobody. It is never logged in clear.
	Principal string
	// Refused names the cure that answered instead of the application; "" when the application answered.
	Refused string
	// Dropped names the header fields that were taken away from the request: what only a trusted proxy may say.
	Dropped []string

	passage *passage
	// limiterFailed is whether a shared limiter could not decide on this request.
	limiterFailed bool
}

type exchangeKey struct{}

// Of gives the Exchange of a request. Outside of a hardened handler it is an empty one, never nil.
func Of(r *http.Request) *Exchange {
	if e, ok := r.Context().Value(exchangeKey{}).(*Exchange); ok {
		return e
	}
	return &Exchange{}
}

// with returns r with e in its context.
func (e *Exchange) with(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e))
}
