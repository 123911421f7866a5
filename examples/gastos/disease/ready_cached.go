//go:build disease

package disease

import (
	"context"
	"sync/atomic"
	"time"

	"gastos/internal/config"
	"gastos/internal/service"
)

// staleFor is how long a yes is believed.
const staleFor = 30 * time.Second

func readyCached() Disease {
	return Disease{
		ID: "ready-cached", Check: "observability.readyz", Consequences: []string{},
		Summary: "the readiness probe remembers a yes for 30 seconds",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Ready: func(next service.Ready) service.Ready {
				var believed atomic.Int64 // until when, in nanoseconds
				return func(ctx context.Context) error {
					if time.Now().UnixNano() < believed.Load() {
						took("an old answer is given")
						return nil
					}
					err := next(ctx)
					if err == nil {
						believed.Store(time.Now().Add(staleFor).UnixNano())
					}
					return err
				}
			}}
		},
	}
}
