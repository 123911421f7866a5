//go:build disease

package disease

import (
	"context"
	"errors"
	"sync/atomic"

	"gastos/internal/config"
	"gastos/internal/service"
)

var errStuck = errors.New("disease: it was not ready once")

func readyStuck() Disease {
	return Disease{
		ID: "ready-stuck", Check: "observability.recovery", Consequences: []string{},
		Summary: "once not ready, the service is never ready again until somebody restarts it",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Ready: func(next service.Ready) service.Ready {
				var failed, served atomic.Bool
				return func(ctx context.Context) error {
					err := next(ctx)
					switch {
					case err == nil && failed.Load():
						took("ready, and not ready was said")
						return errStuck
					case err == nil:
						served.Store(true)
					case served.Load(): // a slow start is forgiven
						failed.Store(true)
					}
					return err
				}
			}}
		},
	}
}
