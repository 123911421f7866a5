package lockfile

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// Binary is what a Go program says it was built from. Every package has the
// scope Prod: it is linked in.
type Binary struct {
	GoVersion string // "go1.26.8"
	Module    string // of the main package
	Settings  map[string]string
	Packages  []Package // the standard library and the modules, sorted by Path
}

// stdlib is the name under which OSV lists the Go standard library.
const stdlib = "stdlib"

// ReadBinary reads the build information of a Go program. The reader is the
// program's file.
func ReadBinary(program io.ReaderAt) (*Binary, error) {
	info, err := buildinfo.Read(program)
	if err != nil {
		return nil, fmt.Errorf("lockfile: the program tells no Go build information: %w: build it with go build and modules", err)
	}
	return fromBuildInfo(info)
}

// ParseVersion reads what `go version -m program` printed for one program.
func ParseVersion(printed string) (*Binary, error) {
	head, rest, _ := strings.Cut(printed, "\n")
	at := strings.LastIndex(head, ": ")
	if at < 0 || len(printed) > MaxBytes {
		return nil, fmt.Errorf("lockfile: the first line of go version -m is not \"program: version\": pass its output for one program")
	}
	// debug.ParseBuildInfo wants the lines without the indent.
	var text strings.Builder
	for line := range strings.Lines(rest) {
		text.WriteString(strings.TrimPrefix(line, "\t"))
	}
	info, err := debug.ParseBuildInfo(text.String())
	if err != nil {
		return nil, fmt.Errorf("lockfile: go version -m: %w: pass its output for one program", err)
	}
	info.GoVersion = strings.TrimSpace(head[at+2:])
	return fromBuildInfo(info)
}

func fromBuildInfo(info *debug.BuildInfo) (*Binary, error) {
	if info.Main.Path == "" {
		return nil, fmt.Errorf("lockfile: the program does not name its module: build it inside a module")
	}
	b := &Binary{GoVersion: info.GoVersion, Module: info.Main.Path, Settings: map[string]string{}}
	for _, s := range info.Settings {
		b.Settings[s.Key] = s.Value
	}
	b.Packages = append(b.Packages, Package{Ecosystem: EcosystemGo, Name: stdlib, Path: stdlib,
		Version: ReleaseVersion(info.GoVersion), Source: Toolchain, Scope: Prod})
	for _, dep := range info.Deps {
		p := Package{Ecosystem: EcosystemGo, Name: dep.Path, Path: dep.Path, Version: dep.Version,
			Source: Registry, Scope: Prod, Integrity: dep.Sum}
		if r := dep.Replace; r != nil {
			p.Name, p.Version, p.Integrity = r.Path, r.Version, r.Sum
			if r.Version == "" || r.Version == devel { // a folder
				p.Name, p.Version, p.Source, p.Resolved = dep.Path, dep.Version, File, r.Path
			}
		}
		b.Packages = append(b.Packages, p)
	}
	slices.SortFunc(b.Packages, byPath)
	return b, nil
}

// devel is the version that newer releases of go write for a module taken from a folder.
const devel = "(devel)"

// ReleaseVersion turns a Go release's name into the version that OSV compares:
// go1.26.8 -> 1.26.8, go1.27rc2 -> 1.27.0-rc.2. What is no release, such as a
// development build, gives "".
func ReleaseVersion(name string) string {
	name, _, _ = strings.Cut(name, " ") // experiments follow the version
	numbers, isGo := strings.CutPrefix(name, "go")
	if !isGo {
		return ""
	}
	var pre string
	for _, stage := range []string{"rc", "beta"} {
		if before, n, found := strings.Cut(numbers, stage); found {
			numbers, pre = before, "-"+stage+"."+n
			if !digits(n) {
				return ""
			}
		}
	}
	parts := strings.Split(numbers, ".")
	if len(parts) > 3 || slices.ContainsFunc(parts, func(part string) bool { return !digits(part) }) {
		return ""
	}
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	return strings.Join(parts, ".") + pre
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Drift is one difference between a program and the lock it should come from.
type Drift struct {
	Path   string // of the module
	Locked string // version and sum, "" when the lock lacks it
	Linked string
}

// Drift compares what is linked into a program with go.mod and go.sum. What
// go.mod requires beyond the program is no drift: tests need modules too.
func (lock *Go) Drift(b *Binary) []Drift {
	var all []Drift
	if b.Module != lock.Module {
		all = append(all, Drift{Path: lock.Module, Locked: lock.Module, Linked: b.Module})
	}
	for _, linked := range b.Packages {
		if linked.Source == Toolchain {
			continue
		}
		locked, found := find(lock.Packages, linked.Path)
		if found && pins(*locked) == pins(linked) {
			continue
		}
		d := Drift{Path: linked.Path, Linked: pins(linked)}
		if found {
			d.Locked = pins(*locked)
		}
		all = append(all, d)
	}
	return all
}

// Link notes which modules of the lock a program really contains: they get the
// scope Prod.
func (lock *Go) Link(b *Binary) {
	for i := range lock.Packages {
		if _, linked := find(b.Packages, lock.Packages[i].Path); linked {
			lock.Packages[i].Scope = Prod
		}
	}
}
