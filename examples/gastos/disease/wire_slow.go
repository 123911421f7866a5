//go:build disease

package disease

import (
	"io"
	"net/http"
	"strings"

	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/service"
)

// hands is how many requests the sick service works on at a time.
const hands = 4

func slowHands() Disease {
	return Disease{
		ID: "slow-hands", Check: "security.slow", Consequences: []string{},
		Summary: "a request takes one of four hands before its body is there, and a body may take for ever",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			free := make(chan struct{}, hands)
			return service.Seams{
				Harden: func(c *harden.Config) { c.Bodies.Within, c.Timeouts.Write = forEver, forEver },
				Handler: func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						select {
						case free <- struct{}{}:
						default:
							took("a request waits for a hand")
							select {
							case free <- struct{}{}:
							case <-r.Context().Done(): // the client may still read: an empty 200 would be another disease
								w.WriteHeader(http.StatusServiceUnavailable)
								return
							}
						}
						defer func() { <-free }()
						if r.ContentLength > 0 && r.ContentLength <= bodyLimit {
							body, _ := io.ReadAll(r.Body)
							r = r.Clone(r.Context())
							r.Body = io.NopCloser(strings.NewReader(string(body)))
						}
						next.ServeHTTP(w, r)
					})
				},
			}
		},
	}
}
