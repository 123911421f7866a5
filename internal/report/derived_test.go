package report

import (
	"encoding/json"
	"strings"
	"testing"

	"listo/internal/gates/performance"
	"listo/internal/words"
)

// A mix that listo derived is told with what it left out, whatever a document may
// call its operations. The frozen audits were made with a mix that a person wrote.
func TestADerivedMixIsTold(t *testing.T) {
	for lang, want := range map[words.Lang]string{
		words.English: "| `GET /reports` | at rest it was not answered 2xx | 404 |",
		words.Spanish: "| `GET /reports` | en reposo no respondió 2xx | 404 |",
	} {
		if page := derivedPage(t, lang, "GET /reports", "openapi.json"); !strings.Contains(page, want) || !strings.Contains(page, "`openapi.json`") {
			t.Errorf("%s: the page does not say %q", lang, want)
		}
		for _, complaint := range harmless(derivedPage(t, lang, hostile, hostile)) {
			t.Errorf("%s: %s", lang, complaint)
		}
	}
}

// derivedPage is load_results.md of the healthy audit, as if its mix had been derived.
func derivedPage(t *testing.T, lang words.Lang, operation, document string) string {
	t.Helper()
	v := frozenView(t, "healthy", lang)
	x := v.Ledger.Attempts("performance.normal")[0]
	var observed performance.Measured
	if err := json.Unmarshal(x.Observed, &observed); err != nil {
		t.Fatal(err)
	}
	left := performance.Left{Operation: operation, Reason: "status", Status: 404}
	detailed := left
	detailed.Detail = document
	observed.Derived = &performance.Derived{Document: document, Left: []performance.Left{left, detailed}}
	raw, err := json.Marshal(observed)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range v.Ledger.Entries {
		if own := experimentOf(e); own != nil && e.Control == nil && own.Check == "performance.normal" {
			own.Observed = raw
		}
	}
	return string(pagesOf(t, v)["load_results.md"])
}
