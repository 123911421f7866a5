package lockfile

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// Go is a module's go.mod with its go.sum.
type Go struct {
	Module    string
	GoVersion string // of the go line: "1.26.0"
	Toolchain string // of the toolchain line: "go1.26.8"; "" without one
	// Packages are the modules that go.mod requires, after its replacements,
	// sorted by Path. Since Go 1.17 these are all that the build needs.
	Packages  []Package
	DependsOn []string // what the module asks for itself, sorted
	Sums      int      // lines of go.sum
	problems  []Problem
}

// ParseGo reads go.mod and go.sum; the names are what errors call them. A module
// without requirements needs no go.sum.
func ParseGo(modName string, mod []byte, sumName string, sum []byte) (*Go, error) {
	if len(mod) > MaxBytes || len(sum) > MaxBytes {
		return nil, fmt.Errorf("lockfile: %s or %s has more than %d bytes: it is no lock file", modName, sumName, MaxBytes)
	}
	file, err := modfile.Parse(modName, mod, nil)
	if err != nil {
		return nil, fmt.Errorf("lockfile: %w: correct go.mod, then run go mod tidy", err)
	}
	if file.Module == nil || file.Go == nil {
		return nil, fmt.Errorf("lockfile: %s has no module line or no go line: run go mod tidy", modName)
	}
	sums, err := parseSums(sumName, sum)
	if err != nil {
		return nil, err
	}
	lock := &Go{Module: file.Module.Mod.Path, GoVersion: file.Go.Version, Sums: len(sums)}
	if file.Toolchain != nil {
		lock.Toolchain = file.Toolchain.Name
	}
	for _, r := range file.Require {
		lock.add(r, replacement(file, r.Mod), sums)
	}
	slices.SortFunc(lock.Packages, byPath)
	for i := 1; i < len(lock.Packages); i++ {
		if p := lock.Packages[i]; p.Path == lock.Packages[i-1].Path {
			return nil, fmt.Errorf("lockfile: %s line %d: %s is required twice: run go mod tidy", modName, p.Line, p.Path)
		}
	}
	slices.Sort(lock.DependsOn)
	return lock, nil
}

func (lock *Go) add(r *modfile.Require, actual module.Version, sums map[module.Version]string) {
	p := Package{
		Ecosystem: EcosystemGo, Path: r.Mod.Path, Name: actual.Path, Version: actual.Version,
		Source: Registry, Scope: Declared, Indirect: r.Indirect, Integrity: sums[actual],
		Line: r.Syntax.Start.Line, Column: r.Syntax.Start.LineRune,
	}
	problem := func(kind Kind, detail string) {
		lock.problems = append(lock.problems, Problem{Kind: kind, Path: p.Path, Name: p.Name, Line: p.Line, Detail: detail})
	}
	switch {
	case actual.Version == "": // a folder
		p.Name, p.Version, p.Source, p.Resolved = r.Mod.Path, r.Mod.Version, File, actual.Path
		problem(LocalReplace, actual.Path)
	case p.Integrity == "":
		problem(NoIntegrity, p.Name+"@"+p.Version+" is not in go.sum")
	}
	if !r.Indirect {
		lock.DependsOn = append(lock.DependsOn, p.Path)
	}
	lock.Packages = append(lock.Packages, p)
}

// replacement gives what go.mod puts in a module's place, or the module. A
// replacement of one version goes before one of all (go.dev/ref/mod).
func replacement(file *modfile.File, required module.Version) module.Version {
	actual := required
	for _, r := range file.Replace {
		if r.Old == required {
			return r.New
		}
		if r.Old.Path == required.Path && r.Old.Version == "" {
			actual = r.New
		}
	}
	return actual
}

// Problems gives everything in the lock that weakens what it pins, by line.
func (lock *Go) Problems() []Problem {
	all := slices.Clone(lock.problems)
	slices.SortFunc(all, byPlace)
	return all
}

// parseSums reads go.sum: module, version or version/go.mod, and h1 sum.
func parseSums(name string, src []byte) (map[module.Version]string, error) {
	sums := map[module.Version]string{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 || !isH1(fields[2]) {
			return nil, fmt.Errorf("lockfile: %s line %d is not \"module version h1:sum\": run go mod tidy", name, n)
		}
		key := module.Version{Path: fields[0], Version: fields[1]}
		if old, twice := sums[key]; twice && old != fields[2] {
			return nil, fmt.Errorf("lockfile: %s line %d: a second, different sum for %s: run go mod verify", name, n, key)
		}
		sums[key] = fields[2]
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("lockfile: %s: %w: run go mod tidy", name, err)
	}
	return sums, nil
}

// isH1 tells whether a text is a go.sum hash: h1: and 32 bytes in base64.
func isH1(sum string) bool {
	encoded, h1 := strings.CutPrefix(sum, "h1:")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return h1 && err == nil && len(raw) == 32
}
