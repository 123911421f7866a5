//go:build disease

package disease

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// patience is how long a request waits for a connection.
const patience = 100 * time.Millisecond

func poolImpatient() Disease {
	return Disease{
		ID: "pool-impatient", Check: "pool.answered", Consequences: []string{"pool.effective"},
		Summary: "a request waits 100 ms for a connection, then gives up with 503",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Source: func(pool *pgxpool.Pool) store.Source { return impatient{pool, took} }}
		},
	}
}

type impatient struct {
	pool *pgxpool.Pool
	took func(string)
}

func (i impatient) Acquire(ctx context.Context) (store.Conn, error) {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := store.Pooled(i.pool).Acquire(short)
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		i.took("a request gave up waiting for a connection long before its deadline")
	}
	return conn, err
}
