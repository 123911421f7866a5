package lockfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// NPM is a package-lock.json or npm-shrinkwrap.json.
type NPM struct {
	Format   int       // lockfileVersion: 1, 2 or 3
	Name     string    // of the project
	Version  string    // of the project
	Packages []Package // all entries but the project itself, sorted by Path
	// DependsOn are the Paths of what the project itself asks for, sorted.
	DependsOn []string
	wants     []Want // of the project itself, as the lock says; none in format 1
	problems  []Problem
}

// modules is the folder in which npm installs.
const modules = "node_modules"

// ParseNPM reads a lock file; name is what errors call it. Format 2 is read as
// npm 7 and later read it, by its "packages".
func ParseNPM(name string, src []byte) (*NPM, error) {
	d, err := parseJSON(name, src)
	if err != nil {
		return nil, err
	}
	lock := &NPM{}
	if lock.Format, err = d.format(); err != nil {
		return nil, err
	}
	var needs map[string]needs
	if lock.Format == 1 {
		needs, err = d.tree(lock)
	} else {
		needs, err = d.packages(lock)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(lock.Packages, byPath)
	lock.connect(needs)
	if lock.Format == 2 {
		if err := d.compareHalves(lock); err != nil {
			return nil, err
		}
	}
	return lock, nil
}

func (d *document) format() (int, error) {
	found := d.root.get("lockfileVersion")
	if found == nil {
		return 0, d.errorAt(0, "it has no lockfileVersion, so it is no lock of npm 5 or later")
	}
	if number, ok := found.kind.(float64); ok && (number == 1 || number == 2 || number == 3) {
		return int(number), nil
	}
	return 0, d.errorAt(found.offset, "lockfileVersion is not 1, 2 or 3")
}

// packages reads formats 2 and 3: one flat object by path.
func (d *document) packages(lock *NPM) (map[string]needs, error) {
	all, err := d.object(d.root, "packages")
	if err != nil {
		return nil, err
	}
	if all == nil {
		return nil, d.errorAt(0, "format "+strconv.Itoa(lock.Format)+" without \"packages\"")
	}
	wants := map[string]needs{}
	for _, m := range all.members {
		if m.value.kind != json.Delim('{') {
			return nil, d.errorAt(m.offset, "an entry is not an object")
		}
		if wants[m.key], err = d.needs(m.value); err != nil {
			return nil, err
		}
		if m.key == "" {
			lock.Name, lock.Version = m.value.loose("name"), m.value.loose("version")
			if err := d.rootWants(lock, m); err != nil {
				return nil, err
			}
			continue
		}
		if len(m.key) > maxPath || len(lock.Packages) == maxEntries {
			return nil, d.errorAt(m.offset, "more entries or longer paths than any project has")
		}
		p, err := d.entry(m)
		if err != nil {
			return nil, err
		}
		lock.Packages = append(lock.Packages, p)
	}
	return wants, nil
}

// entry reads one member of "packages".
func (d *document) entry(m member) (Package, error) {
	p := Package{Ecosystem: EcosystemNPM, Path: m.key, Scope: Prod}
	p.Line, p.Column = d.place(m.offset)
	var err error
	for key, into := range map[string]*string{"name": &p.Name, "version": &p.Version, "integrity": &p.Integrity} {
		if *into, err = d.text(m.value, key); err != nil {
			return p, err
		}
	}
	if p.Resolved, err = d.resolved(m.value); err != nil {
		return p, err
	}
	installed, inside := installedName(m.key)
	if inside && installed == "" {
		return p, d.errorAt(m.offset, fmt.Sprintf("the entry %q names no package", m.key))
	}
	if p.Name == "" {
		p.Name = installed
	}
	if m.value.isTrue("dev") {
		p.Scope = Dev
	}
	// devOptional: --omit=dev alone leaves it installed.
	p.Optional = m.value.isTrue("optional") || m.value.isTrue("devOptional")
	p.Peer, p.Bundled = m.value.isTrue("peer"), m.value.isTrue("inBundle")
	p.InstallScript = m.value.isTrue("hasInstallScript")
	p.Licence, p.Deprecated = m.value.loose("license"), m.value.loose("deprecated")
	switch {
	case m.value.isTrue("link"):
		p.Source = Link
	case !inside:
		p.Source = Workspace
	default:
		p.Source, p.Host = origin(p.Resolved)
	}
	return p, nil
}

// resolved reads an address; npm 5 wrote false where there is none.
func (d *document) resolved(v *value) (string, error) {
	if found := v.get("resolved"); found != nil && found.kind == false {
		return "", nil
	}
	return d.text(v, "resolved")
}

// installedName gives the name after the last node_modules/, and whether the
// path lies in such a folder at all.
func installedName(path string) (name string, inside bool) {
	i := strings.LastIndex(path, modules+"/")
	if i < 0 || (i > 0 && path[i-1] != '/') {
		return path[strings.LastIndex(path, "/")+1:], false
	}
	name = path[i+len(modules)+1:]
	scope, rest, scoped := strings.Cut(name, "/")
	if scoped != strings.HasPrefix(name, "@") || scope == "" || (scoped && (rest == "" || strings.Contains(rest, "/"))) {
		return "", true
	}
	return name, true
}
