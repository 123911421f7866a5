// Package report turns one ledger into the pages that people read.
//
// A View holds everything a page may say: plan, verdict, experiments and the
// words of the gates. Pages are made from it alone, so that the same ledger
// gives the same bytes anywhere. The package decides nothing; it repeats.
package report

import (
	"embed"
	"fmt"

	"listo/internal/evidence"
	"listo/internal/words"
)

//go:embed words.yaml go_no_go.md.tmpl not_built.md.tmpl
var own embed.FS

// View is the one value that contains all the report says.
type View struct {
	Plan    evidence.Plan
	Verdict evidence.Verdict
	Ledger  evidence.Ledger
	Gates   []evidence.Gate
	Lang    words.Lang
	// KeyFingerprint names the key that seals the bundle.
	KeyFingerprint string
	// Blob reads kept raw bytes by digest; nil when there are none at hand.
	Blob func(evidence.Digest) ([]byte, error)

	books map[string]words.Book // by gate ID; "" is the report's own
	pages map[string]evidence.Pages
}

// NewView derives the verdict from the ledger and reads the gates' words.
func NewView(gates []evidence.Gate, ledger evidence.Ledger, lang words.Lang) (*View, error) {
	plan, _ := ledger.Plan()
	v := &View{Plan: plan, Ledger: ledger, Gates: gates, Lang: lang,
		Verdict: evidence.Decide(gates, ledger),
		books:   map[string]words.Book{}, pages: map[string]evidence.Pages{}}
	src, err := own.ReadFile("words.yaml")
	if err != nil {
		return nil, err
	}
	if v.books[""], err = words.Read("report/words.yaml", src); err != nil {
		return nil, err
	}
	for _, g := range gates {
		if g.Pages == nil {
			v.books[g.ID] = v.books[""]
			continue
		}
		if v.pages[g.ID], err = g.Pages(); err != nil {
			return nil, fmt.Errorf("report: gate %s: %w", g.ID, err)
		}
		room, err := words.Read(g.ID+"/words.yaml", v.pages[g.ID].Words)
		if err != nil {
			return nil, err
		}
		if v.books[g.ID], err = words.Join(v.books[""], room); err != nil {
			return nil, fmt.Errorf("report: gate %s: %w", g.ID, err)
		}
	}
	return v, nil
}

// Book gives the phrases of a gate, the report's own included.
func (v *View) Book(gate string) words.Book { return v.books[gate] }

// gateOf gives the gate that holds the check.
func (v *View) gateOf(check string) (evidence.Gate, bool) {
	for _, g := range v.Gates {
		for _, c := range g.Checks {
			if c.ID == check {
				return g, true
			}
		}
	}
	return evidence.Gate{}, false
}

// checkVerdict gives the state of one check; ok is false when the plan lacks it.
func (v *View) checkVerdict(check string) (evidence.CheckVerdict, bool) {
	for _, g := range v.Verdict.Gates {
		for _, c := range g.Checks {
			if c.Check == check {
				return c, true
			}
		}
	}
	return evidence.CheckVerdict{Check: check}, false
}

func (v *View) gateVerdict(gate string) evidence.GateVerdict {
	for _, g := range v.Verdict.Gates {
		if g.Gate == gate {
			return g
		}
	}
	return evidence.GateVerdict{Gate: gate}
}

// deciding gives the experiment that decided a check, or its last attempt.
func (v *View) deciding(c evidence.CheckVerdict) (evidence.Experiment, bool) {
	attempts := v.Ledger.Attempts(c.Check)
	switch {
	case len(attempts) == 0:
		return evidence.Experiment{}, false
	case c.Deciding >= 0:
		return attempts[c.Deciding], true
	}
	return attempts[len(attempts)-1], true
}

// declared gives the control that a class was built with.
func (v *View) declared(class string) (evidence.Control, bool) {
	for _, g := range v.Gates {
		for _, c := range g.Controls {
			if c.Class == class {
				return c, true
			}
		}
	}
	return evidence.Control{}, false
}

// control gives the last run of the control for a class.
func (v *View) control(class string) (evidence.ControlRun, bool) {
	for i := len(v.Ledger.Entries) - 1; i >= 0; i-- {
		if c := v.Ledger.Entries[i].Control; c != nil && c.Class == class {
			return *c, true
		}
	}
	return evidence.ControlRun{}, false
}
