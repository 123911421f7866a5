//go:build disease

package disease

import (
	"gastos/internal/config"
	"gastos/internal/service"
)

func poolIgnored() Disease {
	return Disease{
		ID: "pool-ignored", Check: "pool.effective", Consequences: []string{"pool.sampling", "pool.leaks"},
		Summary: "CONNECTION_POOL_SIZE is not looked at: the pool is always 20",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return sized(c, 20, took)
		},
	}
}
