package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"listo/internal/evidence"
)

// The names by which the world knows what a seal is: the DSSE payload type and
// statement type of in-toto (in-toto attestation framework, v1), and our own
// predicate. The predicate's version counts up when its fields change.
const (
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "urn:listo:verdict:v1"
)

// statement is an in-toto statement, v1, with listo's predicate. The in-toto
// library carries it as protobuf, whose JSON has no fixed spelling; a seal needs
// one, so these few fields stand here. A test holds them against that library.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string       `json:"name"`
	Digest digestSHA256 `json:"digest"`
}

type digestSHA256 struct {
	SHA256 string `json:"sha256"` // hex
}

type predicate struct {
	Format      int           `json:"format"` // evidence.FormatVersion of the bundle
	Run         string        `json:"run"`
	Word        evidence.Word `json:"word"`
	Exit        int           `json:"exit"`
	Decided     time.Time     `json:"decided"`
	Tool        evidence.Tool `json:"tool"`
	Fingerprint string        `json:"fingerprint"`
	PublicKey   []byte        `json:"public_key"` // DER; base64 in JSON, as between the lines of a PEM file
}

// subjectNames are the names of a seal's subjects, in their order.
func subjectNames() [3]string { return [...]string{"plan", "ledger", "SHA256SUMS"} }

func stateOf(c Contents, key Key, now time.Time) statement {
	s := statement{Type: statementType, PredicateType: predicateType, Predicate: predicate{
		Format: evidence.FormatVersion, Run: c.Run, Word: c.Word, Exit: c.Exit, Decided: now.UTC(),
		Tool: c.Tool, Fingerprint: key.fingerprint, PublicKey: key.public,
	}}
	digests := [...]evidence.Digest{c.Plan, c.Ledger, c.Sums}
	for i, name := range subjectNames() {
		s.Subject = append(s.Subject, subject{name, digestSHA256{digests[i].Hex()}})
	}
	return s
}

// readStatement reads a payload whose signature is not yet known to hold. Only
// the public key may be used before it is.
func readStatement(payload []byte) (statement, error) {
	var head struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
	}
	if err := json.Unmarshal(payload, &head); err != nil {
		return statement{}, fmt.Errorf("seal: the statement cannot be read: %w: take the file from the bundle again", err)
	}
	if head.Type != statementType || head.PredicateType != predicateType {
		return statement{}, fmt.Errorf("seal: it states %q, this listo reads %q: update listo", head.PredicateType, predicateType)
	}
	var s statement
	if err := decode(payload, &s); err != nil {
		return statement{}, fmt.Errorf("seal: the statement cannot be read: %w: take the file from the bundle again", err)
	}
	return s, nil
}

// check refuses a statement that is signed but not one that listo would make.
func (s statement) check(payload []byte) error {
	p := s.Predicate
	again, err := json.Marshal(s)
	switch {
	case err != nil:
		return fmt.Errorf("seal: the statement cannot be written: %w: audit again", err)
	case !bytes.Equal(again, payload):
		return errors.New("seal: the statement is not spelled as listo writes it: audit again")
	case p.Format < 1 || p.Format > evidence.FormatVersion:
		return fmt.Errorf("seal: bundle format %d, this listo reads 1 to %d: update listo", p.Format, evidence.FormatVersion)
	case p.Run == "":
		return errors.New("seal: it names no run: audit again")
	case !exits(p.Word, p.Exit):
		return fmt.Errorf("seal: the word %q and exit code %d contradict each other: audit again", p.Word, p.Exit)
	case len(s.Subject) != len(subjectNames()):
		return fmt.Errorf("seal: it has %d subjects, want plan, ledger and SHA256SUMS: audit again", len(s.Subject))
	}
	for i, name := range subjectNames() {
		if got := s.Subject[i]; got.Name != name || !isSHA256(got.Digest.SHA256) {
			return fmt.Errorf("seal: subject %d is %q with digest %q, want %q and 64 lower-case hex digits: audit again", i+1, got.Name, got.Digest.SHA256, name)
		}
	}
	return s.checkKey()
}

// checkKey refuses a statement that names another key than the one it carries.
func (s statement) checkKey() error {
	public, err := parsePublic(s.Predicate.PublicKey)
	if err != nil {
		return err
	}
	fingerprint, err := public.KeyID()
	if err != nil {
		return err
	}
	if s.Predicate.Fingerprint != fingerprint {
		return fmt.Errorf("seal: it claims key %q but carries key %q: do not trust it", s.Predicate.Fingerprint, fingerprint)
	}
	return nil
}

func (s statement) seal() Seal {
	p := s.Predicate
	digest := func(i int) evidence.Digest { return evidence.Digest("sha256:" + s.Subject[i].Digest.SHA256) }
	return Seal{
		Contents:    Contents{Plan: digest(0), Ledger: digest(1), Sums: digest(2), Run: p.Run, Word: p.Word, Exit: p.Exit, Tool: p.Tool},
		Decided:     p.Decided,
		Fingerprint: p.Fingerprint,
		PublicKey:   p.PublicKey,
	}
}

// exits tells whether a verdict of this word can have this exit code.
func exits(word evidence.Word, exit int) bool {
	switch word {
	case evidence.Go:
		return exit == evidence.ExitGo
	case evidence.GoReduced, evidence.GoTest:
		return exit == evidence.ExitUnproven
	case evidence.NoGo:
		return exit == evidence.ExitFailed || exit == evidence.ExitUnproven || exit == evidence.ExitWaiting
	}
	return false
}

func isSHA256(digits string) bool {
	raw, err := hex.DecodeString(digits)
	return err == nil && len(raw) == 32 && strings.ToLower(digits) == digits
}
