package lockfile

import (
	"encoding/json"
	"fmt"
	"strings"
)

// tree reads format 1, where each entry holds those installed inside it, into
// the same paths that the later formats write.
func (d *document) tree(lock *NPM) (map[string]needs, error) {
	lock.Name, lock.Version = d.root.loose("name"), d.root.loose("version")
	lock.problems = append(lock.problems, Problem{Kind: OldFormat, Line: 1, Detail: "lockfileVersion 1"})
	t := treeReader{document: d, wants: map[string]needs{}}
	if err := t.level(d.root, ""); err != nil {
		return nil, err
	}
	lock.Packages = t.found
	// Format 1 leaves to package.json what the project asks for. What stands at
	// the top is asked for by somebody; that is all it tells.
	top := needs{}
	for _, p := range t.found {
		if name, _ := installedName(p.Path); p.Path == modules+"/"+name {
			top.optional = append(top.optional, name)
		}
	}
	t.wants[""] = top
	return t.wants, nil
}

type treeReader struct {
	*document
	found []Package
	wants map[string]needs
}

func (t *treeReader) level(v *value, path string) error {
	if path != "" {
		path += "/"
	}
	entries, err := t.object(v, "dependencies")
	if err != nil || entries == nil {
		return err
	}
	for _, m := range entries.members {
		if m.value.kind != json.Delim('{') {
			return t.errorAt(m.offset, "an entry is not an object")
		}
		inner := path + modules + "/" + m.key
		if name, _ := installedName(inner); name != m.key {
			return t.errorAt(m.offset, fmt.Sprintf("%q is no package name", m.key))
		}
		if len(inner) > maxPath || len(t.found) == maxEntries {
			return t.errorAt(m.offset, "more entries or longer paths than any project has")
		}
		p, err := t.oldEntry(m, inner)
		if err != nil {
			return err
		}
		t.found = append(t.found, p)
		if t.wants[inner], err = t.requires(m.value); err != nil {
			return err
		}
		if err := t.level(m.value, inner); err != nil {
			return err
		}
	}
	return nil
}

// oldEntry reads one entry of format 1, whose version may be an address instead.
func (d *document) oldEntry(m member, path string) (Package, error) {
	p := Package{Ecosystem: EcosystemNPM, Name: m.key, Path: path, Scope: Prod}
	p.Line, p.Column = d.place(m.offset)
	var err error
	if p.Version, err = d.text(m.value, "version"); err != nil {
		return p, err
	}
	if p.Integrity, err = d.text(m.value, "integrity"); err != nil {
		return p, err
	}
	if p.Resolved, err = d.resolved(m.value); err != nil {
		return p, err
	}
	if m.value.isTrue("dev") {
		p.Scope = Dev
	}
	p.Optional, p.Bundled = m.value.isTrue("optional"), m.value.isTrue("bundled")
	if real, aliased := strings.CutPrefix(p.Version, "npm:"); aliased {
		at := strings.LastIndex(real, "@")
		if at <= 0 {
			return p, d.errorAt(m.offset, fmt.Sprintf("the alias %q names no version", p.Version))
		}
		p.Name, p.Version = real[:at], real[at+1:]
	}
	if strings.Contains(p.Version, ":") {
		p.Resolved, p.Version = p.Version, ""
	}
	p.Source, p.Host = origin(p.Resolved)
	return p, nil
}

// requires reads what an entry of format 1 loads; npm 5 wrote true for "look
// into its package.json".
func (d *document) requires(v *value) (needs, error) {
	found := v.get("requires")
	if found == nil || found.kind == true {
		return needs{}, nil
	}
	if found.kind != json.Delim('{') {
		return needs{}, d.errorAt(found.offset, `"requires" is not an object`)
	}
	var n needs
	for _, m := range found.members {
		// Format 1 does not tell which of them are optional.
		n.optional = append(n.optional, m.key)
	}
	return n, nil
}

// compareHalves holds the two halves of format 2 against each other: npm 6 reads
// "dependencies", later ones "packages". Links and folders are written
// differently and left out.
func (d *document) compareHalves(lock *NPM) error {
	t := treeReader{document: d, wants: map[string]needs{}}
	if err := t.level(d.root, ""); err != nil || len(t.found) == 0 {
		return err
	}
	for _, old := range t.found {
		p, found := find(lock.Packages, old.Path)
		if old.Source != Registry || (found && (p.Local() || p.Source != Registry)) {
			continue
		}
		told := "nothing"
		if found {
			told = pins(*p)
		}
		if told != pins(old) {
			lock.problems = append(lock.problems, Problem{Kind: HalvesDiffer, Path: old.Path, Name: old.Name, Line: old.Line,
				Detail: "dependencies: " + pins(old) + "; packages: " + told})
		}
	}
	return nil
}

// pins says what an entry pins.
func pins(p Package) string {
	return strings.TrimSpace(p.Name + "@" + p.Version + " " + p.Resolved + " " + p.Integrity)
}
