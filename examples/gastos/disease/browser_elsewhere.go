//go:build disease

package disease

import (
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserElsewhere() Disease {
	return Disease{
		ID: "browser-elsewhere", Check: "frontend.browser", Consequences: []string{},
		Summary: "a header makes the page load a style sheet from somebody else, and the policy was opened for it",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return headed("/", took, func(h http.Header) string {
				const there = "http://estilos.example"
				opened := strings.Replace(h.Get("Content-Security-Policy"), "style-src 'self'", "style-src 'self' "+there, 1)
				h.Set("Content-Security-Policy", opened)
				h.Set("Link", "<"+there+"/marca.css>; rel=preload; as=style")
				return "the page preloads from " + there
			})
		},
	}
}
