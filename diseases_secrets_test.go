package listo_test

import (
	"os"
	"regexp"
	"testing"

	"listo/internal/gates/secrets"
)

func secretsDiseases() []disease {
	return []disease{
		{ID: "secret-missing", Check: "secrets.present", Waits: true, Summary: "the signing secret is not provisioned",
			infect: func(t *testing.T, w *workspace) {
				delete(w.env, "JWT_SECRET")
			}},
		{ID: "secret-empty", Check: "secrets.present", Waits: true, Summary: "the signing secret is set to nothing",
			infect: func(t *testing.T, w *workspace) {
				w.env["JWT_SECRET"] = ""
			}},
		{ID: "secret-in-reports", Check: "secrets.leaks.bundle", Summary: "a report written by hand, which listo keeps, holds the secret",
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "reports/dev_audit/secrets_provisioning.md", "# Secrets\n\nJWT_SECRET is "+w.env["JWT_SECRET"]+"\n")
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
			Consequences: []string{"frontend.manifest", "frontend.served", "frontend.history", "secrets.leaks.tree", "secrets.leaks.history", "secrets.leaks.responses", "supply.reproducible"},
			infect: func(t *testing.T, w *workspace) {
				w.write(t, "frontend/dist/assets/settings.js", "export const key = '"+w.env["JWT_SECRET"]+"'\n")
			}},
	}
}
