package listo_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func observabilityDiseases() []disease {
	rule := func(from, to string) func(*testing.T, *workspace) {
		return func(t *testing.T, w *workspace) { w.alter(t, "alerts.rules.yml", from, to) }
	}
	return []disease{
		{ID: "alert-misspelt", Check: "observability.alert_names", Consequences: []string{"observability.alerts"},
			Summary: "the rules ask for a metric that the service calls otherwise",
			infect:  rule("http_requests_total{", "http_server_requests_total{")},
		{ID: "alert-dead-label", Check: "observability.alert_names", Consequences: []string{"observability.alerts"},
			Summary: "the rules ask for a label that the metric does not have", infect: rule(`status=~"5.."`, `status_class="5xx"`)},
		{ID: "alert-milliseconds", Check: "observability.alerts", Consequences: []string{},
			Summary: "the threshold of the p95 is in milliseconds, the metric in seconds", infect: rule("> 0.25", "> 250")},
		{ID: "alert-eager", Check: "observability.alerts", Consequences: []string{},
			Summary: "the alert for 5xx fires on an ordinary day", infect: rule("> 0.01 *", "> 0.0005 *")},
		{ID: "alert-startled", Check: "observability.alerts", Consequences: []string{},
			Summary: "a spike of half a minute wakes somebody: the window alone remembers it", infect: rule("[1m]", "[5m]")},
		{ID: "alert-blind", Check: "observability.alerts", Consequences: []string{},
			Summary: "nobody is told when there are no metrics at all", infect: rule("absent(http_requests_total)", "absent(http_requests_total) > 1")},
		{ID: "alert-none", Check: "observability.alerts", Consequences: []string{},
			Summary: "there is no file of rules", infect: func(t *testing.T, w *workspace) {
				if err := os.Remove(filepath.Join(w.folder, "alerts.rules.yml")); err != nil {
					t.Fatal(err)
				}
			}},
	}
}

// unaffected leaves out checks of the room that wait for seconds and cannot be
// affected by a disease: rules are no matter of probes, probes none of counters.
// `make diseases` leaves out nothing.
func unaffected(d disease) (excused string) {
	if !strings.HasPrefix(d.Check, "observability.") {
		return ""
	}
	probes := []string{"healthz", "readyz", "recovery", "survival"}
	traces := []string{"request_id", "hostile_id", "logs"}
	counters := []string{"metrics", "latency", "cardinality"}
	rules := []string{"alert_names", "alerts"}
	kind, _, _ := strings.Cut(d.ID, "-")
	for _, id := range map[string][]string{
		"health": rules, "ready": rules, "dies": rules, "id": slices.Concat(probes, rules), "log": slices.Concat(probes, rules),
		"count": probes, "histogram": probes, "label": probes, "alert": slices.Concat(probes, traces, counters),
	}[kind] {
		excused += "  observability." + id + ": this disease cannot affect it\n"
	}
	return excused
}

// alter replaces a text in a file of the workspace, everywhere; it must be there.
func (w *workspace) alter(t *testing.T, name, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s does not hold %q: the disease would take no effect", name, from)
	}
	w.write(t, name, strings.ReplaceAll(string(text), from, to))
}
