//go:build disease

package disease

import (
	"bytes"
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func frontendInjected() Disease {
	return Disease{
		ID: "frontend-injected", Check: "frontend.served", Consequences: []string{"frontend.browser", "parity.compression", "contracts.statuses"},
		Summary: "a script tag is put into the page on its way out",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return altered("/", took, func(_ *http.Request, _ http.Header, page []byte) []byte {
				const tag = "<script src=\"/assets/analytics.js\"></script>"
				if at := bytes.Index(page, []byte("</head>")); at >= 0 {
					return append(page[:at:at], append([]byte(tag), page[at:]...)...)
				}
				return append(page, tag...)
			})
		},
	}
}
