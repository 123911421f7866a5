package listo_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/report"
)

// leftToCode are what an audit finds in examples/gastos-express behind listo gateway,
// and why: what only its code can cure. Everything else must be green.
var leftToCode = map[string]string{
	"contracts.negative":     "crashed", // 30 February is PostgreSQL's to refuse, and ends in 500
	"observability.recovery": "stuck",   // the process died of the loss, and nobody starts it again
	"observability.survival": "gone",
	"pool.identity":          "anonymous",
}

// deadBehind are what cannot be measured because the service behind has died: the
// errors of a lost session, and whoever comes after them.
var deadBehind = map[string]string{
	"contracts.errors.server":  "unrestored",
	"contracts.errors.limited": "",
}

// Behind listo gateway the same service, to the byte, passes whatever a gateway can
// cure; the page names the rest and says that only the service can.
func TestTheGatewayCuresBareExpress(t *testing.T) {
	t.Parallel()
	binary := quickPatient(t)
	w := newExpressWorkspace(t, binary, "listo.gateway.yaml") // listo itself is on PATH: see TestMain
	w.prepared(preparedDatabase(t))
	w.only("this test is about what a gateway cures", append([]string{"parity"}, expressGates...)...)
	w.settings += "limits:\n  pool.effective.repeats: 1\n"
	for i := range w.gates {
		w.gates[i].Controls = nil // the rooms' own tests show them
	}
	ledger, exit := w.audit(t)
	if exit != evidence.ExitFailed {
		t.Errorf("exit %d, want %d", exit, evidence.ExitFailed)
	}
	w.expects(t, ledger, leftToCode, stillDead(w, ledger))
	page, err := os.ReadFile(filepath.Join(w.folder, "reports/dev_audit/go_no_go.md"))
	if err != nil {
		t.Fatal(err)
	}
	for check, reason := range leftToCode {
		if report.Cure(check, reason) != "" {
			t.Errorf("%s is red behind a gateway that is said to cure it", check)
		}
		if !strings.Contains(blockerOf(string(page), check), "solo lo cura el propio servicio") {
			t.Errorf("%s: the page does not say who can cure it", check)
		}
	}
	w.verifies(t)
}

// stillDead gives deadBehind without what came to a pass. The service dies of sessions
// that it keeps and loses; node-pg ends those that idle for ten seconds, so that on a
// slow machine there is none to be lost, and all of it is measured.
func stillDead(w *workspace, ledger evidence.Ledger) map[string]string {
	dead := maps.Clone(deadBehind)
	for _, g := range evidence.Decide(w.gates, ledger).Gates {
		for _, c := range g.Checks {
			if c.Finding.Outcome == evidence.Pass {
				delete(dead, c.Check)
			}
		}
	}
	return dead
}

// TestWhatTheGatewayIsSaidToCure: what is red bare and not behind the gateway, and nothing else, has a cure on the page and in the file
// that `gateway init` writes.
func TestWhatTheGatewayIsSaidToCure(t *testing.T) {
	for check, reason := range bareReds {
		_, left := leftToCode[check]
		if cure := report.Cure(check, reason); (cure == "") != left {
			t.Errorf("%s: the cure is %q, and behind the gateway it is red: %v", check, cure, left)
		}
	}
}

// blockerOf gives the section of a blocker on go_no_go.md.
func blockerOf(page, check string) string {
	for section := range strings.SplitSeq(page, "\n### ") {
		if heading, rest, _ := strings.Cut(section, "\n"); strings.Contains(heading, "`"+check+"`") {
			return rest
		}
	}
	return ""
}
