//go:build disease

// Package disease makes the service sick, one defect at a time, so that listo's
// checks can be shown what they must catch.
//
// It knows how each defect is put in through the seams of the service, and proves
// that it took effect. It does not know how a check works. It is built with the tag
// `disease` only: a release holds none of it.
package disease

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"gastos/internal/config"
	"gastos/internal/service"
)

// Disease is one seeded defect.
type Disease struct {
	ID string `json:"id"`
	// Check is the check that must turn red.
	Check string `json:"check"`
	// Consequences are the checks that may turn red as well.
	Consequences []string `json:"consequences"`
	Summary      string   `json:"summary"`
	// Unproven is the reason for which the check is unproven, where it cannot turn red:
	// what holds a measurement back leaves nothing to be judged.
	Unproven string `json:"unproven,omitempty"`
	// Env is what the environment must have for the defect to show, if anything.
	Env map[string]string `json:"env,omitempty"`

	infect infect
}

// infect returns the seams of a sick service. It calls took when, and only when,
// the defect has really taken effect.
type infect func(c config.Serve, took func(how string)) service.Seams

// All lists the diseases, by the gate whose check they must turn red.
func All() []Disease {
	return slices.Concat(secrets(), frontends(), pools(), securities(), tokenKeys(), rateEdges(), overreaches(), injections(), contracts(), errorsIll(), observabilities(), parities(), loads())
}

// Seams returns the seams of the disease that GASTOS_DISEASE names; without the
// variable the service is healthy. Proof of the effect, one line per process, is
// appended to the file that GASTOS_DISEASE_PROOF names.
func Seams(lookup config.Lookup) (service.Seams, error) {
	id, set := lookup("GASTOS_DISEASE")
	if !set || id == "" {
		return service.Seams{}, nil
	}
	c, err := config.ReadServe(lookup)
	if err != nil {
		return service.Seams{}, err
	}
	file, _ := lookup("GASTOS_DISEASE_PROOF")
	for _, d := range All() {
		if d.ID == id {
			return d.infect(c, prove(id, file)), nil
		}
	}
	return service.Seams{}, fmt.Errorf("GASTOS_DISEASE: no disease of this name: see gastos diseases")
}

// prove returns a function that writes the first proof down, and ignores the rest.
func prove(id, file string) func(how string) {
	var once sync.Once
	return func(how string) {
		once.Do(func() {
			if file == "" {
				return
			}
			f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				panic(fmt.Errorf("GASTOS_DISEASE_PROOF: %w", err))
			}
			defer f.Close()
			if _, err := fmt.Fprintf(f, "%s: %s\n", id, how); err != nil {
				panic(fmt.Errorf("GASTOS_DISEASE_PROOF: %w", err))
			}
		})
	}
}
