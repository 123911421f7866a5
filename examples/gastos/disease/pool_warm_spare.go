//go:build disease

package disease

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// spare is how many connections the second pool keeps.
const spare = 5

func poolWarmSpare() Disease {
	return Disease{
		ID: "pool-warm-spare", Check: "pool.sampling", Consequences: []string{"pool.leaks"},
		Summary: "a second pool, for reports, is warmed up at the start under the same name and then never used",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Start: func(ctx context.Context, _ config.Serve, _ *slog.Logger) error {
				pc, err := store.PoolConfig(c.DatabaseURL.Reveal(), spare)
				if err != nil {
					return err
				}
				pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), pc)
				if err != nil {
					return fmt.Errorf("pool-warm-spare: %w", err)
				}
				held := make([]*pgxpool.Conn, spare)
				for i := range held {
					if held[i], err = pool.Acquire(ctx); err != nil {
						return fmt.Errorf("pool-warm-spare: %w", err)
					}
					if _, err := held[i].Exec(ctx, `select 1`); err != nil {
						return fmt.Errorf("pool-warm-spare: %w", err)
					}
				}
				for _, conn := range held {
					conn.Release()
				}
				context.AfterFunc(ctx, pool.Close)
				if open := pool.Stat().IdleConns(); open == spare {
					took(fmt.Sprintf("%d connections of a second pool are open and idle", open))
				}
				return nil
			}}
		},
	}
}
