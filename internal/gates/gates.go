// Package gates is the table of contents: the ten gates of a release, in order.
//
// Each gate is a room of its own below this folder. A gate that stands here
// with no checks is a promise not yet built; the verdict counts it as unproven.
package gates

import (
	"listo/internal/evidence"
	"listo/internal/gates/contracts"
	"listo/internal/gates/database"
	"listo/internal/gates/frontend"
	"listo/internal/gates/observability"
	"listo/internal/gates/parity"
	"listo/internal/gates/performance"
	"listo/internal/gates/pool"
	"listo/internal/gates/secrets"
	"listo/internal/gates/security"
	"listo/internal/gates/supply"
)

// All gives the ten gates in the order in which they are run and reported.
func All() []evidence.Gate {
	return []evidence.Gate{
		secrets.Gate(),
		frontend.Gate(),
		pool.Gate(),
		security.Gate(),
		contracts.Gate(),
		observability.Gate(),
		performance.Gate(),
		database.Gate(),
		supply.Gate(),
		parity.Gate(),
	}
}
