// Package trace carries what is known about one request from the door to the log.
package trace

import "context"

// Request is the story of one request. It belongs to that request's goroutine.
type Request struct {
	// ID is the request-id, as echoed to the caller and written in the log.
	ID string
	// Route is the pattern that matched, empty when none did.
	Route string
	// UsuarioID is the user of the token, 0 without one.
	UsuarioID int64
}

type key struct{}

// With returns a context that carries t.
func With(ctx context.Context, t *Request) context.Context { return context.WithValue(ctx, key{}, t) }

// From returns the Request of ctx, or an empty one that nobody reads.
func From(ctx context.Context) *Request {
	if t, ok := ctx.Value(key{}).(*Request); ok {
		return t
	}
	return &Request{}
}
