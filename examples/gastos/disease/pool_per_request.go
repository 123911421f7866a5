//go:build disease

package disease

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func poolPerRequest() Disease {
	return Disease{
		ID: "pool-per-request", Check: "pool.churn", Consequences: []string{"pool.effective", "pool.answered", "pool.sampling", "pool.leaks"},
		Summary: "each request connects to the database and disconnects: no pool, no bound",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Source: func(pool *pgxpool.Pool) store.Source {
				return &dialer{config: pool.Config().ConnConfig, declared: c.PoolSize, took: took}
			}}
		},
	}
}

type dialer struct {
	config   *pgx.ConnConfig
	declared int32
	opened   atomic.Int32
	took     func(string)
}

func (d *dialer) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return nil, err
	}
	if n := d.opened.Add(1); n > d.declared {
		d.took(fmt.Sprintf("%d sessions opened for %d requests", n, n))
	}
	return ownConn{conn}, nil
}

// ownConn is a connection that ends with its request.
type ownConn struct{ *pgx.Conn }

func (c ownConn) Release() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}
