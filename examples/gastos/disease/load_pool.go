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

func loadPoolOne() Disease {
	return Disease{
		ID: "load-pool-one", Check: "performance.peak", Consequences: []string{"performance.recovery", "pool.effective"},
		Summary: "the pool is quietly one connection, and a database 13 ms away: ten users pass, thirty queue",
		infect: func(c config.Serve, took func(string)) service.Seams {
			seams := sized(c, 1, took)
			near := seams.Source
			seams.Source = func(pool *pgxpool.Pool) store.Source { return distant{near(pool)} }
			return seams
		},
	}
}

// distant is a source whose connections are busy for longer.
type distant struct{ store.Source }

func (d distant) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := d.Source.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return distantConn{conn}, nil
}

type distantConn struct{ store.Conn }

func (c distantConn) Release() {
	time.Sleep(13 * time.Millisecond)
	c.Conn.Release()
}
