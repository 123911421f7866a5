package pool

import (
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

func newPlaceless() *lab.Bench { return &lab.Bench{Config: &config.Config{}} }

func book(t *testing.T) words.Book {
	t.Helper()
	b, err := words.Read("pool/words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// speak fails the test when a page could not say the finding in every language.
func speak(t *testing.T, id string, f evidence.Finding) {
	t.Helper()
	b := book(t)
	check, _ := evidence.Find([]evidence.Gate{Gate()}, id)
	facts := map[string]any{}
	for _, l := range check.Limits {
		facts[l.Name] = l.Default
	}
	for _, lang := range words.Languages() {
		if _, err := b.Say(lang, id+".wanted", facts); err != nil {
			t.Errorf("%s wanted: %v", id, err)
		}
		for name, value := range f.Facts {
			facts[name] = value
		}
		if _, err := b.Say(lang, id+".got."+f.Reason, facts); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		key := id + ".remedy." + f.Reason
		if !b.Has(key) {
			key = id + ".remedy.any"
		}
		if _, err := b.Say(lang, key, facts); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestEveryPhraseIsThere(t *testing.T) {
	b := book(t)
	need := []string{"pool.title", "pool.question"}
	for _, c := range Gate().Checks {
		for _, part := range []string{"title", "hypothesis", "wanted", "method", "remedy.any"} {
			need = append(need, c.ID+"."+part)
		}
		for _, reason := range c.Reasons {
			need = append(need, c.ID+".got."+reason)
		}
		for _, limit := range c.Limits {
			need = append(need, c.ID+".limit."+limit.Name)
		}
	}
	for _, key := range need {
		if !b.Has(key) {
			t.Errorf("no phrase %q", key)
		}
	}
	for _, key := range b.Keys() {
		said := strings.Contains(page, `"`+key+`"`)
		for _, family := range []string{"page.pool_config_evidence.from_", "page.pool_config_evidence.kind_"} {
			said = said || strings.HasPrefix(key, family) && strings.Contains(page, family+"%s")
		}
		if strings.HasPrefix(key, "page.") && !said {
			t.Errorf("%q is said nowhere", key)
		}
	}
}
