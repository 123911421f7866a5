package listo_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates/secrets"
)

// workspaceDiseases are the defects that do not live in the service's code but
// around it: in its files, its history and what it was provisioned with.
func workspaceDiseases() []disease {
	return []disease{
		{ID: "frontend-edited", Check: "frontend.manifest", Summary: "one byte of the built frontend was changed",
			Consequences: []string{"frontend.history", "frontend.served"},
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
			Consequences: []string{"frontend.history", "frontend.served"},
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "frontend/dist/assets/extra.js", "console.log('added')\n")
			}},
		{ID: "secret-weak", Check: "secrets.strength", Summary: "the signing secret is one character again and again",
			infect: func(t *testing.T, w *workspace) {
				w.env["JWT_SECRET"] = "zqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzq"
			}},
		{ID: "secret-in-source", Check: "secrets.leaks.tree", Summary: "the secret stands in a committed file",
			Consequences: []string{"secrets.leaks.history"},
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "deploy/compose.yaml", "services:\n  gastos:\n    environment:\n      JWT_SECRET: "+w.env["JWT_SECRET"]+"\n")
				w.git(t, "add", "-A")
				w.git(t, "commit", "-q", "-m", "deploy")
			}},
		{ID: "secret-in-history", Check: "secrets.leaks.history", Summary: "the secret was committed once and removed again",
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "notes.txt", "key "+w.env["JWT_SECRET"]+"\n")
				w.git(t, "add", "-A")
				w.git(t, "commit", "-q", "-m", "notes")
				w.git(t, "rm", "-q", "notes.txt")
				w.git(t, "commit", "-q", "-m", "no notes")
			}},
		{ID: "pool-too-large", Check: "pool.headroom", Summary: "two replicas want more connections than the server allows",
			infect: func(t *testing.T, w *workspace) {
				w.edits = append(w.edits, "pool:\n", "pool:\n  replicas: 12\n")
			}},
		{ID: "pool-size-no-number", Check: "secrets.shape", Summary: "the pool is declared larger than the server allows",
			Consequences: []string{"pool.headroom"},
			infect: func(t *testing.T, w *workspace) {
				w.env["CONNECTION_POOL_SIZE"] = "500"
			}},
		{ID: "secret-of-production", Check: "secrets.distinct", Summary: "development uses production's secret",
			infect: func(t *testing.T, w *workspace) {
				config, err := os.ReadFile("examples/gastos/listo.yaml")
				if err != nil {
					t.Fatal(err)
				}
				recorded := regexp.MustCompile(`listo-fp:v1:\S+`).FindString(string(config))
				if recorded == "" {
					t.Fatal("the patient records no production fingerprint")
				}
				w.edits = append(w.edits, recorded, secrets.Fingerprint("JWT_SECRET", w.env["JWT_SECRET"]))
			}},
		{ID: "secret-in-frontend", Check: "secrets.leaks.frontend", Summary: "the secret was built into the frontend",
			Consequences: []string{"frontend.manifest", "frontend.served", "frontend.history", "secrets.leaks.tree", "secrets.leaks.history", "secrets.leaks.responses"},
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "frontend/dist/assets/settings.js", "export const key = '"+w.env["JWT_SECRET"]+"'\n")
			}},
		{ID: "frontend-committed", Check: "frontend.history", Summary: "the frontend was changed, recorded anew and committed",
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
