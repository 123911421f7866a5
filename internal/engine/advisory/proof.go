package advisory

import (
	"fmt"
	"strings"
	"time"
)

// EcosystemProof is the account of one imported export. Seen is the sum of
// Loaded, Withdrawn, Foreign and Rejected.
type EcosystemProof struct {
	Ecosystem string    `json:"ecosystem"`
	Source    string    `json:"source"`
	SHA256    string    `json:"sha256"` // of the zip
	Bytes     int64     `json:"bytes"`  // of the zip
	Imported  time.Time `json:"imported"`
	Seen      int       `json:"seen"`      // files in the zip
	Loaded    int       `json:"loaded"`    // records that are matched
	Withdrawn int       `json:"withdrawn"` // records taken back by their source: never matched
	Foreign   int       `json:"foreign"`   // records that name no package of this ecosystem
	Rejected  int       `json:"rejected"`  // files that could not be read
	Packages  int       `json:"packages"`  // packages that the loaded records name
	// RejectedExamples are at most 5, with the reason.
	RejectedExamples []string  `json:"rejectedExamples,omitempty"`
	Newest           time.Time `json:"newest"` // the latest modified date of all records
	// NewestDeclared says that the records have no dates and whoever imported
	// them gave one.
	NewestDeclared bool      `json:"newestDeclared,omitempty"`
	Expected       *Expected `json:"expected,omitempty"` // nil: nobody said how many there should be
	Test           bool      `json:"test,omitempty"`     // made for a test
}

// Proof says what the store is worth.
type Proof struct {
	Ecosystems []EcosystemProof `json:"ecosystems"`
	Canaries   []Sung           `json:"canaries"`
	// Test says that a part of the store was made for a test.
	Test bool `json:"test,omitempty"`
}

// Prove gives the account of the store and tries its canaries.
func (s *Store) Prove() (Proof, error) {
	var p Proof
	for _, e := range s.catalog.Ecosystems {
		p.Ecosystems = append(p.Ecosystems, e.Proof)
		p.Test = p.Test || e.Proof.Test
		sung, err := s.sing(e.Proof.Ecosystem)
		if err != nil {
			return Proof{}, err
		}
		p.Canaries = append(p.Canaries, sung...)
	}
	return p, nil
}

// Doubt is the sort of a reason not to trust a store.
type Doubt string

// The doubts. Each of them makes the absence of findings worthless; none of
// them makes a finding less real.
const (
	Absent       Doubt = "absent"        // nothing of the ecosystem was imported
	Empty        Doubt = "empty"         // no record can be matched
	Unreadable   Doubt = "unreadable"    // some files could not be read
	CountUnknown Doubt = "count-unknown" // imported without the export's list
	Incomplete   Doubt = "incomplete"    // zip and list do not agree
	Undated      Doubt = "undated"       // no record has a date
	Stale        Doubt = "stale"         // the newest record is too old
	FromFuture   Doubt = "from-future"   // the newest record is from tomorrow: one of the clocks is wrong
	CanaryMissed Doubt = "canary-missed" // a well-known vulnerability is not found, or found where it is fixed
)

// Problem is one reason not to trust a store, with its numbers.
type Problem struct {
	Doubt     Doubt  `json:"doubt"`
	Ecosystem string `json:"ecosystem"`
	Detail    string `json:"detail"`
}

// futureTolerance is how far a record may be ahead of the clock.
const futureTolerance = 24 * time.Hour

// Problems gives every reason why the store may miss vulnerabilities of the
// wanted ecosystems, none when it may not. maxAge bounds the time between the
// newest record and now.
func (p Proof) Problems(now time.Time, maxAge time.Duration, wanted ...string) []Problem {
	var all []Problem
	for _, ecosystem := range wanted {
		held := false
		for _, e := range p.Ecosystems {
			if e.Ecosystem == ecosystem {
				held = true
				all = append(all, e.problems(now, maxAge)...)
			}
		}
		if !held {
			all = append(all, Problem{Absent, ecosystem, "0 records"})
		}
		all = append(all, p.missed(ecosystem)...)
	}
	return all
}

func (e EcosystemProof) problems(now time.Time, maxAge time.Duration) (all []Problem) {
	doubt := func(d Doubt, format string, args ...any) {
		all = append(all, Problem{d, e.Ecosystem, fmt.Sprintf(format, args...)})
	}
	if e.Loaded == 0 {
		doubt(Empty, "%d files, 0 records to match", e.Seen)
	}
	if e.Rejected > 0 {
		doubt(Unreadable, "%d of %d files: %s", e.Rejected, e.Seen, strings.Join(e.RejectedExamples, "; "))
	}
	switch {
	case e.Expected == nil:
		doubt(CountUnknown, "%d records, expected count unknown", e.Loaded)
	case e.Expected.Missing+e.Expected.Unlisted > 0:
		doubt(Incomplete, "%d files, %d listed, %d missing, %d unlisted: %s", e.Seen, e.Expected.Listed,
			e.Expected.Missing, e.Expected.Unlisted, strings.Join(e.Expected.Examples, ", "))
	}
	switch age := now.Sub(e.Newest); {
	case e.Newest.IsZero():
		doubt(Undated, "%d records without a date", e.Loaded)
	case age < -futureTolerance:
		doubt(FromFuture, "newest record %s, now %s", e.Newest.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case age > maxAge:
		doubt(Stale, "newest record %s, %d days old, at most %d", e.Newest.Format(time.DateOnly), int(age.Hours()/24), int(maxAge.Hours()/24))
	}
	return all
}

// missed gives the canaries that did not sing. An ecosystem without a canary
// that was tried proves nothing.
func (p Proof) missed(ecosystem string) (all []Problem) {
	tried := 0
	for _, c := range p.Canaries {
		if c.Ecosystem != ecosystem {
			continue
		}
		tried++
		if !c.Found {
			all = append(all, Problem{CanaryMissed, ecosystem, fmt.Sprintf("%s@%s does not have %s", c.Name, c.Vulnerable, c.ID)})
		}
		if !c.SafeClean {
			all = append(all, Problem{CanaryMissed, ecosystem, fmt.Sprintf("%s@%s still has %s", c.Name, c.Safe, c.ID)})
		}
	}
	if tried == 0 {
		all = append(all, Problem{CanaryMissed, ecosystem, "no canary was tried"})
	}
	return all
}
