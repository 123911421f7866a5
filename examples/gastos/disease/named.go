//go:build disease

package disease

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// named gives the sessions of the pool another name; an empty one is none.
func named(name string) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{
			Pool: func(pc *pgxpool.Config) {
				pc.ConnConfig.RuntimeParams["application_name"] = name
			},
			Source: func(pool *pgxpool.Pool) store.Source { return introduced{pool, name, took} },
		}
	}
}

type introduced struct {
	pool *pgxpool.Pool
	name string
	took func(string)
}

func (i introduced) Acquire(ctx context.Context) (store.Conn, error) {
	conn, err := i.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	// The server reports this parameter of its own accord.
	if is := conn.Conn().PgConn().ParameterStatus("application_name"); is == i.name && is != store.ApplicationName {
		i.took(fmt.Sprintf("the server knows a session of ours as %q", is))
	}
	return conn, nil
}
