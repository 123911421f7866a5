package lockfile

import (
	"encoding/json"
	"path"
	"slices"
)

// needs are the names an entry asks for.
type needs struct{ required, optional []string }

// needs reads what an entry of formats 2 and 3 asks for. Peers are optional
// here: npm can be told to leave them out.
func (d *document) needs(v *value) (needs, error) {
	var n needs
	for _, key := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		found := v.get(key)
		if found == nil {
			continue
		}
		if found.kind != json.Delim('{') {
			return n, d.errorAt(found.offset, "\""+key+"\" is not an object")
		}
		for _, m := range found.members {
			if key == "dependencies" || key == "devDependencies" {
				n.required = append(n.required, m.key)
			} else {
				n.optional = append(n.optional, m.key)
			}
		}
	}
	// A name may stand in both; then an install without it is complete.
	optional := map[string]bool{}
	for _, name := range n.optional {
		optional[name] = true
	}
	n.required = slices.DeleteFunc(n.required, func(name string) bool { return optional[name] })
	return n, nil
}

// connect finds the entry behind every name that an entry asks for, as Node
// looks it up, and notes those that the lock lacks.
func (lock *NPM) connect(wants map[string]needs) {
	lock.DependsOn = lock.entries("", wants[""], 1)
	for i := range lock.Packages {
		p := &lock.Packages[i]
		p.DependsOn = lock.entries(p.Path, wants[p.Path], p.Line)
	}
}

func (lock *NPM) entries(from string, wants needs, line int) []string {
	var found []string
	for _, name := range wants.required {
		if at, ok := lock.lookUp(from, name); ok {
			found = append(found, at)
			continue
		}
		lock.problems = append(lock.problems, Problem{Kind: Unresolved, Path: from, Name: name, Line: line, Detail: "it needs " + name})
	}
	for _, name := range wants.optional {
		if at, ok := lock.lookUp(from, name); ok {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// lookUp finds a name from a folder as Node does: in its node_modules, then in
// that of each folder above it. A link is followed.
func (lock *NPM) lookUp(from, name string) (string, bool) {
	for folder := from; ; folder = path.Dir(folder) {
		if folder == "." {
			folder = ""
		}
		if path.Base(folder) != modules {
			if p, found := find(lock.Packages, path.Join(folder, modules, name)); found {
				if p.Source == Link {
					if _, exists := find(lock.Packages, p.Resolved); exists {
						return p.Resolved, true
					}
				}
				return p.Path, true
			}
		}
		if folder == "" || folder == "/" {
			return "", false
		}
	}
}
