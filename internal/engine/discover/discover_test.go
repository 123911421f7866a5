package discover

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func readFolder(t *testing.T, folder string) *Repository {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return readFS(t, root.FS())
}

func readFS(t *testing.T, files fs.FS) *Repository {
	t.Helper()
	r, err := Read(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// files makes a repository of path and text, one after the other.
func files(all ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(all); i += 2 {
		out[all[i]] = &fstest.MapFile{Data: []byte(all[i+1])}
	}
	return out
}

func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestThePatient(t *testing.T) {
	r := readFolder(t, "../../../examples/gastos")
	if len(r.Programs) == 0 || r.Document == nil || len(r.Migrations) == 0 || len(r.Frontends) == 0 {
		t.Fatalf("programs %d, document %v, migrations %d, frontends %d", len(r.Programs), r.Document != nil, len(r.Migrations), len(r.Frontends))
	}
	p := r.Programs[0]
	wants(t, "build", p.Build.Value, "go build -o bin/gastos ./cmd/gastos")
	wants(t, "start", p.Start.Value, "exec ./bin/gastos serve")
	wants(t, "migrate", p.Prepare[0].Value, "./bin/gastos migrate up")
	wants(t, "seed", p.Prepare[1].Value, "./bin/gastos seed")
	wants(t, "tool", r.Migrations[0].Tool, "goose")
	wants(t, "role", r.Migrations[0].Role.Value, "gastos_app")
	wants(t, "frontend", r.Frontends[0].Value, "frontend/dist")
	login, _ := r.Document.Login()
	wants(t, "login", login.Request.Value, "POST /api/auth/login")
	wants(t, "body", login.Body.Value, `{"email":"{user}","password":"{password}"}`)
	wants(t, "token", login.Token.Value, "/token")
	request, operation, _ := r.Document.Read()
	wants(t, "request", request.Value, "GET /api/gastos?empresaId=1")
	failing, _ := r.Document.Failing(operation)
	wants(t, "failing", failing.Value, "GET /api/gastos?empresaId=x")
	protected, _ := r.Document.Protected()
	wants(t, "protected", protected.Value, "GET /api/me")
	ready, _ := r.Document.Ready()
	wants(t, "ready", ready.Value, "/readyz")
	for _, name := range []string{"JWT_SECRET", "CONNECTION_POOL_SIZE", "SEED_PASSWORD"} {
		if !slices.Contains(r.Variables(), Text{name, ".env.example"}) {
			t.Errorf("%s is not among %v", name, r.Variables())
		}
	}
}

func TestExpressAndCompose(t *testing.T) {
	r := readFolder(t, "testdata/express")
	p := r.Programs[0]
	wants(t, "name", p.Name.Value, "expenses")
	wants(t, "build leaves out what writes the frontend", p.Build.Value, "npm ci")
	wants(t, "start", p.Start.Value, "exec node src/server.js")
	wants(t, "migrate", p.Prepare[0].Value, "npm run migrate")
	db := r.Compose.Database()
	wants(t, "database", db.Name.Value, "expenses_dev")
	wants(t, "user, the preset of its variable", db.User.Value, "expenses")
	wants(t, "max_connections", db.MaxConnections.Value, "60")
	wants(t, "version", db.Version, "16-alpine")
	app := r.Compose.Applications()[0]
	wants(t, "port", app.Port, "3000")
	wants(t, "ready", app.Ready.Value, "/health")
	wants(t, "the last stage", strings.Join(r.Image.Entry, " "), "node src/server.js")
	wants(t, "the built folder and not the template", r.Frontends[0].Value, "web/dist")
	if len(r.Frontends) != 1 {
		t.Errorf("frontends: %v", r.Frontends)
	}
	login, _ := r.Document.Login()
	wants(t, "login under the server's path", login.Request.Value, "POST /v1/auth/login")
	wants(t, "body with what is required", login.Body.Value, `{"password":"{password}","tenant":"acme","username":"{user}"}`)
	wants(t, "token one object deeper", login.Token.Value, "/data/accessToken")
	request, _, _ := r.Document.Read()
	wants(t, "request", request.Value, "GET /v1/expenses?companyId=7")
	if slices.ContainsFunc(r.Variables(), func(v Text) bool { return v.Value == "LEAKED" }) {
		t.Error("a line of a quoted value was taken for a name")
	}
	if len(r.Warnings) > 0 {
		t.Errorf("warnings: %v", r.Warnings)
	}
}

func TestTheRestIsReadWhenAFileIsBroken(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("package.json", `{"name": "broken`)
	write("openapi.json", `{"paths": {}}`)
	write("compose.yaml", "services: [a: b: c")
	write("web/package.json", strings.Repeat(" ", maxFile+1))
	write("go.mod", "module example.com/alive\n")
	write("main.go", "package main\n\nfunc main() {}\n")
	write(".env", "A=1\nno assignment\nB=2\n")
	for _, err := range []error{
		os.Symlink("Dockerfile", filepath.Join(folder, "Dockerfile")),
		os.Symlink("..", filepath.Join(folder, "web", "loop")),
		os.Symlink("/etc/hostname", filepath.Join(folder, "swagger.json")),
		syscall.Mkfifo(filepath.Join(folder, "docker-compose.yml"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := readFolder(t, folder)
	wants(t, "what is whole is found", r.Programs[0].Start.Value, "exec ./bin/alive")
	wants(t, "names before the broken line", strings.Join(r.EnvFiles[0].Names, " "), "A")
	for _, name := range []string{"package.json", "openapi.json", "compose.yaml", "web/package.json", ".env", "Dockerfile", "swagger.json", "docker-compose.yml"} {
		if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.File == name }) {
			t.Errorf("no warning names %s: %v", name, r.Warnings)
		}
	}
}

// closed is a file system in which one folder and one file may not be opened.
type closed struct {
	fs.FS
	names []string
}

func (c closed) Open(name string) (fs.File, error) {
	if slices.Contains(c.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.FS.Open(name)
}

func TestUnreadableFoldersAreNamed(t *testing.T) {
	r := readFS(t, closed{files("private/package.json", "{}", "package.json", `{"scripts":{"start":"node a.js"}}`, "go.mod", "module x"), []string{"private", "go.mod"}})
	if len(r.Warnings) != 2 || r.Warnings[0].File != "private" || r.Warnings[1].File != "go.mod" {
		t.Errorf("warnings: %v", r.Warnings)
	}
	wants(t, "start", r.Programs[0].Start.Value, "exec node a.js")
}

func TestTheWalkIsBounded(t *testing.T) {
	r := readFS(t, files("1/2/3/4/5/6/package.json", `{"scripts":{"start":"node deep.js"}}`, "node_modules/a/package.json", `{"scripts":{"start":"node other.js"}}`))
	if len(r.Programs) > 0 {
		t.Errorf("programs below the bounds: %v", r.Programs)
	}
	var warned []string
	few, err := walk(t.Context(), files("a", "", "b", "", "c/d", "", "c/e", "", "f/g", ""), 5, func(file, _ string) { warned = append(warned, file) })
	if err != nil || len(few.paths) != 3 || !slices.Equal(warned, []string{"f"}) {
		t.Errorf("paths %v, warned of %v, %v", few.paths, warned, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, files("a", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled look gave %v", err)
	}
}
