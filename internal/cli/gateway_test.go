package cli

import (
	"slices"
	"strings"
	"testing"

	"listo/gateway"
	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report"
	"listo/internal/words"
)

func gatewayBook(t *testing.T) words.Book {
	t.Helper()
	book, err := words.Read("gateway.words.yaml", gatewayWords)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestEveryCureIsAConfiguration: each alone and all together load, in both languages, whatever the service said.
func TestEveryCureIsAConfiguration(t *testing.T) {
	book := gatewayBook(t)
	lookup := func(name string) (string, bool) {
		v, ok := map[string]string{"FRONTEND_ORIGIN": "https://app.example", "DATABASE_URL": "postgres://127.0.0.1/gastos"}[name]
		return v, ok
	}
	var every []failure
	for key := range report.Cures() {
		if check, reason, _ := strings.Cut(key, ":"); check != "security.hsts" { // it names certificate files, which are not here
			every = append(every, failure{check, reason, "hostile:\n} [: text"})
		}
	}
	tries := [][]failure{nil, every}
	for _, f := range every {
		tries = append(tries, []failure{f})
	}
	for _, lang := range words.Languages() {
		for _, failures := range tries {
			text, err := prescribe(book, lang, "http://127.0.0.1:3000", failures)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := gateway.Parse("g.yaml", []byte(text), lookup); err != nil {
				t.Errorf("%v: %v\n%s", failures, err, text)
			}
			for _, f := range failures {
				if !strings.Contains(text, "# "+f.check+" ") {
					t.Errorf("%s is not named in\n%s", f.check, text)
				}
			}
		}
	}
}

func TestHSTSNamesItsFiles(t *testing.T) {
	text, err := prescribe(gatewayBook(t), words.English, "http://127.0.0.1:3000", []failure{{"security.hsts", "missing", "none"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = gateway.Parse("g.yaml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), "tls: certificate and key cannot be used") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestWhatOnlyCodeCures(t *testing.T) {
	text, err := prescribe(gatewayBook(t), words.English, "http://127.0.0.1:3000", []failure{{"security.tenants", "crossed", "seen"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"only the service's own code can cure:\n# security.tenants failed: seen\n", "nothing to cure from outside"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// TestCuresAreOfChecks: the table names remedies, checks and reasons that exist, and no remedy is left over.
func TestCuresAreOfChecks(t *testing.T) {
	var names []string
	for _, r := range remedies() {
		names = append(names, r.name)
	}
	used := map[string]bool{}
	all := gates.All()
	for key, name := range report.Cures() {
		id, reason, one := strings.Cut(key, ":")
		if check, ok := evidence.Find(all, id); !ok || one && !slices.Contains(check.Reasons, reason) {
			t.Errorf("there is no check, or no reason of it, %s", key)
		}
		if !slices.Contains(names, name) {
			t.Errorf("%s: there is no remedy %q", key, name)
		}
		used[name] = true
	}
	book := gatewayBook(t)
	for _, name := range names {
		if !used[name] || !book.Has("gateway.why."+name) {
			t.Errorf("the remedy %q cures nothing, or has no words", name)
		}
	}
}
