//go:build disease

package disease

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// exit ends the process; a test looks on instead.
var exit = os.Exit

func diesWithDatabase() Disease {
	return Disease{
		ID: "dies-with-database", Check: "observability.survival", Consequences: []string{},
		Summary: "a request that the database cannot serve ends the process, as log.Fatal would",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Source: func(pool *pgxpool.Pool) store.Source { return fatal{store.Pooled(pool), took} }}
		},
	}
}

type fatal struct {
	store.Source
	took func(string)
}

func (f fatal) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := f.Source.Acquire(ctx)
	f.end(ctx, err)
	if err != nil {
		return nil, err
	}
	return fatalConn{conn, f}, nil
}

// end ends the process when the database is at fault and not an impatient caller.
func (f fatal) end(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		f.took("the process ends, since the database is away")
		exit(1)
	}
}

type fatalConn struct {
	store.Conn
	fatal fatal
}

func (c fatalConn) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, options)
	c.fatal.end(ctx, err)
	return tx, err
}
