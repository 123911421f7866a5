//go:build disease

package disease

import (
	"gastos/internal/config"
	"gastos/internal/service"
)

// driverDefault is pgx's MaxConns on a machine of up to four processors; it is
// written down here so that the defect is the same on every machine.
const driverDefault = 4

func poolDriverDefault() Disease {
	return Disease{
		ID: "pool-driver-default", Check: "pool.effective", Consequences: []string{},
		Summary: "the size is never handed to the driver: its default of 4 holds",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return sized(c, driverDefault, took)
		},
	}
}
