package report

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"listo/internal/words"
)

// goldens are the pages kept beside this test, by frozen audit. Pages that say
// the same in two audits are kept once.
func goldens(name string, pages map[string][]byte) []string {
	switch name {
	case "healthy":
		return slices.Sorted(maps.Keys(pages))
	case "failures":
		return []string{ClosingFile, "frontend_immutability.md", "pool_config_evidence.md"}
	}
	return []string{ClosingFile, "secrets_provisioning.md"}
}

// UPDATE_GOLDEN=1 writes the pages anew; the diff is to be read.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, name := range frozenAudits() {
		for _, lang := range words.Languages() {
			pages := pagesOf(t, frozenView(t, name, lang))
			for _, file := range goldens(name, pages) {
				golden(t, filepath.Join("testdata", "pages", name, string(lang), file), pages[file])
			}
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v: run UPDATE_GOLDEN=1 go test ./internal/report and read the diff", err)
		return
	}
	if line, is, was := difference(string(got), string(want)); line > 0 {
		t.Errorf("%s:%d: the page says\n\t%s\nand was to say\n\t%s\nif that is right, run UPDATE_GOLDEN=1 go test ./internal/report and read the diff", path, line, is, was)
	}
}

// difference gives the first line in which two texts differ; 0 when they do not.
func difference(got, want string) (line int, is, was string) {
	if got == want {
		return 0, "", ""
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		is, was := "(its end)", "(its end)"
		if i < len(g) {
			is = g[i]
		}
		if i < len(w) {
			was = w[i]
		}
		if is != was {
			return i + 1, is, was
		}
	}
	return 1, "", ""
}

// The same view gives the same bytes: nothing depends on the order of a map.
func TestPagesAreDeterministic(t *testing.T) {
	t.Parallel()
	for _, name := range frozenAudits() {
		first := pagesOf(t, frozenView(t, name, words.Spanish))
		for range 5 {
			again := pagesOf(t, frozenView(t, name, words.Spanish))
			for file, text := range first {
				if string(again[file]) != string(text) {
					t.Fatalf("%s/%s differs from one time to the next", name, file)
				}
			}
		}
	}
}
