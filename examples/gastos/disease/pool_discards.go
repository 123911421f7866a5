//go:build disease

package disease

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func poolDiscards() Disease {
	return Disease{
		ID: "pool-discards", Check: "pool.churn", Consequences: []string{},
		Summary: "the pool keeps its bound but throws every connection away after one use",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{
				Pool:   func(pc *pgxpool.Config) { pc.AfterRelease = func(*pgx.Conn) bool { return false } },
				Source: func(pool *pgxpool.Pool) store.Source { return discarding{pool, took} },
			}
		},
	}
}

type discarding struct {
	pool *pgxpool.Pool
	took func(string)
}

func (d discarding) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := store.Pooled(d.pool).Acquire(ctx)
	if opened := d.pool.Stat().NewConnsCount(); opened > int64(d.pool.Config().MaxConns) {
		d.took(fmt.Sprintf("%d sessions opened by a pool of %d", opened, d.pool.Config().MaxConns))
	}
	return conn, err
}
