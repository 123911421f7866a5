//go:build disease

package disease

import (
	"io"
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// bodyLimit is the service's own, in bytes.
const bodyLimit = 64 << 10

func sizeChunkedUnlimited() Disease {
	return Disease{
		ID: "size-chunked-unlimited", Check: "security.size_limit", Consequences: []string{},
		Summary: "a body that does not tell its size may be of any",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.ContentLength < 0 {
						// All of it is read, whatever there is; the handler behind is
						// shown as little as its own limit takes.
						n, _ := io.Copy(io.Discard, io.LimitReader(r.Body, 64<<20))
						if n > bodyLimit {
							took("a body over the limit was read to its end")
						}
						r.Body = io.NopCloser(strings.NewReader(`{"read":true}`))
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

func sizeCutOff() Disease {
	return Disease{
		ID: "size-cut-off", Check: "security.size_limit", Consequences: []string{},
		Summary: "the connection of a body that is too large is cut instead of answered",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.ContentLength > bodyLimit {
						took("a connection was cut")
						panic(http.ErrAbortHandler)
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}
