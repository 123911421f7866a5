package listo_test

import (
	"os"
	"path/filepath"
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
			infect:  rule("http_server_request_duration_seconds_count{", "http_requests_total{")},
		{ID: "alert-dead-label", Check: "observability.alert_names", Consequences: []string{"observability.alerts"},
			Summary: "the rules ask for a label that the metric does not have", infect: rule(`http_response_status_code=~"5.."`, `status_class="5xx"`)},
		{ID: "alert-milliseconds", Check: "observability.alerts", Consequences: []string{},
			Summary: "the threshold of the p95 is in milliseconds, the metric in seconds", infect: rule("> 0.25", "> 250")},
		{ID: "alert-eager", Check: "observability.alerts", Consequences: []string{},
			Summary: "the alert for 5xx fires on an ordinary day", infect: rule("> 0.01 *", "> 0.0005 *")},
		{ID: "alert-startled", Check: "observability.alerts", Consequences: []string{},
			Summary: "a spike of half a minute wakes somebody: the window alone remembers it", infect: rule("[1m]", "[5m]")},
		{ID: "alert-blind", Check: "observability.alerts", Consequences: []string{},
			Summary: "nobody is told when there are no metrics at all", infect: rule("absent(http_server_request_duration_seconds_count)", "absent(http_server_request_duration_seconds_count) > 1")},
		{ID: "alert-none", Check: "observability.alerts", Consequences: []string{},
			Summary: "there is no file of rules", infect: func(t *testing.T, w *workspace) {
				if err := os.Remove(filepath.Join(w.folder, "alerts.rules.yml")); err != nil {
					t.Fatal(err)
				}
			}},
	}
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
