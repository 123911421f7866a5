//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func frontendStale() Disease {
	return Disease{
		ID: "frontend-stale", Check: "frontend.served", Consequences: []string{"parity.compression"},
		Summary: "one script is served with one more newline than was built",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return altered(anAsset(c), took, func(_ *http.Request, _ http.Header, script []byte) []byte {
				return append(script, '\n')
			})
		},
	}
}
