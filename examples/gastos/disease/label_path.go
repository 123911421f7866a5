//go:build disease

package disease

import (
	"net/http"

	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/service"
)

func labelPath() Disease {
	return Disease{
		ID: "label-path", Check: "observability.cardinality", Consequences: []string{"observability.metrics"},
		Summary: "requests are counted by their path instead of their route",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Harden: func(c *harden.Config) {
				c.Metrics.Route = func(r *http.Request) string {
					took("a path that a caller made up became a label")
					return r.URL.Path
				}
			}}
		},
	}
}
