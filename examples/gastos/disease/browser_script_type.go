//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserScriptType() Disease {
	return Disease{
		ID: "browser-script-type", Check: "frontend.browser", Consequences: []string{},
		Summary: "the script is sent as text/plain, right in every byte: no browser runs it as a module",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return headed(anAsset(c), took, func(h http.Header) string {
				h.Set("Content-Type", "text/plain; charset=utf-8")
				return "the script is sent as text/plain"
			})
		},
	}
}
