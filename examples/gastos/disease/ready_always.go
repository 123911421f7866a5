//go:build disease

package disease

import (
	"context"

	"gastos/internal/config"
	"gastos/internal/service"
)

func readyAlways() Disease {
	return Disease{
		ID: "ready-always", Check: "observability.readyz", Consequences: []string{},
		Summary: "the readiness probe asks the database and then says yes whatever it heard",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Ready: func(next service.Ready) service.Ready {
				return func(ctx context.Context) error {
					if next(ctx) != nil {
						took("not ready, and ready was said")
					}
					return nil
				}
			}}
		},
	}
}
