//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

func browserListHangs() Disease {
	return Disease{
		ID: "browser-list-hangs", Check: "frontend.browser", Consequences: []string{},
		Summary: "a browser's list is never answered: the page goes on loading",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return toBrowsers("/api/gastos", func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
				took("a browser's list is not answered")
				<-r.Context().Done()
			})
		},
	}
}
