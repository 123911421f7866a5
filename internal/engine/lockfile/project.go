package lockfile

import (
	"encoding/json"
	"slices"
	"strings"

	"deps.dev/util/semver"
)

// Project is a package.json: what the project itself asks for.
type Project struct {
	Name, Version string
	EnginesNode   string // engines.node, "" when it names no range
	// InstallScripts are the lifecycle scripts that `npm ci` would run in the
	// project's own folder, in npm's order (docs.npmjs.com, scripts).
	InstallScripts []string
	Wants          []Want // sorted by name
}

// Want is one dependency as package.json asks for it.
type Want struct {
	Kind  string // the key it stands under: dependencies, devDependencies, …
	Name  string
	Range string // "^5.3.0", or an address
	Line  int    // in package.json, from 1
}

// wantKinds are the keys under which a package.json asks for packages.
var wantKinds = []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}

// ParseProject reads a package.json; name is what errors call it.
func ParseProject(name string, src []byte) (*Project, error) {
	d, err := parseJSON(name, src)
	if err != nil {
		return nil, err
	}
	p := &Project{Name: d.root.loose("name"), Version: d.root.loose("version")}
	if engines := d.root.get("engines"); engines != nil {
		p.EnginesNode = engines.loose("node")
	}
	if scripts := d.root.get("scripts"); scripts != nil {
		for _, name := range []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"} {
			if scripts.loose(name) != "" {
				p.InstallScripts = append(p.InstallScripts, name)
			}
		}
	}
	p.Wants, err = d.wants(d.root)
	return p, err
}

// wants reads what an object with the keys of a package.json asks for.
func (d *document) wants(v *value) ([]Want, error) {
	var all []Want
	for _, kind := range wantKinds {
		found, err := d.object(v, kind)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		for _, m := range found.members {
			ranged, err := d.text(found, m.key)
			if err != nil {
				return nil, err
			}
			line, _ := d.place(m.offset)
			all = append(all, Want{Kind: kind, Name: m.key, Range: ranged, Line: line})
		}
	}
	slices.SortFunc(all, func(a, b Want) int { return strings.Compare(a.Name+"\x00"+a.Kind, b.Name+"\x00"+b.Kind) })
	return all, nil
}

// OutOfSync holds package.json against the lock: each wish must stand in the
// lock word for word, nothing else may, and what is locked must satisfy it. The
// last is all that format 1 allows to compare. `npm ci` refuses such a pair too;
// this names the place.
func (lock *NPM) OutOfSync(p *Project) []Problem {
	var all []Problem
	problem := func(name string, line int, detail string) {
		all = append(all, Problem{Kind: NotInSync, Name: name, Line: line, Detail: detail})
	}
	for _, w := range p.Wants {
		if locked, known := lock.asked(w); !known && lock.Format > 1 {
			problem(w.Name, 0, "package.json wants "+w.Range+", the lock does not know")
		} else if known && locked != w.Range {
			problem(w.Name, 0, "package.json wants "+w.Range+", the lock says "+locked)
		} else if version, bad := lock.unsatisfied(w); bad {
			problem(w.Name, 0, "package.json wants "+w.Range+", the lock has "+version)
		}
	}
	for _, l := range lock.wants {
		if !slices.ContainsFunc(p.Wants, func(w Want) bool { return w.Name == l.Name && w.Kind == l.Kind }) {
			problem(l.Name, l.Line, "the lock wants "+l.Range+", package.json does not")
		}
	}
	return all
}

// asked gives what the lock says that the project asks for.
func (lock *NPM) asked(w Want) (ranged string, known bool) {
	for _, l := range lock.wants {
		if l.Name == w.Name && l.Kind == w.Kind {
			return l.Range, true
		}
	}
	return "", false
}

// unsatisfied tells that a locked version is outside of the wish. What is no
// range of versions (a tag, an address) cannot be compared, and what may be left
// out need not be there.
func (lock *NPM) unsatisfied(w Want) (version string, bad bool) {
	ranged := w.Range
	if real, aliased := strings.CutPrefix(ranged, "npm:"); aliased {
		at := strings.LastIndex(real, "@")
		if at <= 0 {
			return "", false
		}
		ranged = real[at+1:]
	}
	constraint, err := semver.NPM.ParseConstraint(ranged)
	if err != nil || strings.ContainsAny(ranged, ":/") {
		return "", false
	}
	at, found := lock.lookUp("", w.Name)
	if !found {
		return "nothing", w.Kind == "dependencies" || w.Kind == "devDependencies"
	}
	p, _ := find(lock.Packages, at)
	if p.Local() || p.Version == "" {
		return "", false
	}
	locked, err := semver.NPM.Parse(p.Version)
	return p.Version, err != nil || !constraint.MatchVersion(locked)
}

// noScripts reads one line of an .npmrc.
func noScripts(line string) (value, set bool) {
	key, text, found := strings.Cut(line, "=")
	if !found || strings.TrimSpace(key) != "ignore-scripts" {
		return false, false
	}
	return strings.TrimSpace(text) == "true", true
}

// IgnoresScripts tells whether a project's .npmrc keeps npm from running install
// scripts. The last line that says something counts.
func IgnoresScripts(npmrc []byte) bool {
	ignores := false
	for line := range strings.Lines(string(npmrc)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if value, set := noScripts(line); set {
			ignores = value
		}
	}
	return ignores
}

// rootWants keeps what the lock's own entry of the project asks for.
func (d *document) rootWants(lock *NPM, m member) (err error) {
	if m.value.kind != json.Delim('{') {
		return nil
	}
	lock.wants, err = d.wants(m.value)
	return err
}
