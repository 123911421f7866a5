//go:build disease

package disease

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// unused is how many sessions are opened in vain.
const unused = 5

func poolBornUnused() Disease {
	return Disease{
		ID: "pool-born-unused", Check: "pool.unused", Consequences: []string{"pool.sampling", "pool.leaks"},
		Summary: "five sessions are opened at the start and never run a query",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Start: func(ctx context.Context, _ config.Serve, _ *slog.Logger) error {
				pc, err := store.PoolConfig(c.DatabaseURL.Reveal(), c.PoolSize)
				if err != nil {
					return err
				}
				held := make([]*pgconn.PgConn, unused)
				for i := range held {
					if held[i], err = pgconn.ConnectConfig(ctx, pc.ConnConfig.Config.Copy()); err != nil {
						return fmt.Errorf("pool-born-unused: %w", err)
					}
				}
				for _, conn := range held {
					if conn.PID() == 0 || conn.TxStatus() != 'I' {
						return fmt.Errorf("pool-born-unused: a session is not idle")
					}
				}
				// Held by this goroutine until the process ends.
				go func() {
					<-ctx.Done()
					for _, conn := range held {
						_ = conn.Close(context.Background())
					}
				}()
				took(fmt.Sprintf("%d sessions are open and have run nothing", len(held)))
				return nil
			}}
		},
	}
}
