//go:build disease

package disease

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func readyHangs() Disease {
	return Disease{
		ID: "ready-hangs", Check: "observability.readyz", Consequences: []string{"observability.recovery"},
		Summary: "the readiness probe waits for the database without a limit of its own",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Ready: func(service.Ready) service.Ready {
				return func(ctx context.Context) error {
					began := time.Now()
					defer func() {
						if time.Since(began) > store.ReadyTimeout {
							took("a probe waited longer than it may")
						}
					}()
					return patiently(context.WithoutCancel(ctx), c.DatabaseURL.Reveal())
				}
			}}
		},
	}
}

func patiently(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "select 1 from gastos limit 1")
	return err
}
