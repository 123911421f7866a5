// Package advisory answers which known vulnerabilities a list of packages has,
// from a store on this machine, and proves how far the answer can be trusted.
//
// The store is imported from the official OSV exports, one all.zip per
// ecosystem, and held against the export's own list of records, modified_id.csv.
// Nothing is silent: a record that cannot be read, a version that cannot be
// compared and a range that cannot be decided are counted and named. The proof
// says how many records of what date there are, what is missing, and whether
// well-known vulnerabilities are found; see Proof.Problems.
//
// It knows OSV, versions of npm and Go, and CVSS. It does not know lock files,
// which severities a release may have, or what an old store means for a verdict.
//
// The records keep the licences of their sources: GHSA and Go records CC-BY-4.0,
// MAL records Apache-2.0. The store notes that; see Licences.
package advisory

import (
	"cmp"
	"time"
)

// Ecosystems by the names that OSV gives them.
const (
	NPM = "npm"
	Go  = "Go"
)

// Package is one release to look up. Go's standard library is the package
// "stdlib" with a version like 1.26.8.
type Package struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Version   string `json:"version"`
}

func (p Package) String() string { return p.Name + "@" + p.Version }

func comparePackages(a, b Package) int {
	return cmp.Or(cmp.Compare(a.Ecosystem, b.Ecosystem), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
}

// Finding is one vulnerability of one release. Records that are aliases of each
// other are one finding.
type Finding struct {
	Package Package `json:"package"`
	ID      string  `json:"id"` // the record's that speaks for the group
	// Records are the store's records that name this release, sorted.
	Records  []string  `json:"records"`
	Aliases  []string  `json:"aliases,omitempty"` // the other names: CVE numbers and records of other databases
	Summary  string    `json:"summary,omitempty"`
	Severity Severity  `json:"severity"`
	Fixed    string    `json:"fixed,omitempty"` // the next version that has it no more; "" when none is known
	Modified time.Time `json:"modified"`        // the newest of its records
}

// Undecided is a record that could not be held against a release. It counts as
// neither affected nor unaffected.
type Undecided struct {
	Package Package `json:"package"`
	ID      string  `json:"id,omitempty"` // "" when the release's own version cannot be read
	Reason  string  `json:"reason"`
}

// Linked is the set of Go import paths that a program contains, as `go list
// -deps` prints them. The zero value, nil, means that nobody looked.
type Linked map[string]bool

// Unlinked is a vulnerability of a module's packages of which the program
// contains none: it is not there.
type Unlinked struct {
	Package Package  `json:"package"`
	ID      string   `json:"id"`
	Records []string `json:"records"`
	Imports []string `json:"imports"` // the vulnerable packages
}

// Result is what Match found, with its denominators.
type Result struct {
	Packages  int         `json:"packages"` // releases looked up, each once
	Records   int         `json:"records"`  // records held against them
	Findings  []Finding   `json:"findings"`
	Undecided []Undecided `json:"undecided"`
	Unlinked  []Unlinked  `json:"unlinked"`
}

// Licences gives the licence of each source of records, by the prefix of its
// IDs, as OSV lists them (google.github.io/osv.dev/data).
func Licences() map[string]string {
	return map[string]string{
		"GHSA": "CC-BY-4.0, GitHub Advisory Database",
		"GO":   "CC-BY-4.0, Go Vulnerability Database",
		"MAL":  "Apache-2.0, OpenSSF Malicious Packages",
	}
}
