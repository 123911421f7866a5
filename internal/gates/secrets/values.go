package secrets

import (
	"context"
	"os"

	"listo/internal/config"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// Where the values were read.
const (
	inProcess  = "process"     // the environment of the running service itself
	handedOver = "handed over" // what the service would be given: it did not start
	inEnvFile  = "env file"    // what is written for a service that listo did not start
)

// valuesOf gives the service's variables and where they were read. A managed
// service is asked itself; when it does not start (perhaps because one is
// missing) the values it would be given are what there is. Of an attached one
// only files are seen here: secrets.effective proves what it really uses.
func valuesOf(ctx context.Context, b *lab.Bench) (values map[string]string, source string) {
	if b.Config.Service.Mode == config.Attached {
		if b.Target.Environment != nil {
			return b.Target.Environment, inEnvFile
		}
		return service.Environment(b.Config, os.LookupEnv), inEnvFile
	}
	target := b.Target
	if target.Environment == nil && b.Patient != nil {
		// Its error stands in the ledger, where the start was written down.
		target, _ = b.Patient(ctx)
	}
	if target.Environment != nil {
		return target.Environment, inProcess
	}
	return service.Environment(b.Config, os.LookupEnv), handedOver
}
