//go:build disease

package disease

import (
	"gastos/internal/config"
	"gastos/internal/service"
)

func poolOne() Disease {
	return Disease{
		ID: "pool-one", Check: "pool.effective", Consequences: []string{},
		Summary: "one connection: all requests queue behind each other",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return sized(c, 1, took)
		},
	}
}
