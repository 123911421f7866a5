package lockfile

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// DepsFormat is the format that ParseDeps reads:
//
//	go list -deps -f FORMAT ./cmd/service
//
// One line per package: its import path and, unless it is of the standard
// library, its module.
const DepsFormat = "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}"

// Deps are the Go packages that a program is compiled from.
type Deps struct {
	ImportPaths []string // sorted
	Modules     []string // sorted; the main module is one of them
}

// ParseDeps reads what go list printed in DepsFormat.
func ParseDeps(printed []byte) (Deps, error) {
	var d Deps
	lines := bufio.NewScanner(bytes.NewReader(printed))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) < 1 || len(fields) > 2 {
			return Deps{}, fmt.Errorf("lockfile: go list -deps: line %d is not \"package module\": keep standard output apart from standard error", n)
		}
		d.ImportPaths = append(d.ImportPaths, fields[0])
		d.Modules = append(d.Modules, fields[1:]...)
	}
	if err := lines.Err(); err != nil {
		return Deps{}, fmt.Errorf("lockfile: go list -deps: %w: run it again", err)
	}
	slices.Sort(d.ImportPaths)
	slices.Sort(d.Modules)
	d.ImportPaths, d.Modules = slices.Compact(d.ImportPaths), slices.Compact(d.Modules)
	return d, nil
}

// Agree tells whether the packages are those of a program: both name the same
// modules. If they do not, the list is of another program and says nothing.
func (d Deps) Agree(b *Binary) error {
	linked := []string{b.Module}
	for _, p := range b.Packages {
		if p.Source != Toolchain {
			linked = append(linked, p.Path)
		}
	}
	slices.Sort(linked)
	if !slices.Equal(slices.Compact(linked), d.Modules) {
		return fmt.Errorf("lockfile: go list -deps names the modules %s, the program %s: list the package that was built, with the same tags and GOOS",
			strings.Join(d.Modules, " "), strings.Join(linked, " "))
	}
	return nil
}
