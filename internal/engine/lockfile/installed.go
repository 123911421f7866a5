package lockfile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxPackageJSON is the longest package.json that is read, in bytes.
const maxPackageJSON = 4 << 20

// Installed is a package as it lies in node_modules.
type Installed struct {
	Path     string
	Name     string
	Version  string
	Licence  string // SPDX expression as its package.json declares it
	Supplier string // its author, else its first maintainer, else its repository's owner
}

// Deviation is a place in node_modules that is not what the lock says.
type Deviation struct {
	Path   string
	Locked string // name@version, "" when the lock has no such entry
	Found  string // name@version, "" when nothing is installed there
	Detail string // why it could not be read, "" otherwise
}

// Tree compares node_modules with the lock. `npm ci` and `npm ls` accept a
// package that is not the one whose name it has; this does not.
type Tree struct {
	Entries   int         // of the lock, links and workspaces left out
	Installed []Installed // what is there and is what the lock says
	Different []Deviation // another name or version, or unreadable
	Extra     []Deviation // not in the lock
	Missing   []Deviation // in the lock, not installed, not optional
	Left      []string    // paths of optional ones that are not installed: another platform's
}

// Proved tells whether the tree is the lock's; an empty lock proves nothing.
func (t Tree) Proved() bool {
	return t.Entries > 0 && len(t.Installed) > 0 && len(t.Different)+len(t.Extra)+len(t.Missing) == 0
}

// CompareTree reads every package.json below node_modules of a project's folder
// after `npm ci`. With omitDev the entries of scope Dev may be missing.
func (lock *NPM) CompareTree(ctx context.Context, project fs.FS, omitDev bool) (Tree, error) {
	var tree Tree
	for _, p := range lock.Packages {
		if p.Source == Link || p.Source == Workspace {
			continue
		}
		if err := ctx.Err(); err != nil {
			return tree, fmt.Errorf("lockfile: comparing node_modules: %w: give it more time", err)
		}
		tree.Entries++
		tree.compare(project, p, omitDev)
	}
	var err error
	tree.Extra, err = lock.extra(ctx, project)
	return tree, err
}

func (t *Tree) compare(project fs.FS, p Package, omitDev bool) {
	locked := p.Name + "@" + p.Version
	found, err := readInstalled(project, p.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.Optional:
		t.Left = append(t.Left, p.Path)
	case errors.Is(err, fs.ErrNotExist) && omitDev && p.Scope == Dev:
	case errors.Is(err, fs.ErrNotExist):
		t.Missing = append(t.Missing, Deviation{Path: p.Path, Locked: locked})
	case err != nil:
		t.Different = append(t.Different, Deviation{Path: p.Path, Locked: locked, Detail: err.Error()})
	case found.Name != p.Name || (p.Version != "" && found.Version != p.Version):
		t.Different = append(t.Different, Deviation{Path: p.Path, Locked: locked, Found: found.Name + "@" + found.Version})
	default:
		t.Installed = append(t.Installed, found)
	}
}

// extra finds what lies in node_modules without an entry.
func (lock *NPM) extra(ctx context.Context, project fs.FS) ([]Deviation, error) {
	var all []Deviation
	folders := []string{modules}
	for _, p := range lock.Packages {
		if p.Source != Link {
			folders = append(folders, path.Join(p.Path, modules))
		}
	}
	for _, folder := range folders {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("lockfile: reading node_modules: %w: give it more time", err)
		}
		for _, at := range packagesIn(project, folder) {
			if _, locked := find(lock.Packages, at); locked {
				continue
			}
			d := Deviation{Path: at}
			if found, err := readInstalled(project, at); err == nil {
				d.Found = found.Name + "@" + found.Version
			}
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b Deviation) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// packagesIn lists the packages directly in a node_modules folder. Names with a
// dot in front are npm's own.
func packagesIn(project fs.FS, folder string) []string {
	var all []string
	entries, err := fs.ReadDir(project, folder)
	if err != nil {
		return nil // most packages have no node_modules of their own
	}
	for _, e := range entries {
		at := path.Join(folder, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case strings.HasPrefix(e.Name(), "@"):
			scoped, err := fs.ReadDir(project, at)
			if err != nil {
				continue
			}
			for _, s := range scoped {
				all = append(all, path.Join(at, s.Name()))
			}
		default:
			all = append(all, at)
		}
	}
	return all
}

func readInstalled(project fs.FS, at string) (Installed, error) {
	f, err := project.Open(path.Join(at, "package.json"))
	if err != nil {
		return Installed{}, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxPackageJSON+1))
	if err != nil {
		return Installed{}, err
	}
	// A map keeps "Name" apart from "name", as Node does.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(src), "\ufeff")), &fields); err != nil {
		return Installed{}, fmt.Errorf("its package.json: %w", err)
	}
	found := Installed{Path: at, Name: word(fields["name"]), Version: word(fields["version"])}
	found.Licence = declaredLicence(fields)
	found.Supplier = cmp.Or(person(fields["author"]), firstOf(fields["maintainers"]), owner(fields["repository"]))
	return found, nil
}

// firstOf gives the first name of a list of persons.
func firstOf(raw json.RawMessage) string {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 {
		return ""
	}
	return person(all[0])
}

// owner gives host and owner of a repository, as a URL or as {"url": ...}:
// git+https://github.com/someone/it.git -> github.com/someone.
func owner(raw json.RawMessage) string {
	address := word(raw)
	if address == "" {
		var repository struct{ URL string }
		if json.Unmarshal(raw, &repository) != nil {
			return ""
		}
		address = repository.URL
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	name, _, deeper := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !deeper || name == "" {
		return ""
	}
	return u.Hostname() + "/" + name
}

// declaredLicence reads today's "license" and the two older ways to write it.
func declaredLicence(fields map[string]json.RawMessage) string {
	if text := word(fields["license"]); text != "" {
		return text
	}
	type old struct{ Type string }
	var one old
	if json.Unmarshal(fields["license"], &one) == nil && one.Type != "" {
		return one.Type
	}
	var many []old
	if json.Unmarshal(fields["licenses"], &many) != nil {
		return ""
	}
	var types []string
	for _, l := range many {
		if l.Type != "" {
			types = append(types, l.Type)
		}
	}
	return strings.Join(types, " OR ")
}

// person gives the name of "name <mail> (url)" or of {"name": ...}, without the
// address: a bill of materials needs none.
func person(raw json.RawMessage) string {
	text := word(raw)
	if text == "" {
		var who struct{ Name string }
		if json.Unmarshal(raw, &who) != nil {
			return ""
		}
		text = who.Name
	}
	if i := strings.IndexAny(text, "<("); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSpace(text)
}

// word gives a JSON string, or "" for anything else.
func word(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}
