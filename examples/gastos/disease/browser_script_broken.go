//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserScriptBroken() Disease {
	return Disease{
		ID: "browser-script-broken", Check: "frontend.browser", Consequences: []string{"frontend.served"},
		Summary: "a proxy cuts the script's last bytes off: it does not parse",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return altered(anAsset(c), took, func(_ *http.Request, _ http.Header, script []byte) []byte {
				return append(script[:len(script)*9/10], "\nif ("...)
			})
		},
	}
}
