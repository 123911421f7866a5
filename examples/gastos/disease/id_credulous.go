//go:build disease

package disease

import (
	"net/http"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

func idCredulous() Disease {
	return Disease{
		ID: "id-credulous", Check: "observability.hostile_id", Consequences: []string{},
		Summary: "whatever a caller sends as an id comes back as it was",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return answering(func(r *http.Request, h http.Header, _ int) {
				sent := strings.Join(r.Header.Values("X-Request-Id"), ", ")
				if sent != "" && h.Get("X-Request-Id") != sent {
					took("an id that was refused comes back")
					h.Set("X-Request-Id", sent)
				}
			})
		},
	}
}
