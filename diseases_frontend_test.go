package listo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/evidence"
)

func frontendDiseases() []disease {
	return []disease{
		{ID: "frontend-edited", Check: "frontend.manifest", Summary: "one byte of the built frontend was changed",
			Consequences: []string{"frontend.history", "frontend.served", "supply.reproducible"}, // no build makes it
			infect: func(t *testing.T, w *workspace) {
				path := filepath.Join(w.folder, "frontend/dist/index.html")
				page, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				page[len(page)/2] ^= 1
				w.write(t, "frontend/dist/index.html", string(page))
			}},
		{ID: "frontend-added", Check: "frontend.manifest", Summary: "a file was added to the built frontend",
			Consequences: []string{"frontend.history", "frontend.served", "supply.reproducible"}, // no build makes it
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "frontend/dist/assets/extra.js", "console.log('added')\n")
			}},
		{ID: "frontend-committed", Check: "frontend.history", Summary: "the frontend was changed, recorded anew and committed",
			Consequences: []string{"supply.reproducible"},
			infect: func(t *testing.T, w *workspace) {
				const page = "frontend/dist/index.html"
				text, err := os.ReadFile(filepath.Join(w.folder, page))
				if err != nil {
					t.Fatal(err)
				}
				manifest, err := os.ReadFile(filepath.Join(w.folder, "frontend.sha256"))
				if err != nil {
					t.Fatal(err)
				}
				changed := string(text) + "<!-- changed -->\n"
				before, after := evidence.DigestOf(text).Hex(), evidence.DigestOf([]byte(changed)).Hex()
				if !strings.Contains(string(manifest), before) {
					t.Fatal("the manifest does not hold the page")
				}
				w.write(t, page, changed)
				w.write(t, "frontend.sha256", strings.ReplaceAll(string(manifest), before, after))
				w.git(t, "add", "-A")
				w.git(t, "commit", "-q", "-m", "a new page")
			}},
	}
}
