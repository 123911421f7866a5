//go:build disease

package disease

import (
	"strconv"

	"gastos/internal/config"
	"gastos/internal/service"
)

func poolParsedDefault() Disease {
	return Disease{
		ID: "pool-parsed-default", Check: "pool.effective", Consequences: []string{"pool.sampling", "pool.leaks"},
		Summary: "CONNECTION_POOL_SIZE is parsed as a quoted string; the error is swallowed and a default of 5 stands in",
		infect: func(c config.Serve, took func(string)) service.Seams {
			size := 5
			if value, err := strconv.Unquote(strconv.Itoa(int(c.PoolSize))); err == nil {
				size, _ = strconv.Atoi(value)
			}
			return sized(c, int32(size), took)
		},
	}
}
