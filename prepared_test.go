package listo_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/engine/pgserver"
)

// prepared is the patient's database as its own commands make it, written down
// once for many audits: hashing the passwords of its users takes longer than
// most gates.
type prepared struct {
	script   string // SQL file
	psql     string // program that runs it
	password string // of its users
}

// prepare makes the database once, as an audit does, and dumps it.
func prepare(t *testing.T, binary string) prepared {
	t.Helper()
	const owner, app, name = "gastos_owner", "gastos_app", "gastos"
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	for _, role := range []string{owner, app} {
		if err := server.CreateRole(t.Context(), role); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.CreateDatabase(t.Context(), name, owner); err != nil {
		t.Fatal(err)
	}
	p := prepared{filepath.Join(t.TempDir(), "prepared.sql"), filepath.Join(server.Binaries.Dir, "psql"), rand.Text()}
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}} {
		cmd := exec.Command(binary, args...)
		cmd.Env = append(os.Environ(), "DATABASE_URL="+server.URL(name, owner), "SEED_PASSWORD="+p.password)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	dump, err := exec.Command(filepath.Join(server.Binaries.Dir, "pg_dump"), server.URL(name, owner)).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	// A dump has no statistics and no map of what is visible; the seed leaves both.
	if err := os.WriteFile(p.script, append(dump, "\nreset search_path; vacuum (analyze);\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// prepared makes an audit of the workspace restore the dump where it would migrate
// and seed.
func (w *workspace) prepared(p prepared) {
	w.env["SEED_PASSWORD"] = p.password
	w.prepare = fmt.Sprintf("    - %s \"$DATABASE_URL\" -X -q -v ON_ERROR_STOP=1 -o /dev/null -f %s\n", p.psql, p.script)
}

// prepareLines gives what listo.yaml says under database.prepare.
func prepareLines(t *testing.T, listoYAML string) string {
	t.Helper()
	_, after, found := strings.Cut(listoYAML, "  prepare:\n")
	lines := ""
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "    - ") {
			break
		}
		lines += line
	}
	if !found || lines == "" {
		t.Fatal("listo.yaml has no database.prepare")
	}
	return lines
}
