package observability

import (
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
)

// speak fails the test when a page could not say the finding in every language.
func speak(t *testing.T, id string, f evidence.Finding) {
	t.Helper()
	b, err := words.Read("observability/words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	check, _ := evidence.Find([]evidence.Gate{Gate()}, id)
	facts := map[string]any{}
	for _, l := range check.Limits {
		facts[l.Name] = l.Default
	}
	for name, value := range f.Facts {
		facts[name] = value
	}
	remedy := id + ".remedy." + f.Reason
	if !b.Has(remedy) {
		remedy = id + ".remedy.any"
	}
	for _, lang := range words.Languages() {
		for _, key := range []string{id + ".wanted", id + ".got." + f.Reason, remedy} {
			if _, err := b.Say(lang, key, facts); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
}
