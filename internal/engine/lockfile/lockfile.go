// Package lockfile reads what a build was pinned to: npm's package-lock.json
// (lockfileVersion 1, 2 and 3), Go's go.mod with go.sum, and the modules that a
// Go binary says it was built from. It gives every package with its version,
// scope, origin, integrity and place in the file, and the things that a lock
// should not hold.
//
// It is strict: a key given twice, a version in the wrong type or a format it
// does not know is an error, never a guess. It does not know which packages are
// vulnerable, what may be excused, or how to run npm and go.
package lockfile

import (
	"cmp"
	"slices"
)

// MaxBytes is the longest lock file that is read. The longest among the
// measured ones, of 1,553 packages, has 1 MB.
const MaxBytes = 32 << 20

// Bounds of one lock, far above anything seen, so that a hostile one can cost
// neither hours nor gigabytes.
const (
	maxEntries = 100_000
	maxPath    = 2048 // bytes of an entry's path
)

// Ecosystems by the names that OSV gives them.
const (
	EcosystemNPM = "npm"
	EcosystemGo  = "Go"
)

// Scope says whether production gets a package.
type Scope string

// The scopes. What is optional or a peer is installed in production too.
const (
	Prod Scope = "prod" // installed or linked in production
	Dev  Scope = "dev"  // left out by `npm ci --omit=dev`
	// Declared is a Go module of which go.mod cannot tell whether production
	// gets it; the binary can.
	Declared Scope = "declared"
)

// Source is where a package comes from.
type Source string

// The sources.
const (
	Registry  Source = "registry"  // a registry's or Go proxy's release; its host may be unknown
	Tarball   Source = "tarball"   // an archive at some URL
	Git       Source = "git"       // a commit
	File      Source = "file"      // a folder or archive on this machine
	Link      Source = "link"      // a name for a folder of this project
	Workspace Source = "workspace" // a folder of this project
	Toolchain Source = "toolchain" // the Go standard library
)

// Package is one entry of a lock: one place where one version is installed. The
// same version may stand at several places.
type Package struct {
	Ecosystem string // EcosystemNPM or EcosystemGo
	Name      string // as its registry knows it; never the alias
	Version   string // "" when the lock tells none, as for a commit in npm's format 1
	// Path is the entry's key: node_modules/a/node_modules/b, or the module path.
	Path   string
	Source Source
	Scope  Scope
	// Resolved is the address the lock names, "" when it names none; for a link
	// the folder it leads to.
	Resolved string
	Host     string // of Resolved; "" when the lock names none, then nothing is known of it
	// Integrity is npm's Subresource Integrity string or Go's h1 sum; "" when
	// the lock has none.
	Integrity     string
	Bundled       bool // it came inside another package, under that one's integrity
	Optional      bool // an install without it is complete
	Peer          bool
	InstallScript bool   // it wants to run a program when it is installed
	Indirect      bool   // Go: needed by a dependency only
	Licence       string // as the lock declares it; "" when it does not
	Deprecated    string // the author's warning; "" when there is none
	// DependsOn are the Paths of the entries that it loads, sorted.
	DependsOn []string
	Line      int // where the entry begins in the file, from 1; 0 when it came from a binary
	Column    int // in bytes, from 1
}

// Local tells of a package that is this project's own source: no advisory of a
// registry speaks of it.
func (p Package) Local() bool {
	return p.Source == Link || p.Source == Workspace || p.Source == File
}

// Problem is one thing in a lock that weakens what it pins.
type Problem struct {
	Kind   Kind
	Path   string // of the entry
	Name   string
	Line   int
	Detail string // what was found, raw: text from the lock
}

// Kind is the sort of a problem.
type Kind string

// The kinds. `npm ci` accepts all of them but the last three.
const (
	NoIntegrity   Kind = "no-integrity"   // nothing pins the bytes
	WeakIntegrity Kind = "weak-integrity" // only SHA-1 or MD5 does
	OtherPackage  Kind = "other-package"  // the address is that of another package or version
	PlainHTTP     Kind = "plain-http"     // the address is not encrypted
	FromGit       Kind = "git"            // a commit, not a release
	FromTarball   Kind = "tarball"        // an archive outside a registry
	HalvesDiffer  Kind = "halves-differ"  // format 2 says one thing to npm 6 and another to npm 7
	OldFormat     Kind = "old-format"     // format 1: npm 7 and later complete it from the network
	LocalReplace  Kind = "local-replace"  // go.mod takes a module from a folder
	Unresolved    Kind = "unresolved"     // an entry needs a package that the lock lacks
	NotInSync     Kind = "out-of-sync"    // package.json and the lock ask for different things
	BadIntegrity  Kind = "bad-integrity"  // not a Subresource Integrity string or an h1 sum
)

func byPath(a, b Package) int { return cmp.Compare(a.Path, b.Path) }

func byPlace(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail))
}

// count gives how many packages keep is true for.
func count(packages []Package, keep func(Package) bool) (n int) {
	for _, p := range packages {
		if keep(p) {
			n++
		}
	}
	return n
}

// Summary counts the entries of a lock, so that every statement about it has a
// denominator.
type Summary struct {
	Entries        int `json:"entries"`
	Releases       int `json:"releases"` // name and version, each once, local ones left out
	Prod           int `json:"prod"`     // entries that production gets
	Dev            int `json:"dev"`
	Local          int `json:"local"`   // links, workspaces and folders
	Bundled        int `json:"bundled"` // inside another package
	WithIntegrity  int `json:"withIntegrity"`
	WithHost       int `json:"withHost"`
	InstallScripts int `json:"installScripts"`
}

// Summarize counts.
func Summarize(packages []Package) Summary {
	releases := map[[2]string]bool{}
	for _, p := range packages {
		if !p.Local() {
			releases[[2]string{p.Name, p.Version}] = true
		}
	}
	return Summary{
		Entries:        len(packages),
		Releases:       len(releases),
		Prod:           count(packages, func(p Package) bool { return p.Scope == Prod }),
		Dev:            count(packages, func(p Package) bool { return p.Scope == Dev }),
		Local:          count(packages, Package.Local),
		Bundled:        count(packages, func(p Package) bool { return p.Bundled }),
		WithIntegrity:  count(packages, func(p Package) bool { return p.Integrity != "" }),
		WithHost:       count(packages, func(p Package) bool { return p.Host != "" }),
		InstallScripts: count(packages, func(p Package) bool { return p.InstallScript }),
	}
}

// find gives the package at a path of a list sorted by path.
func find(packages []Package, path string) (*Package, bool) {
	i, found := slices.BinarySearchFunc(packages, path, func(p Package, path string) int { return cmp.Compare(p.Path, path) })
	if !found {
		return nil, false
	}
	return &packages[i], true
}
