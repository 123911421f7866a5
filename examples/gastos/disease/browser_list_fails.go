//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserListFails() Disease {
	return Disease{
		ID: "browser-list-fails", Check: "frontend.browser", Consequences: []string{},
		Summary: "a rule against bots takes browsers for some: their list answers 500, that of a test client is right",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return toBrowsers("/api/gastos", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				took("a browser's list is answered with 500")
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = w.Write([]byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`))
			})
		},
	}
}

// toBrowsers answers browsers at a path in another way than the service would.
func toBrowsers(path string, answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) service.Seams {
	return service.Seams{Handler: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path && byBrowser(r) {
				answer(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}}
}
