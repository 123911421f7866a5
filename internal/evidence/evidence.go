// Package evidence is the whole argument as data: what was promised (Plan),
// what happened (Ledger), what it means (Finding, Verdict).
//
// It is pure. It knows no HTTP, no SQL, no file and no terminal: instruments
// write experiments into a Ledger, and Decide reads the verdict out of it, today
// or years later, on any machine. Prose stands elsewhere: here are IDs, numbers
// and digests.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// FormatVersion is the version of the bundle this package writes. A bundle of
// an older version stays verifiable for ever.
const FormatVersion = 1

// Outcome is what one check proved. Its zero value proves nothing.
type Outcome int

// The three outcomes; there is no fourth. Skipped, timed out, errored and not
// installed are all Unproven.
const (
	Unproven Outcome = iota
	Fail
	Pass
)

var outcomeNames = [...]string{Unproven: "unproven", Fail: "fail", Pass: "pass"}

// String gives the outcome's word as it stands in JSON.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return outcomeNames[Unproven]
	}
	return outcomeNames[o]
}

// MarshalText writes the outcome's word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the outcome's word; any other word is an error.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames {
		if name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("outcome: %q is not one of pass, fail, unproven", text)
}

// Digest names bytes by what they are: "sha256:<64 hex digits>".
type Digest string

// DigestOf gives the digest of b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// Hex gives the digest's hex digits without the algorithm's name.
func (d Digest) Hex() string {
	if len(d) > len("sha256:") {
		return string(d[len("sha256:"):])
	}
	return ""
}

// Finding is what a judge reads in an observation. Reason names one of the
// reasons the check declares; Facts are the values that its phrases quote.
type Finding struct {
	Outcome Outcome        `json:"outcome"`
	Reason  string         `json:"reason"`
	Facts   map[string]any `json:"facts,omitempty"`
	// Waiting marks an unproven pre-gate that a person can put right now.
	Waiting bool `json:"waiting,omitempty"`
	// Test says that what was found rests on material made for a test. A verdict
	// that leans on it carries the word TEST and is never a GO of production's.
	Test bool `json:"test,omitempty"`
}

// Facts are the values a finding quotes, by placeholder name.
type Facts map[string]any

// Replay is the fact by which a judge names the line, of those that the experiment
// noted, that shows what it found to whoever pastes it into `listo shell`.
const Replay = "replay"

// Passed, Failed and Undecided build a Finding.
func Passed(reason string, facts Facts) Finding {
	return Finding{Outcome: Pass, Reason: reason, Facts: facts}
}

// Failed builds the finding of a broken promise.
func Failed(reason string, facts Facts) Finding {
	return Finding{Outcome: Fail, Reason: reason, Facts: facts}
}

// Undecided builds the finding of a promise neither kept nor broken.
func Undecided(reason string, facts Facts) Finding {
	return Finding{Outcome: Unproven, Reason: reason, Facts: facts}
}

// AwaitsPerson builds the finding of a pre-gate: undecided until a person acts.
func AwaitsPerson(reason string, facts Facts) Finding {
	return Finding{Outcome: Unproven, Reason: reason, Facts: facts, Waiting: true}
}

// same reports whether raw is exactly how v is written: the law that an
// observation survives the round trip.
func same(v any, raw json.RawMessage) bool {
	again, err := json.Marshal(v)
	return err == nil && string(again) == string(raw)
}
