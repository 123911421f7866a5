// Package supply is the gate of what the service is made of: the runtimes it
// stands on, the packages that its locks pin, the bill of materials, the known
// vulnerabilities, and whether the source gives the same bytes twice.
//
// It measures in clean copies of what git tracks: what is installed there, what
// is built there. It knows npm's package-lock.json and Go's go.mod; other locks
// it names and leaves unproven. It trusts npm and go to do what they print, but
// not to judge: `npm ci` installs a poisoned lock and `go mod verify` passes a
// go.sum with a line missing, so both are held against the lock again.
//
// It does not know whether a vulnerability can be reached in the service, whether
// a package that nobody has reported does harm, or whether the compiler is honest.
// A build that differs only from day to day looks the same to two builds of one
// day, save where it uses the local date.
package supply

import (
	_ "embed"

	"listo/internal/evidence"
)

// The files this gate writes.
const (
	Bill           = "sbom.json"
	Vulnerability  = "vuln_report.md"
	Reproducible   = "build_reproducibility.md"
	maxNamed       = 6 // names and problems shown of a longer list
	maxFindings    = 500
	maxManifestLen = 4 << 20 // bytes read of a package.json and the like
)

// The checks.
const (
	runtimeID      = "supply.runtime"
	lockID         = "supply.lock"
	installID      = "supply.install"
	modulesID      = "supply.modules"
	sbomID         = "supply.sbom"
	advisoriesID   = "supply.advisories"
	reproducibleID = "supply.reproducible"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed vuln_report.md.tmpl
var vulnPage string

//go:embed build_reproducibility.md.tmpl
var reproPage string

// Gate gives the gate: its checks in the order in which they run. Each is a
// detector class of its own.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "supply",
		Reports:  []string{Bill, Vulnerability, Reproducible},
		Settings: func() any { return new(Settings) },
		Checks:   []evidence.Check{runtime(), lock(), install(), modules(), bill(), advisories(), reproducible()},
		Controls: []evidence.Control{
			evidence.Against(runtimeID, runtimeID, []string{"ended"}, deadNode),
			evidence.Against(lockID, lockID, []string{"unpinned"}, unpinned),
			evidence.Against(installID, installID, []string{"differs"}, poisoned),
			evidence.Against(modulesID, modulesID, []string{"mismatch"}, forgedSum),
			evidence.Against(sbomID, sbomID, []string{"incomplete"}, nameless),
			evidence.Against(advisoriesID, advisoriesID, []string{"blocked"}, vulnerable),
			evidence.Against(reproducibleID, reproducibleID, []string{"differs"}, stamped),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Vulnerability: vulnPage, Reproducible: reproPage}}, nil
		},
	}
}

// needs are what every check of this room cannot do without.
func needs(more ...evidence.Need) []evidence.Need {
	return append([]evidence.Need{evidence.NeedGit, evidence.Setting("parts")}, more...)
}
