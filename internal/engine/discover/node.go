package discover

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Package is a package.json.
type Package struct {
	File      string
	Directory string
	Name      string
	Main      string
	Scripts   map[string]string
	Depends   []string // names of dependencies, those for development too
	// Manager is npm, pnpm or yarn, by the lock file, which Lock names; npm and no
	// lock file otherwise.
	Manager string
	Lock    string
}

// packages reads every package.json.
func (t *tree) packages() []*Package {
	var all []*Package
	for _, file := range t.named("package.json") {
		if src, ok := t.read(file, maxFile); ok {
			if p, err := parsePackage(file, src); err != nil {
				t.warn(file, "it is not the JSON of a package: it was left out")
			} else {
				p.Manager, p.Lock = t.manager(p.Directory)
				all = append(all, p)
			}
		}
	}
	return all
}

func parsePackage(file string, src []byte) (*Package, error) {
	var raw struct {
		Name, Main                    string
		Scripts                       map[string]string
		Dependencies, DevDependencies map[string]json.RawMessage
	}
	if err := json.Unmarshal(src, &raw); err != nil {
		return nil, err
	}
	p := &Package{File: file, Directory: path.Dir(file), Name: text(path.Base(raw.Name)), Main: text(raw.Main), Scripts: map[string]string{}}
	for name, script := range raw.Scripts {
		if clean := text(script); clean != "" && printable(name) {
			p.Scripts[name] = clean
		}
	}
	for _, list := range []map[string]json.RawMessage{raw.Dependencies, raw.DevDependencies} {
		for name := range list {
			p.Depends = append(p.Depends, name)
		}
	}
	slices.Sort(p.Depends)
	return p, nil
}

func (t *tree) manager(directory string) (manager, lock string) {
	for _, known := range [][2]string{{"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"}, {"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}} {
		if lock := path.Join(directory, known[0]); t.has(lock) {
			return known[1], lock
		}
	}
	return "npm", ""
}

func (p *Package) depends(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(p.Depends, name) })
}

// serves tells whether the package depends on an HTTP server's library.
func (p *Package) serves() bool {
	return p.depends("express", "fastify", "koa", "@hapi/hapi", "@nestjs/core", "restify", "hono", "polka", "@feathersjs/express")
}

// bundles tells whether the package builds a frontend.
func (p *Package) bundles() bool {
	return p.depends("vite", "webpack", "react-scripts", "@vue/cli-service", "@angular/cli", "parcel", "rollup", "esbuild", "next", "astro", "@sveltejs/kit")
}

// bundler recognizes a build script that writes a frontend: listo must not run it.
var bundler = regexp.MustCompile(`\b(vite|webpack|react-scripts|vue-cli-service|ng|next|parcel|rollup|astro|svelte-kit)\b`)

// runnable is a script that needs no package manager: node and plain words.
var runnable = regexp.MustCompile(`^node [A-Za-z0-9@%+=:,./_ -]+$`)

// program gives the way to run the package's service; false when it has none.
func (p *Package) program() (Program, bool) {
	start := p.start()
	if !start.Found() || (p.bundles() && !p.serves()) {
		return Program{}, false
	}
	return Program{Kind: Node, Name: Text{p.Name, p.File + ": name"}, Directory: p.Directory, File: p.File,
		Build: p.build(), Start: start, Prepare: p.prepare(), serves: p.serves()}, true
}

func (p *Package) start() Text {
	script, from := p.Scripts["start"], p.File+": scripts.start"
	switch {
	case runnable.MatchString(script):
		return Text{"exec " + script, from}
	case script != "":
		return Text{"exec " + p.Manager + " run start", from}
	case p.Main != "" && p.serves() && runnable.MatchString("node "+p.Main):
		return Text{"exec node " + p.Main, p.File + ": main"}
	}
	return Text{}
}

// build installs what the lock file says, and builds unless that would write a
// frontend.
func (p *Package) build() Text {
	install := map[string]string{"npm": "npm ci", "pnpm": "pnpm install --frozen-lockfile", "yarn": "yarn install --frozen-lockfile"}[p.Manager]
	from := p.Lock
	if p.Lock == "" {
		install, from = "npm install --no-save", p.File
	}
	if script := p.Scripts["build"]; script != "" && !bundler.MatchString(script) {
		return Text{install + " && " + p.Manager + " run build", from + ", " + p.File + ": scripts.build"}
	}
	return Text{install, from}
}

// prepare gives the scripts that migrate and seed, by their usual names.
func (p *Package) prepare() []Text {
	var all []Text
	for _, names := range [][]string{
		{"migrate", "db:migrate", "migrate:up", "migrate:latest", "migrate:deploy", "migration:run", "migrations:run"},
		{"seed", "db:seed", "seed:run"},
	} {
		for _, name := range names {
			if p.Scripts[name] != "" {
				all = append(all, Text{p.Manager + " run " + name, p.File + ": scripts." + name})
				break
			}
		}
	}
	return all
}

// migrates tells whether prepare already has a step that migrates.
func migrates(prepare []Text) bool {
	return slices.ContainsFunc(prepare, func(t Text) bool { return strings.Contains(t.Value, "migrat") })
}
