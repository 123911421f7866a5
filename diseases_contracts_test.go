package listo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func contractsDiseases() []disease {
	// edited changes the document beside the service, which serves its own.
	edited := func(old, new string) func(t *testing.T, w *workspace) {
		return func(t *testing.T, w *workspace) {
			text, err := os.ReadFile(filepath.Join(w.folder, "openapi.json"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(text), old) == 0 {
				t.Fatalf("the document does not hold %q", old)
			}
			w.write(t, "openapi.json", strings.Replace(string(text), old, new, 1))
		}
	}
	return []disease{
		{ID: "contract-stale", Check: "contracts.served", Summary: "the service serves the document of the last release",
			infect: edited(`"version": "1.0.0"`, `"version": "1.1.0"`)},
		{ID: "contract-broken-reference", Check: "contracts.document", Summary: "the document refers to a schema that was renamed",
			Consequences: []string{"contracts.served", "contracts.positive", "contracts.statuses"},
			infect:       edited(`"Categoria": {`, `"Categorias": {`)},
		{ID: "contract-route-forgotten", Check: "contracts.undocumented", Summary: "an operation is served and was never written down",
			Consequences: []string{"contracts.served", "contracts.errors.method"},
			infect:       edited("    \"/api/me\": {\n      \"get\"", "    \"/api/me\": {\n      \"x-get\"")},
	}
}
