package listo_test

import (
	"path/filepath"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// expressGates are those that say what the bare service lacks. The others lean on
// what it shares with ../gastos, and tests of theirs measure Express where it differs.
var expressGates = []string{"security", "contracts", "observability", "pool"}

// bare is what an audit finds in examples/gastos-express, check by check. What is
// not named here is green: nothing else may be said of it.
var bare = map[string]evidence.Finding{}

// The bare Express service is judged for what it is: each defect red for its own
// reason, nothing that is sound in it red, and the audit comes to its end although
// the service dies in it.
func TestBareExpressIsRedForTheRightReasons(t *testing.T) {
	binary := patientBinary(t)
	w := newExpressWorkspace(t, binary)
	w.prepared(prepare(t, binary))
	w.only("not what Express lacks", expressGates...)
	w.settings += "limits:\n  pool.effective.repeats: 1\n"
	for i := range w.gates {
		w.gates[i].Controls = nil // the rooms' own tests show them
	}
	ledger, exit := w.audit(t)
	if exit != evidence.ExitFailed {
		t.Errorf("exit %d, want %d", exit, evidence.ExitFailed)
	}
	for _, g := range evidence.Decide(gates.All(), ledger).Gates {
		for _, c := range g.Checks {
			if c.Excused != "" || g.Excused != "" {
				continue
			}
			t.Logf("%q: evidence.%v(%q)", c.Check, c.Outcome, c.Finding.Reason)
		}
	}
	w.verifies(t)
}

// newExpressWorkspace is a git repository with both services beside each other, as
// in this one. Both the frontend and the contract are those of gastos.
func newExpressWorkspace(t *testing.T, binary string) *workspace {
	t.Helper()
	root := t.TempDir()
	w := workspaceOf(t, "examples/gastos-express", root, binary)
	w.edits = append(w.edits, " && cd ../gastos && go build -trimpath -o ../../build/demo/gastos ./cmd/gastos", "", "${GASTOS_EXPRESS_ENV_FILE:-.env}", ".env")
	for _, example := range []string{"gastos", "gastos-express"} {
		copyTracked(t, filepath.Join("examples", example), filepath.Join(root, example))
	}
	w.begin(t)
	w.folder = filepath.Join(root, "gastos-express")
	return w
}
