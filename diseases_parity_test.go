package listo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	devEnv  = "deploy/dev.env.example"
	prodEnv = "deploy/prod.env.example"
)

func parityDiseases() []disease {
	return []disease{
		{ID: "env-name-missing", Check: "parity.names", Summary: "a variable was forgotten in production",
			infect: func(t *testing.T, w *workspace) { w.replace(t, prodEnv, "IDLE_TIMEOUT=35s\n", "") }},
		{ID: "env-name-misspelt", Check: "parity.names", Summary: "production spells a variable otherwise",
			Consequences: []string{"parity.reads"}, // nobody reads the misspelt one
			infect: func(t *testing.T, w *workspace) {
				w.replace(t, prodEnv, "CONNECTION_POOL_SIZE=", "CONECTION_POOL_SIZE=")
			}},
		{ID: "env-seed-in-prod", Check: "parity.names", Summary: "production has the password of the demo users, too",
			infect: func(t *testing.T, w *workspace) { w.replace(t, prodEnv, "APP_ROLE=", "SEED_PASSWORD=\nAPP_ROLE=") }},
		{ID: "env-same-secret", Check: "parity.values", Summary: "both environments have one signing secret",
			infect: func(t *testing.T, w *workspace) {
				for _, file := range []string{devEnv, prodEnv} {
					w.replace(t, file, "JWT_SECRET=\n", "JWT_SECRET="+strings.Repeat("one and the same ", 3)+"\n")
				}
			}},
		{ID: "env-prod-points-at-dev", Check: "parity.values", Summary: "production's database is on the developer's machine",
			infect: func(t *testing.T, w *workspace) { w.replace(t, prodEnv, "@db.gastos.example:5432", "@127.0.0.1:5432") }},
		{ID: "env-limit-differs", Check: "parity.values", Summary: "production takes larger bodies than were ever tried",
			infect: func(t *testing.T, w *workspace) {
				w.replace(t, prodEnv, "BODY_LIMIT_BYTES=65536", "BODY_LIMIT_BYTES=1048576")
			}},
		{ID: "env-empty", Check: "parity.values", Summary: "production's origin was left empty",
			infect: func(t *testing.T, w *workspace) { w.replace(t, prodEnv, "=https://gastos.example\n", "=\n") }},
		{ID: "env-word-for-number", Check: "parity.values", Summary: "production's port is a word",
			infect: func(t *testing.T, w *workspace) { w.replace(t, prodEnv, "PORT=8080", "PORT=http") }},
		{ID: "env-undeclared-read", Check: "parity.reads", Summary: "the service reads a variable that no file sets",
			infect: func(t *testing.T, w *workspace) {
				w.replace(t, "internal/config/config.go", `v.optional("LISTEN_HOST", "127.0.0.1")`, `v.optional("LISTEN_HOST", v.optional("BIND_ADDRESS", "127.0.0.1"))`)
			}},
		{ID: "env-unread", Check: "parity.reads", Summary: "both environments set a variable that nobody reads",
			infect: func(t *testing.T, w *workspace) {
				for _, file := range []string{devEnv, prodEnv} {
					w.replace(t, file, "PORT=", "MAX_UPLOAD_BYTES=65536\nPORT=")
				}
			}},
		{ID: "env-not-what-runs", Check: "parity.body_limit", Summary: "the service runs with another limit than its file declares",
			Consequences: []string{"security.size_limit"},
			infect:       func(t *testing.T, w *workspace) { w.service["BODY_LIMIT_BYTES"] = "1048576" }},
		{ID: "proxy-not-told", Check: "parity.trust_proxy", Summary: "the service was not told who its proxy is",
			infect: func(t *testing.T, w *workspace) { w.service["TRUSTED_PROXIES"] = "10.20.0.0/16" }},
	}
}

// replace edits a file of the workspace; what is replaced must be there.
func (w *workspace) replace(t *testing.T, name, before, after string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), before, after, 1)
	if changed == string(text) {
		t.Fatalf("%s does not hold %q: the disease would take no effect", name, before)
	}
	w.write(t, name, changed)
}
