package routes

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// sources are programs in the ways of their routers.
var sources = map[string]struct {
	text string
	want []string
}{
	"net/http": {`package x
func f(mux *http.ServeMux) {
	mux.HandleFunc("GET /things/{id}", h)
	mux.Handle("/files/{path...}", h)
	http.HandleFunc("POST example.com/x", h)
	mux.Handle("/{$}", h)
	http.Get("https://example.com/")
}`, []string{" / true", " /files/{path} true", "GET /things/{id} true"}},
	"chi": {`package x
func f(r chi.Router) {
	r.Get("/a/{id:[0-9]+}", h)
	r.Route("/api", func(r chi.Router) {
		r.Post("/b", h)
		r.Route("/deep", func(r chi.Router) { r.Delete("/", h) })
		r.Method("PUT", "/c", h)
	})
}`, []string{"DELETE /api/deep true", "GET /a/{id} true", "POST /api/b true", "PUT /api/c true"}},
	"gin": {`package x
func f(r *gin.Engine) { r.GET("/a/:id", h); r.Any("/b/*rest", h); r.Handle("PATCH", "/c", h) }`,
		[]string{" /b/{rest} true", "GET /a/{id} true", "PATCH /c true"}},
	"table": {`package x
var routes = []Route{{"GET", "/a", h}, {Method: "POST", Path: "/b/{id}"}, {http.MethodPut, "/c", h}}
const prefix = "/looks/like"
const no = "/has blanks/in it"`, []string{" /looks/like false", "GET /a true", "POST /b/{id} true", "PUT /c true"}},
}

func TestGo(t *testing.T) {
	for name, c := range sources {
		folder := t.TempDir()
		for file, text := range map[string]string{"x.go": c.text, "x_test.go": `package x; var _ = []R{{"GET", "/test"}}`, "testdata/y.go": `package y; var _ = []R{{"GET", "/data"}}`, "z.go": "no Go"} {
			path := filepath.Join(folder, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		found, err := Go(t.Context(), folder, folder)
		if err != nil || found.Files != 2 || found.Unparsed != 1 {
			t.Errorf("%s: %d files, %d not parsed, %v", name, found.Files, found.Unparsed, err)
		}
		if got := told(found.Routes); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := Go(t.Context(), ".", filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there has no routes")
	}
}

func told(all []Route) []string {
	var lines []string
	for _, r := range all {
		lines = append(lines, fmt.Sprintf("%s %s %v", r.Method, r.Path, r.Registered))
	}
	slices.Sort(lines)
	return lines
}

func TestTemplates(t *testing.T) {
	for pattern, want := range map[string]string{"/a/:id": "/a/{id}", "/a/{id...}": "/a/{id}", "/{$}": "/", "/a/": "/a", "/a/{id:[0-9]+}/b": "/a/{id}/b", "/a/*": "/a/{rest}", "": "/", "/a/:id?": "/a/{id}"} {
		if got := Template(pattern); got != want {
			t.Errorf("%q is %q, want %q", pattern, got, want)
		}
	}
	if Form("/a/{id}/{x}") != Form("/a/{b}/{c}") {
		t.Error("names of parameters make a difference")
	}
}

// modules is a stand-in for Express, as small as the hook needs it: one router
// with what it registers, in the way of Express 5.
const modules = `
function Router() { const r = (req, res) => {}; Object.setPrototypeOf(r, Router.prototype); return r; }
Router.prototype = Object.create(Function.prototype);
Router.prototype.use = function () { return this; };
Router.prototype.route = function () {
  const route = { stack: [] };
  for (const m of ['get', 'post', 'delete']) route[m] = () => { route.stack.push({ method: m }); return route; };
  route.all = () => { route.stack.push({ method: undefined }); return route; };
  return route;
};
for (const m of ['get', 'post', 'delete', 'all']) Router.prototype[m] = function (path, ...h) { this.route(path)[m](...h); return this; };
const application = {
  init() { this.router = Router(); },
  use(...args) { this.router.use(...args); return this; },
  listen(...args) { return require('node:http').createServer(this).listen(...args); },
};
for (const m of ['get', 'post', 'delete', 'all']) application[m] = function (path, ...h) { this.router[m](path, ...h); return this; };
function express() { const app = (req, res) => res.end(); Object.assign(app, application); app.handle = app; app.set = () => {}; app.init(); return app; }
express.Router = Router; express.application = application;
module.exports = express;
`

const program = `
const express = require('express');
const app = express();
app.use((req, res, next) => next());
app.get('/a', () => {});
const inner = express.Router();
inner.get('/:id', () => {}).post('/', () => {});
const deep = express.Router();
deep.delete(['/z', '/y'], () => {}).get(/^\/r/, () => {});
inner.use('/deep', deep);
app.use('/api', () => {}, inner);
app.all('/any', () => {});
const server = app.listen(0, '127.0.0.1', () => setTimeout(() => server.close(), 50));
`

func TestHook(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed: put it into PATH")
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"express.cjs": string(Hook), "main.js": program, "node_modules/express/index.js": modules} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(folder, "routes.json")
	cmd := exec.Command(node, "--require", filepath.Join(folder, "express.cjs"), "main.js")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), HookVariable+"="+out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	found, err := ReadHook(raw)
	if err != nil || found.Framework != "express" || found.Apps != 1 || found.Unnamed != 1 {
		t.Errorf("%+v %v", found, err)
	}
	want := []string{" /any true", "DELETE /api/deep/y true", "DELETE /api/deep/z true", "GET /a true", "GET /api/{id} true", "POST /api true"}
	if got := told(found.Routes); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReadHookRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", `{"routes":3}`} {
		if _, err := ReadHook([]byte(text)); err == nil {
			t.Errorf("%q is an inventory", text)
		}
	}
}
