//go:build disease

package disease

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// sized gives the pool another size than the declared one.
func sized(c config.Serve, size int32, took func(string)) service.Seams {
	return service.Seams{
		Pool: func(pc *pgxpool.Config) { pc.MaxConns = size },
		Source: func(pool *pgxpool.Pool) store.Source {
			if is := pool.Config().MaxConns; is == size && is != c.PoolSize {
				took(fmt.Sprintf("the pool holds up to %d connections, %d are declared", is, c.PoolSize))
			}
			return store.Pooled(pool)
		},
	}
}
