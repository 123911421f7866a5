//go:build disease

package disease

import (
	"encoding/base64"
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func secretInResponse() Disease {
	return Disease{
		ID: "secret-in-response", Check: "secrets.leaks.responses", Consequences: []string{},
		Summary: "the answer to a login has a debug header with JWT_SECRET in base64",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/api/auth/login" {
						next.ServeHTTP(w, r)
						return
					}
					w.Header().Set("X-Debug-Key", base64.StdEncoding.EncodeToString([]byte(c.JWTSecret.Reveal())))
					seen := &witness{ResponseWriter: w}
					next.ServeHTTP(seen, r)
					if seen.status == http.StatusOK && w.Header().Get("X-Debug-Key") != "" {
						took("a login was answered with the key in a header")
					}
				})
			}}
		},
	}
}
