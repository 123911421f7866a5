package listo_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// disease is a defect that listo must find. Those of the binary are listed by
// the patient itself, built with the tag `disease`; those of the workspace are
// in the files diseases_<gate>_test.go.
type disease struct {
	ID           string            `json:"id"`
	Check        string            `json:"check"`
	Consequences []string          `json:"consequences"`
	Summary      string            `json:"summary"`
	Env          map[string]string `json:"env"`
	// Unproven is the reason for which the check is unproven instead of red.
	Unproven string `json:"unproven"`

	// Waits tells that the check must not turn red but wait for a person.
	Waits bool `json:"-"`

	// infect changes the workspace of an audit; it asserts its own effect.
	infect func(t *testing.T, w *workspace)
}

// allDiseases gives those of the binary and those of the workspace.
func allDiseases(t *testing.T, binary string) []disease {
	t.Helper()
	var fromBinary []disease
	out, err := exec.Command(binary, "diseases").Output()
	if err != nil {
		t.Fatalf("%s diseases: %v", binary, err)
	}
	if err := json.Unmarshal(out, &fromBinary); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(fromBinary, workspaceDiseases())
}

// TestDiseases shows every check a disease, and every gate eight at least; with
// LISTO_DISEASES=all or whole it shows all there are, with together in groups (make
// diseases). Those of latency and load are shown by TestDiseasesOfLoad.
func TestDiseases(t *testing.T) {
	t.Parallel() // an audit waits more than it works
	binary, p := quickPatient(t), preparedDatabase(t)
	if os.Getenv("LISTO_DISEASES") == "together" {
		for i, g := range groups(allDiseases(t, binary)) {
			t.Run(fmt.Sprintf("group-%02d", i), func(t *testing.T) {
				t.Parallel()
				g.mustBeCaught(t, binary, p)
			})
		}
		return
	}
	for _, d := range shown(t, binary) {
		if !d.measured() {
			t.Run(d.ID, func(t *testing.T) {
				t.Parallel()
				d.mustBeCaught(t, binary, p)
			})
		}
	}
}

// TestDiseasesOfLoad shows those that are measured: each has the machine for itself.
// With LISTO_DISEASES=together they stand in the groups of TestDiseases.
func TestDiseasesOfLoad(t *testing.T) {
	binary := patientBinary(t) // at its true cost: it is measured
	p, err := prepare(binary, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range shown(t, binary) {
		if d.measured() && os.Getenv("LISTO_DISEASES") != "together" {
			t.Run(d.ID, func(t *testing.T) { d.mustBeCaught(t, binary, p) })
		}
	}
}

// shown gives the diseases that are audited: the chosen ones, or all when asked.
func shown(t *testing.T, binary string) []disease {
	t.Helper()
	all := allDiseases(t, binary)
	if os.Getenv("LISTO_DISEASES") == "" {
		return chosen(all)
	}
	return all
}

// leastOfAGate is how many diseases every gate is shown.
const leastOfAGate = 8

// chosen gives the first disease of every check, and further ones up to the least
// that every gate is shown. The choice hangs on the order of the lists alone.
func chosen(all []disease) []disease {
	var some, rest []disease
	checks, of := map[string]bool{}, map[string]int{}
	for _, d := range all {
		if checks[d.Check] {
			rest = append(rest, d)
			continue
		}
		checks[d.Check] = true
		of[d.gate()]++
		some = append(some, d)
	}
	for _, d := range rest {
		if of[d.gate()] < leastOfAGate {
			of[d.gate()]++
			some = append(some, d)
		}
	}
	return some
}

// mustBeCaught audits the sick patient: the disease's own check is red (or waits), it
// really took effect, and every other red is a declared consequence. The audit is
// of the gate of its check, without its controls, which other tests show; with
// LISTO_DISEASES=whole it is of all gates (make diseases).
func (d disease) mustBeCaught(t *testing.T, binary string, p prepared) {
	w := newWorkspace(t, binary)
	w.prepared(p)
	w.settings = shortLimits() + d.performanceLimits()
	if !wholly() {
		w.only("this disease is none of its own", d.gate())
		w.settings += unaffected(d) + d.performanceExcused()
		for i := range w.gates {
			w.gates[i].Controls = nil
		}
	}
	proof := w.unseen("proof")
	d.strike(t, w, proof)
	ledger, exit := w.audit(t)
	d.mustHaveStruck(t, proof)
	all := outcomes(ledger)
	if d.Waits {
		if all[d.Check] != evidence.Unproven || exit != evidence.ExitWaiting {
			t.Errorf("exit %d, %s is %v, it does not wait: %s", exit, d.Check, all[d.Check], explain(ledger, d.Check))
		}
	} else if !d.shows(ledger) {
		t.Errorf("%s is %v, not %s: %s", d.Check, all[d.Check], d.symptom(), explain(ledger, d.Check))
	}
	for check, outcome := range all {
		if outcome == evidence.Fail && check != d.Check && !slices.Contains(d.Consequences, check) {
			t.Errorf("%s is red and not declared as a consequence: %s", check, explain(ledger, check))
		}
	}
}

// shows tells that the disease's own check came to what it must.
func (d disease) shows(l evidence.Ledger) bool {
	for _, gate := range evidence.Decide(gates.All(), l).Gates {
		for _, c := range gate.Checks {
			if c.Check == d.Check {
				return c.Outcome == evidence.Fail && d.Unproven == "" ||
					c.Outcome == evidence.Unproven && d.Unproven != "" && c.Finding.Reason == d.Unproven
			}
		}
	}
	return false
}

// symptom is what its own check must say of a disease.
func (d disease) symptom() string {
	if d.Unproven != "" {
		return "unproven: " + d.Unproven
	}
	return "red"
}

// shortLimits are limits by which a disease's audit asks less often than a real one.
func shortLimits() string {
	return "limits:\n  pool.effective.repeats: 1\n  frontend.browser.shown: 5000\n" +
		"  observability.metrics.requests: 60\n  observability.latency.requests: 60\n  observability.cardinality.requests: 60\n"
}

// gate is the gate of the disease's own check.
func (d disease) gate() string {
	gate, _, _ := strings.Cut(d.Check, ".")
	return gate
}

// workspaceDiseases are the defects that do not live in the service's code but
// around it: in its files, its history and what it was provisioned with.
func workspaceDiseases() []disease {
	return slices.Concat(secretsDiseases(), frontendDiseases(), poolDiseases(), contractsDiseases(), observabilityDiseases(), databaseDiseases(), supplyDiseases(), parityDiseases(), wireDiseases())
}

// A check that nothing turns red may be blind, and nobody would know.
func TestEveryCheckHasADisease(t *testing.T) {
	caught, of := map[string]bool{}, map[string]int{}
	for _, d := range allDiseases(t, quickPatient(t)) {
		caught[d.Check] = true
		of[d.gate()]++
	}
	for _, g := range gates.All() {
		if of[g.ID] < leastOfAGate {
			t.Errorf("gate %s has %d diseases, want %d", g.ID, of[g.ID], leastOfAGate)
		}
		for _, c := range g.Checks {
			if !caught[c.ID] {
				t.Errorf("no disease turns %s red", c.ID)
			}
		}
	}
}
