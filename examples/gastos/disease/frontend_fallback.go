//go:build disease

package disease

import (
	"net/http"
	"os"
	"path/filepath"

	"gastos/internal/config"
	"gastos/internal/service"
)

func frontendFallback() Disease {
	return Disease{
		ID: "frontend-fallback", Check: "frontend.served", Consequences: []string{"frontend.browser", "parity.compression"},
		Summary: "one script was lost in the deploy: its path answers 200 with the page instead",
		infect: func(c config.Serve, took func(string)) service.Seams {
			page, err := os.ReadFile(filepath.Join(c.FrontendDir, "index.html"))
			if err != nil {
				panic(err) // a service without a page does not start
			}
			return altered(anAsset(c), took, func(_ *http.Request, h http.Header, _ []byte) []byte {
				h.Set("Content-Type", "text/html; charset=utf-8")
				return page
			})
		},
	}
}
