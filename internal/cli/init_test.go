package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/manifest"
	"listo/internal/engine/pgserver"
	"listo/internal/gates"
	"listo/internal/gates/frontend"
	"listo/internal/gates/performance"
	"listo/internal/gates/pool"
)

// world is listo with an environment of the test's own.
type world struct {
	env      map[string]string
	out, err bytes.Buffer
}

func (w *world) run(args ...string) int {
	w.out.Reset()
	w.err.Reset()
	lookup := func(name string) (string, bool) { value, ok := w.env[name]; return value, ok }
	app := &App{In: strings.NewReader(""), Out: &w.out, Err: &w.err, Lookup: lookup, Now: time.Now, Rand: rand.Reader, Gates: gates.All()}
	return app.Run(context.Background(), args)
}

func (w *world) lookup(name string) (string, bool) { value, ok := w.env[name]; return value, ok }

// copyOf gives a copy of a repository without the files named.
func copyOf(t *testing.T, folder string, without ...string) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if slices.Contains(without, rel) || d.Name() == "node_modules" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.Mkdir(filepath.Join(to, rel), 0o755)
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), src, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

const (
	patient = "../../examples/gastos"
	express = "../engine/discover/testdata/express"
)

func configured(t *testing.T, folder string, w *world) *config.Config {
	t.Helper()
	cfg, err := config.Load(filepath.Join(folder, configFile), w.lookup, gates.All())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestInitOfThePatientIsWhatAPersonWrote(t *testing.T) {
	folder := copyOf(t, patient, configFile, "frontend.sha256")
	w := &world{}
	if code := w.run("init", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	got := configured(t, folder, w)
	want, err := config.Load(filepath.Join(patient, configFile), w.lookup, gates.All())
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]any{
		"name": {got.Name, want.Name}, "mode": {got.Service.Mode, want.Service.Mode}, "url": {got.Service.URL, want.Service.URL},
		"ready": {got.Service.Ready, want.Service.Ready}, "scratch": {got.Database.Scratch, want.Database.Scratch},
		"database": {got.Database.Name, want.Database.Name}, "owner": {got.Database.Owner, want.Database.Owner},
		"user": {got.Database.User, want.Database.User}, "login": {got.Login.Request, want.Login.Request},
		"body": {got.Login.Body, want.Login.Body}, "token": {got.Login.Token, want.Login.Token},
		"password":  {got.Unset["login.password"], want.Unset["login.password"]},
		"request":   {got.Sections["pool"].(*pool.Settings).Request, want.Sections["pool"].(*pool.Settings).Request},
		"directory": {got.Sections["frontend"].(*frontend.Settings).Directory, want.Sections["frontend"].(*frontend.Settings).Directory},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, a person wrote %v", what, pair[0], pair[1])
		}
	}
	if load := got.Sections["performance"].(*performance.Settings); load.Document != "openapi.json" || len(load.Mix) != 0 {
		t.Errorf("the load is not left to the document: %+v", load)
	}
	if !strings.HasPrefix(read(t, folder, configFile), "# yaml-language-server: $schema=listo.schema.json\n") {
		t.Error("the file does not begin with its schema")
	}
	w.run("init", "--schema")
	if read(t, folder, schemaFile) != w.out.String() {
		t.Error("listo.schema.json is not what --schema prints")
	}
	recorded, err := manifest.Load(filepath.Join(folder, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	found, err := manifest.Walk(t.Context(), filepath.Join(folder, "frontend/dist"), manifest.DefaultBounds())
	if err != nil || len(found) == 0 || !manifest.Compare(recorded, found).None() {
		t.Errorf("the record of %d files is not that of the folder: %v", len(found), err)
	}
}

func TestInitOfExpressKeepsValuesOut(t *testing.T) {
	folder := copyOf(t, express)
	write(t, "JWT_SECRET=the-real-secret-value\nDB_POOL_SIZE=10\nHTTP_PORT=3000\nDEMO_USER_PASSWORD=also-secret\n", folder, ".env")
	w := &world{}
	if code := w.run("init", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	text := read(t, folder, configFile)
	for _, secret := range []string{"the-real-secret-value", "also-secret", "hunter2-compose", "change-me-example-value", "never-copied", "multi-line", "LEAKED"} {
		if strings.Contains(text+w.out.String()+w.err.String(), secret) {
			t.Errorf("%q was taken over", secret)
		}
	}
	cfg := configured(t, folder, w)
	if cfg.Service.Environment["HTTP_PORT"] != "{port}" || cfg.Login.Password != "also-secret" || cfg.Database.MaxConnections != 60 ||
		cfg.Sections["pool"].(*pool.Settings).SizeVariable != "DB_POOL_SIZE" || !slices.Equal(cfg.Database.Prepare, []string{"npm run migrate", "npm run seed"}) {
		t.Errorf("read back: %+v %+v %+v", cfg.Service, cfg.Database, cfg.Sections["pool"])
	}
}

func TestInitOfNothingStillLoads(t *testing.T) {
	folder := t.TempDir()
	w := &world{}
	if code := w.run("init", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	if cfg := configured(t, folder, w); cfg.Service.Mode != config.Attached || cfg.Unset["service.url"] != "SERVICE_URL" {
		t.Errorf("read back: %+v, unset %v", cfg.Service, cfg.Unset)
	}
}

func TestInitGoesOnOverBrokenFiles(t *testing.T) {
	folder := copyOf(t, express)
	write(t, "{", folder, "openapi.json")
	write(t, "A=\x01\n", folder, ".env.development")
	if err := os.Symlink("Containerfile", filepath.Join(folder, "Containerfile")); err != nil {
		t.Fatal(err)
	}
	w := &world{}
	if code := w.run("init", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	for _, name := range []string{"openapi.json", "Containerfile"} {
		if !strings.Contains(w.err.String(), name) {
			t.Errorf("no warning names %s: %s", name, w.err.String())
		}
	}
	if text := read(t, folder, configFile); !strings.Contains(text, "# - .env.development  # cannot be read: ") {
		t.Errorf("the env file that cannot be read is not commented out:\n%s", text)
	}
	configured(t, folder, w)
}

func TestInitOverwritesNothing(t *testing.T) {
	folder := copyOf(t, express)
	w := &world{}
	const own = "# written by hand\n"
	write(t, own, folder, configFile)
	if code := w.run("init", folder); code != exitConfig || !strings.Contains(w.err.String(), "--force") {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	for _, name := range []string{schemaFile, manifestFile, configFile + keptSuffix} {
		if _, err := os.Lstat(filepath.Join(folder, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was written all the same", name)
		}
	}
	if code := w.run("init", "--stdout", folder); code != 0 || !strings.Contains(w.out.String(), "version: 1") {
		t.Errorf("--stdout: exit %d: %s", code, w.err.String())
	}
	if code := w.run("init", "--force", folder); code != 0 {
		t.Fatalf("--force: exit %d: %s", code, w.err.String())
	}
	if got := read(t, folder, configFile+keptSuffix); got != own {
		t.Errorf("kept: %q", got)
	}
	configured(t, folder, w)
	if code := w.run("init", "--force", folder); code != exitConfig || read(t, folder, configFile+keptSuffix) != own {
		t.Errorf("a second --force: exit %d: %s", code, w.err.String())
	}
}

func TestInitKeepsTheRecordOfTheFrontend(t *testing.T) {
	folder := copyOf(t, express)
	w := &world{}
	w.run("init", folder)
	first := read(t, folder, manifestFile)
	write(t, "touched", folder, "web/dist/index.html")
	if err := os.Remove(filepath.Join(folder, configFile)); err != nil {
		t.Fatal(err)
	}
	if code := w.run("init", folder); code != 0 || !strings.Contains(w.err.String(), "differs from what frontend.sha256 recorded") {
		t.Errorf("exit %d: %s", code, w.err.String())
	}
	if read(t, folder, manifestFile) != first {
		t.Error("the record was replaced without --force")
	}
	if code := w.run("init", "--force", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, w.err.String())
	}
	if read(t, folder, manifestFile) == first || read(t, folder, manifestFile+keptSuffix) != first {
		t.Error("--force did not record anew and keep the old record")
	}
}

func TestInitUsage(t *testing.T) {
	w := &world{}
	if code := w.run("init", filepath.Join(t.TempDir(), "nowhere")); code != exitUsage {
		t.Errorf("a folder that is not there: exit %d: %s", code, w.err.String())
	}
	folder := t.TempDir()
	for _, url := range []string{"mysql://a/b", "postgres://127.0.0.1:1/", "postgres://me:pass-word-1@127.0.0.1:1/db"} {
		if code := w.run("init", "--database", url, folder); code != exitConfig || strings.Contains(w.err.String(), "pass-word-1") {
			t.Errorf("%s: exit %d: %s", url, code, w.err.String())
		}
	}
	w.env = map[string]string{"DATABASE_URL": "postgres://me:pass-word-1@127.0.0.1:1/db"}
	if code := w.run("init", folder); code != 0 || !strings.Contains(w.err.String(), "DATABASE_URL is set, but") || strings.Contains(w.err.String(), "pass-word-1") {
		t.Errorf("a DATABASE_URL that does not answer: exit %d: %s", code, w.err.String())
	}
}

func startPostgres(t *testing.T) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestInitRecordsTheDatabase(t *testing.T) {
	server := startPostgres(t)
	if err := errors.Join(server.CreateRole(t.Context(), "shop"), server.CreateDatabase(t.Context(), "shop_dev", "shop")); err != nil {
		t.Fatal(err)
	}
	url := server.URL("shop_dev", "shop")
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
	}{
		{"by flag", nil, []string{"--database", url}},
		{"by environment", map[string]string{"DATABASE_URL": url}, nil},
	} {
		folder := copyOf(t, express)
		w := &world{env: c.env}
		if code := w.run(append(append([]string{"init"}, c.args...), folder)...); code != 0 {
			t.Fatalf("%s: exit %d: %s", c.name, code, w.err.String())
		}
		w.env = map[string]string{"DATABASE_URL": url}
		db := configured(t, folder, w).Database
		if db.Name != "shop_dev" || db.SystemIdentifier != server.SystemIdentifier || db.Scratch || db.URL != url {
			t.Errorf("%s: %+v, want system identifier %s", c.name, db, server.SystemIdentifier)
		}
		if text := read(t, folder, configFile); strings.Contains(text, url) {
			t.Errorf("%s: the URL stands in the file", c.name)
		}
	}
	conn, err := connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer disconnect(conn)
	if _, err := conn.Exec(t.Context(), "create table written (n int)"); err == nil {
		t.Error("listo's session could write")
	}
}
