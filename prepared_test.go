package listo_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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

// preparedDatabase gives the database as quickPatient makes it. It is made once for
// all tests: it is the same for each.
func preparedDatabase(t *testing.T) prepared {
	t.Helper()
	p, err := preparedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var preparedOnce = sync.OnceValues(func() (prepared, error) {
	binary, err := quickOnce()
	if err != nil {
		return prepared{}, err
	}
	folder, err := shared.folder("prepared")
	if err != nil {
		return prepared{}, err
	}
	return prepare(binary, folder)
})

// prepare makes the database once, as an audit does, and dumps it into the folder.
func prepare(binary, folder string) (prepared, error) {
	const owner, app, name = "gastos_owner", "gastos_app", "gastos"
	ctx := context.Background() // not a test's: the next one wants it too
	server, err := pgserver.Start(ctx, pgserver.Options{})
	if err != nil {
		return prepared{}, err
	}
	defer server.Stop()
	for _, role := range []string{owner, app} {
		if err := server.CreateRole(ctx, role); err != nil {
			return prepared{}, err
		}
	}
	if err := server.CreateDatabase(ctx, name, owner); err != nil {
		return prepared{}, err
	}
	p := prepared{filepath.Join(folder, "prepared.sql"), filepath.Join(server.Binaries.Dir, "psql"), rand.Text()}
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}} {
		cmd := exec.Command(binary, args...)
		cmd.Env = append(os.Environ(), "DATABASE_URL="+server.URL(name, owner), "SEED_PASSWORD="+p.password)
		if out, err := cmd.CombinedOutput(); err != nil {
			return prepared{}, fmt.Errorf("%s: %w\n%s", args, err, out)
		}
	}
	dump, err := exec.Command(filepath.Join(server.Binaries.Dir, "pg_dump"), server.URL(name, owner)).Output()
	if err != nil {
		return prepared{}, fmt.Errorf("pg_dump: %w", err)
	}
	// A dump has no statistics and no map of what is visible; the seed leaves both.
	return p, os.WriteFile(p.script, append(dump, "\nreset search_path; vacuum (analyze);\n"...), 0o600)
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
