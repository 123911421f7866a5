package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/seal"
	"listo/internal/words"
)

// Verification is what was checked of a bundle, in order.
type Verification struct {
	Steps []VerifyStep
	// Verdict as derived again from the ledger.
	Verdict evidence.Verdict
	Seal    seal.Seal
	Plan    evidence.Plan
	Entries int
	Torn    int  // bytes of a half-written last line
	Open    bool // the audit has not ended: there is no seal to check
}

// VerifyStep is one thing that was checked; Err is nil when it holds.
type VerifyStep struct {
	Name string // chain, plan, blobs, verdict, sums, seal, pages
	Note string // what was checked, in numbers
	Err  error
}

// Err joins the errors of all steps.
func (v Verification) Err() error {
	var all []error
	for _, s := range v.Steps {
		all = append(all, s.Err)
	}
	return errors.Join(all...)
}

// Verify checks a bundle: the chain, every blob, the sums, the seal, that the
// verdict follows from the ledger, and the pages. The pages are made again when
// tool is the one that made them; otherwise the sums vouch for them.
func Verify(bundle string, gates []evidence.Gate, tool evidence.Tool) Verification {
	var v Verification
	src, err := os.ReadFile(filepath.Join(bundle, evidenceFolder, ledgerFile))
	if err != nil {
		v.note("chain", "", fmt.Errorf("verify: %w: name the folder that holds go_no_go.md", err))
		return v
	}
	ledger, err := evidence.ReadLedger(src)
	v.Entries, v.Torn = len(ledger.Entries), ledger.Torn
	v.note("chain", fmt.Sprintf("%d lines", v.Entries), err)
	if err != nil {
		return v
	}
	v.Plan, _ = ledger.Plan()
	v.Verdict = evidence.Decide(gates, ledger)
	if tool == v.Plan.Tool {
		v.note("plan", fmt.Sprintf("%d gates", len(v.Plan.Gates)), wholePlan(gates, v.Plan))
	}
	v.note(blobs(bundle, ledger))
	closing, closed := ledger.Closed()
	if !closed {
		v.Open = true
		v.note("seal", "none yet", unsealed(bundle))
		return v
	}
	if ledger.Torn > 0 {
		v.note("chain", "", fmt.Errorf("ledger: %w: %d bytes follow its last whole line", evidence.ErrBroken, ledger.Torn))
	}
	v.note("verdict", string(v.Verdict.Word), sameVerdict(closing, v.Verdict))
	sums := v.sums(bundle)
	v.sealed(bundle, ledger, sums)
	v.pages(bundle, gates, ledger, tool)
	return v
}

func (v *Verification) note(name, note string, err error) {
	v.Steps = append(v.Steps, VerifyStep{name, note, err})
}

// wholePlan checks that the plan left out nothing that this very listo could
// have proved: a check may be excused, with a reason, but not be forgotten.
func wholePlan(gates []evidence.Gate, plan evidence.Plan) error {
	planned := map[string]bool{}
	for _, g := range plan.Gates {
		planned[g.Gate] = true
		for _, c := range g.Checks {
			planned[c.Check] = true
		}
	}
	var errs []error
	for _, g := range gates {
		if !planned[g.ID] {
			errs = append(errs, fmt.Errorf("plan: it does not hold the gate %s", g.ID))
		}
		for _, c := range g.Checks {
			if !planned[c.ID] {
				errs = append(errs, fmt.Errorf("plan: it does not hold the check %s", c.ID))
			}
		}
	}
	return errors.Join(errs...)
}

// blobs checks that every blob the ledger names is there and is what it says.
func blobs(bundle string, ledger evidence.Ledger) (name, note string, err error) {
	read, seen := BlobsOf(bundle), map[evidence.Digest]bool{}
	var errs []error
	for _, e := range ledger.Entries {
		for _, s := range stepsOf(e) {
			for _, b := range s.Raw {
				if seen[b.Digest] {
					continue
				}
				seen[b.Digest] = true
				raw, err := read(b.Digest)
				if err == nil && (evidence.DigestOf(raw) != b.Digest || int64(len(raw)) != b.Size) {
					err = errors.New("it is not what the ledger says")
				}
				if err != nil {
					errs = append(errs, fmt.Errorf("blob %s: %w", b.Digest.Hex(), err))
				}
			}
		}
	}
	return "blobs", fmt.Sprintf("%d blobs", len(seen)), errors.Join(errs...)
}

func stepsOf(e evidence.Entry) []evidence.Step {
	switch {
	case e.Experiment != nil:
		return e.Experiment.Steps
	case e.Control != nil:
		return e.Control.Steps
	case e.Handling != nil:
		return e.Handling.Steps
	}
	return nil
}

// unsealed makes sure that no seal lies beside a ledger without an end: listo
// takes it away before it goes on, so the end was cut off.
func unsealed(bundle string) error {
	for _, name := range []string{sealFile, sumsFile} {
		if _, err := os.Lstat(filepath.Join(bundle, evidenceFolder, name)); err == nil {
			return fmt.Errorf("seal: %s lies beside a ledger that has no closing line: its last lines were dropped", name)
		}
	}
	return nil
}

// sameVerdict compares what was written at the end with what follows now.
func sameVerdict(c evidence.Closing, v evidence.Verdict) error {
	if c.Word != v.Word || c.Exit != v.Exit {
		return fmt.Errorf("verdict: the ledger closes with %s (exit %d), but %s (exit %d) follows from it", c.Word, c.Exit, v.Word, v.Exit)
	}
	var now []evidence.ClosingResult
	for _, g := range v.Gates {
		for _, check := range g.Checks {
			now = append(now, evidence.ClosingResult{Check: check.Check, Outcome: check.Outcome, Reason: check.Finding.Reason})
		}
	}
	if !slices.Equal(now, c.Checks) {
		return errors.New("verdict: the outcomes in the closing line are not those that follow from the ledger")
	}
	return nil
}

// sums checks SHA256SUMS against the files, both ways, and gives its bytes.
func (v *Verification) sums(bundle string) []byte {
	text, err := os.ReadFile(filepath.Join(bundle, evidenceFolder, sumsFile))
	if err != nil {
		v.note("sums", "", fmt.Errorf("sums: %w", err))
		return nil
	}
	listed := map[string]bool{}
	var errs []error
	for line := range strings.Lines(string(text)) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !filepath.IsLocal(name) {
			errs = append(errs, fmt.Errorf("sums: %q is not a line of sha256sum", line))
			continue
		}
		listed[name] = true
		got, err := os.ReadFile(filepath.Join(bundle, name))
		if err != nil || evidence.DigestOf(got).Hex() != digest {
			errs = append(errs, fmt.Errorf("sums: %s is missing or was changed", name))
		}
	}
	err = walkEvidence(bundle, func(name string, _ []byte) {
		if !listed[name] {
			errs = append(errs, fmt.Errorf("sums: %s was added", name))
		}
	})
	v.note("sums", fmt.Sprintf("%d files", len(listed)), errors.Join(append(errs, err)...))
	return text
}

// sealed checks the seal's signature and that it is over this very bundle.
func (v *Verification) sealed(bundle string, ledger evidence.Ledger, sums []byte) {
	envelope, err := os.ReadFile(filepath.Join(bundle, evidenceFolder, sealFile))
	if err == nil {
		v.Seal, err = seal.Open(envelope)
	}
	if err == nil {
		c := v.Seal.Contents
		switch {
		case c.Ledger != ledger.Head:
			err = errors.New("seal: it is over another ledger")
		case c.Plan != PlanDigest(ledger):
			err = errors.New("seal: it is over another plan")
		case c.Sums != evidence.DigestOf(sums):
			err = errors.New("seal: it is over another SHA256SUMS")
		case c.Word != v.Verdict.Word || c.Exit != v.Verdict.Exit || c.Run != v.Plan.Run || c.Tool != v.Plan.Tool:
			err = errors.New("seal: it says something else than the ledger")
		}
	}
	v.note("seal", v.Seal.Fingerprint, err)
}

// pages makes the pages again and compares them byte for byte.
func (v *Verification) pages(bundle string, gates []evidence.Gate, ledger evidence.Ledger, tool evidence.Tool) {
	if tool != v.Plan.Tool {
		v.note("pages", "made by listo "+v.Plan.Tool.Version+": checked by SHA256SUMS only", nil)
		return
	}
	view, err := NewView(gates, ledger, words.Lang(v.Plan.Language))
	if err != nil {
		v.note("pages", "", err)
		return
	}
	view.Blob, view.KeyFingerprint = BlobsOf(bundle), v.Seal.Fingerprint
	pages, err := view.Pages()
	errs := []error{err}
	for file, want := range pages {
		got, err := os.ReadFile(filepath.Join(bundle, file))
		if err != nil || !bytes.Equal(got, want) {
			errs = append(errs, fmt.Errorf("pages: %s is not the page that follows from the ledger", file))
		}
	}
	v.note("pages", fmt.Sprintf("%d pages made again", len(pages)), errors.Join(errs...))
}
