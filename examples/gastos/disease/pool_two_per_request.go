//go:build disease

package disease

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func poolTwoPerRequest() Disease {
	return Disease{
		ID: "pool-two-per-request", Check: "pool.effective", Consequences: []string{"pool.answered", "pool.leaks"},
		Summary: "a request takes a second connection while it holds one: half the pool works, and all of it can wait for itself",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Source: func(pool *pgxpool.Pool) store.Source { return greedy{pool, took} }}
		},
	}
}

type greedy struct {
	pool *pgxpool.Pool
	took func(string)
}

func (g greedy) Acquire(ctx context.Context) (store.Conn, error) {
	first, err := g.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	second, err := g.pool.Acquire(ctx)
	if err != nil {
		first.Release()
		return nil, err
	}
	if first.Conn().PgConn().PID() != second.Conn().PgConn().PID() {
		g.took("one request holds two sessions")
	}
	return pair{first, second}, nil
}

type pair struct {
	*pgxpool.Conn
	second *pgxpool.Conn
}

func (p pair) Release() {
	p.second.Release()
	p.Conn.Release()
}
