package listo_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// expressGates are those that say what the bare service lacks and need neither a
// browser nor a quiet machine. What it shares with ../gastos (secrets, frontend,
// database) is green there and here; make demo-express audits all ten.
var expressGates = []string{"pool", "security", "contracts", "observability"}

// bareReds are what an audit finds in examples/gastos-express, and why. What is
// named neither here nor in bareGaps must be green: it is Express's innocent way.
var bareReds = map[string]string{
	"security.headers":    "missing",
	"security.csp":        "absent",
	"security.hsts":       "missing",
	"security.cors":       "anyone",
	"security.size_limit": "taken",
	"security.exposed":    "told", // X-Powered-By
	"security.rate_limit": "unlimited",

	"contracts.negative":          "crashed",
	"contracts.statuses":          "differs",
	"contracts.unserved":          "absent", // the probes
	"contracts.errors.shape":      "differs",
	"contracts.errors.companions": "lacks",  // a 401 without WWW-Authenticate
	"contracts.errors.method":     "denied", // 404 where 405 is due
	"contracts.errors.server":     "differs",

	"observability.healthz":    "absent",
	"observability.readyz":     "absent",
	"observability.survival":   "died",
	"observability.request_id": "not_echoed",
	"observability.logs":       "not_json",
	"observability.metrics":    "absent",
	"observability.latency":    "absent",
	"observability.alerts":     "absent",

	"pool.identity": "anonymous",
}

// bareGaps are what cannot be measured before something red is mended.
var bareGaps = map[string]string{
	"contracts.positive":        "unreached", // the probes are documented and absent
	"contracts.errors.limited":  "",          // the process died of the sessions it lost in errors.server
	"observability.recovery":    "ended",     // the process died of the loss
	"observability.hostile_id":  "no_ids",
	"observability.cardinality": "unreadable",
	"observability.alert_names": "absent",
}

// expressTerms are words by which an Express developer sees that a remedy is for them.
var expressTerms = regexp.MustCompile("Express|node-pg|Node|prom-client|pino")

// The bare Express service is judged for what it is: each defect red for its own
// reason and with a remedy in Express's terms, nothing that is sound in it red, and
// the audit comes to its end although the service dies in it.
func TestBareExpressIsRedForTheRightReasons(t *testing.T) {
	t.Parallel()
	binary := quickPatient(t)
	w := newExpressWorkspace(t, binary, "listo.yaml")
	w.prepared(preparedDatabase(t))
	w.only("this test is about what Express lacks", expressGates...)
	w.settings += "limits:\n  pool.effective.repeats: 1\n"
	for i := range w.gates {
		w.gates[i].Controls = nil // the rooms' own tests show them
	}
	ledger, exit := w.audit(t)
	if exit != evidence.ExitFailed {
		t.Errorf("exit %d, want %d", exit, evidence.ExitFailed)
	}
	page, err := os.ReadFile(filepath.Join(w.folder, "reports/dev_audit/go_no_go.md"))
	if err != nil {
		t.Fatal(err)
	}
	w.expects(t, ledger, bareReds, bareGaps)
	for check := range bareReds {
		mustHelp(t, string(page), check)
	}
	w.verifies(t)
}

// expects wants each of these checks red for its reason, or open, and every other one
// that is in the plan green.
func (w *workspace) expects(t *testing.T, ledger evidence.Ledger, reds, gaps map[string]string) {
	t.Helper()
	judged := 0
	for _, g := range evidence.Decide(w.gates, ledger).Gates {
		for _, c := range g.Checks {
			if c.Excused != "" {
				continue
			}
			judged++
			want, reason := wanted(c.Check, reds, gaps)
			// What is green stays unproven as a whole where no control was run.
			if c.Finding.Outcome != want || reason != "" && (c.Finding.Reason != reason || c.Outcome != want) {
				t.Errorf("%s is %v (%s), want %v (%s): %s", c.Check, c.Finding.Outcome, c.Finding.Reason, want, reason, explain(ledger, c.Check))
			}
		}
	}
	if least := len(reds) + len(gaps); judged <= least {
		t.Errorf("%d checks were judged, and %d of them are not to be green", judged, least)
	}
}

// wanted gives the outcome of a check, and its reason unless it is green.
func wanted(check string, reds, gaps map[string]string) (evidence.Outcome, string) {
	if reason, red := reds[check]; red {
		return evidence.Fail, reason
	}
	if reason, open := gaps[check]; open {
		return evidence.Unproven, reason
	}
	return evidence.Pass, ""
}

// mustHelp wants a blocker on the page to say what an Express developer is to do,
// and a line that shows it. Alert rules are a file of Prometheus's, whatever the
// service is made of, and an absent file has nothing to replay.
func mustHelp(t *testing.T, page, check string) {
	t.Helper()
	_, rest, _ := strings.Cut(blockerOf(page, check), "**Remedio.**")
	remedy, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	_, line, _ := strings.Cut(rest, "```sh\n")
	if check == "observability.alerts" {
		return
	}
	if !expressTerms.MatchString(remedy) {
		t.Errorf("%s: the remedy says nothing to an Express developer: %q", check, remedy)
	}
	if line == "" || strings.HasPrefix(line, "#") {
		t.Errorf("%s: nothing shows it to whoever doubts it: %.80q", check, line)
	}
}

// newExpressWorkspace has both services beside each other, as here: the frontend and
// the contract are those of gastos.
func newExpressWorkspace(t *testing.T, binary, plan string) *workspace {
	t.Helper()
	w := workspaceOf(t, "examples/gastos-express", binary)
	w.plan = plan
	w.edits = append(w.edits, " && cd ../gastos && go build -trimpath -o ../../build/demo/gastos ./cmd/gastos", "", "${GASTOS_EXPRESS_ENV_FILE:-.env}", ".env",
		"reports/dev_audit_gateway", "reports/dev_audit")
	w.begin(t, "examples/gastos", "examples/gastos-express", "harden")
	return w
}
