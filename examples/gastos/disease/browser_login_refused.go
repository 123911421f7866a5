//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserLoginRefused() Disease {
	return Disease{
		ID: "browser-login-refused", Check: "frontend.browser", Consequences: []string{},
		Summary: "a guard against forged requests knows the frontend's origin in development only: the page's own login is refused",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return toBrowsers("/api/auth/login", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Header.Get("Origin") == c.FrontendOrigin {
					next.ServeHTTP(w, r)
					return
				}
				took("a login from another origin than the one of development is refused")
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte(`{"type":"about:blank","title":"Forbidden","status":403}`))
			})
		},
	}
}
