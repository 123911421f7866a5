package listo_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
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

	// infect changes the workspace of an audit; it asserts its own effect.
	infect func(t *testing.T, w *workspace)
}

func TestDiseases(t *testing.T) {
	binary := patientBinary(t)
	var fromBinary []disease
	out, err := exec.Command(binary, "diseases").Output()
	if err != nil {
		t.Fatalf("%s diseases: %v", binary, err)
	}
	if err := json.Unmarshal(out, &fromBinary); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(fromBinary, workspaceDiseases())
	if len(all) < 12 {
		t.Fatalf("%d diseases: too few to show what the gates catch", len(all))
	}
	for _, d := range all {
		t.Run(d.ID, func(t *testing.T) {
			if !d.measured() {
				t.Parallel() // an audit waits more than it works
			}
			d.mustBeCaught(t, binary)
		})
	}
}

// mustBeCaught audits the sick patient: the disease's own check is red, it
// really took effect, and every other red is a declared consequence. The audit is
// of the gates that the disease names, without their controls, which other tests
// show; with LISTO_DISEASES=whole it is of all gates (make diseases).
func (d disease) mustBeCaught(t *testing.T, binary string) {
	w := newWorkspace(t, binary)
	w.settings = "limits:\n  pool.effective.repeats: 1\n" + d.performanceLimits()
	if os.Getenv("LISTO_DISEASES") != "whole" {
		w.only("this disease is none of its own", d.gates()...)
		w.settings += d.performanceExcused()
		for i := range w.gates {
			w.gates[i].Controls = nil
		}
	}
	proof := filepath.Join(w.folder, ".git", "proof")
	if d.infect != nil {
		d.infect(t, w)
	} else {
		w.service["GASTOS_DISEASE"], w.service["GASTOS_DISEASE_PROOF"] = d.ID, proof
		for name, value := range d.Env {
			w.service[name] = value
		}
	}
	ledger, _ := w.audit(t)
	if d.infect == nil {
		if effect, err := os.ReadFile(proof); err != nil || len(effect) == 0 {
			t.Fatalf("the disease took no effect: %v", err)
		}
	}
	all := outcomes(ledger)
	if all[d.Check] != evidence.Fail {
		t.Errorf("%s is %v, not red: %s", d.Check, all[d.Check], explain(ledger, d.Check))
	}
	for check, outcome := range all {
		if outcome == evidence.Fail && check != d.Check && !slices.Contains(d.Consequences, check) {
			t.Errorf("%s is red and not declared as a consequence: %s", check, explain(ledger, check))
		}
	}
}

// gates gives the gates whose checks the disease names.
func (d disease) gates() []string {
	var all []string
	for _, id := range append(d.Consequences, d.Check) {
		gate, _, _ := strings.Cut(id, ".")
		all = append(all, gate)
	}
	return all
}

// workspaceDiseases are the defects that do not live in the service's code but
// around it: in its files, its history and what it was provisioned with.
func workspaceDiseases() []disease {
	return slices.Concat(secretsDiseases(), frontendDiseases(), poolDiseases())
}
