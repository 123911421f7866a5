// Command freeze makes the frozen audits of the report's tests out of the bundle
// of a real one:
//
//	go run ./internal/report/testdata/freeze build/demo/reports/dev_audit
//
// The observations are kept as they were measured. What the pages would only
// show more of the same is left out: of every experiment the last step stays,
// and its short blobs. Clock, run and operator are fixed, so that nothing in
// the files tells where or when they were made. A frozen bundle is made once per
// format version and then kept for ever.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report"
	"listo/internal/seal"
	"listo/internal/words"
)

// How much of an experiment is kept.
const (
	keptSteps = 1
	keptBytes = 300
)

const folder = "internal/report/testdata"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("freeze: name the bundle of a real audit of the demo service that is closed and healthy")
	}
	if err := freeze(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func freeze(bundle string) error {
	src, err := os.ReadFile(filepath.Join(bundle, "evidence", "ledger.jsonl"))
	if err != nil {
		return err
	}
	measured, err := evidence.ReadLedger(src)
	if err != nil {
		return err
	}
	a := audit{read: report.BlobsOf(bundle), blobs: map[evidence.Digest][]byte{}}
	a.take(measured)
	for name, entries := range map[string][]evidence.Entry{
		"healthy": a.entries, "failures": a.failures(), "waiting": a.waiting(), "planned": a.entries[:1],
	} {
		if err := a.write(filepath.Join(folder, name), entries); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// audit is a real one, trimmed, without its closing line.
type audit struct {
	read    func(evidence.Digest) ([]byte, error)
	entries []evidence.Entry
	blobs   map[evidence.Digest][]byte
}

// began is the fixed clock: every line comes a second after the one before.
func began() time.Time { return time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC) }

func (a *audit) take(measured evidence.Ledger) {
	for i, e := range measured.Entries {
		at := began().Add(time.Duration(i) * time.Second)
		kept := evidence.Entry{At: at}
		switch {
		case e.Plan != nil:
			kept.Plan = fixed(*e.Plan)
		case e.Experiment != nil:
			kept.Experiment = a.trim(*e.Experiment, at)
		case e.Control != nil:
			kept.Control = &evidence.ControlRun{Class: e.Control.Class, Experiment: *a.trim(e.Control.Experiment, at)}
			kept.Control.Steps = nil
		case e.Handling != nil:
			kept.Handling = &evidence.Handling{Gate: e.Handling.Gate, Act: e.Handling.Act}
		default:
			continue
		}
		a.entries = append(a.entries, kept)
	}
}

// fixed gives the plan without what tells where and when it was made.
func fixed(p evidence.Plan) *evidence.Plan {
	p.Run, p.Made, p.Operator = "2026-03-04T1000Z-f00d", began(), "operator"
	p.Tool = evidence.Tool{Version: "frozen", Go: "go1.26"}
	p.Machine = evidence.Machine{System: "linux/amd64", CPU: "EPYC", Cores: 2, Memory: 16 << 30}
	p.Previous, p.Unset = nil, nil
	p.Subject.Dirty = false
	p.Subject.Commit = cmp.Or(p.Subject.Commit, "0123456789012345678901234567890123456789")
	return &p
}

func (a *audit) trim(e evidence.Experiment, at time.Time) *evidence.Experiment {
	e.Began = at
	all := e.Steps
	e.Steps = nil
	for i, s := range all[max(0, len(all)-keptSteps):] {
		s.At = at.Add(time.Duration(i) * time.Millisecond)
		raw := s.Raw
		s.Raw = nil
		for _, b := range raw {
			if kept, ok := a.keep(b); ok {
				s.Raw = append(s.Raw, kept)
			}
		}
		e.Steps = append(e.Steps, s)
	}
	return &e
}

// keep takes a short blob that names no place of the machine.
func (a *audit) keep(b evidence.Blob) (evidence.Blob, bool) {
	text, err := a.read(b.Digest)
	if err != nil || len(text) > keptBytes || bytes.HasPrefix(text, []byte("/")) {
		return b, false
	}
	a.blobs[b.Digest] = text
	return b, true
}

// failures is the same audit on a bad day. What its sick checks observed are
// the observations of the real sick twins.
func (a *audit) failures() []evidence.Entry {
	var all []evidence.Entry
	for _, e := range a.entries {
		switch {
		case e.Plan != nil:
			all = append(all, evidence.Entry{At: e.At, Plan: badDay(*e.Plan)})
		case e.Handling != nil, e.Control != nil && e.Control.Class == "pool.unused": // never shown
		case e.Experiment != nil:
			all = append(all, a.sick(e)...)
		default:
			all = append(all, e)
		}
	}
	return all
}

func badDay(p evidence.Plan) *evidence.Plan {
	p.Previous = &evidence.Previous{Run: "2026-03-03T0900Z-beef", Commit: p.Subject.Commit, Word: evidence.NoGo,
		Head: evidence.DigestOf(nil), Checks: map[string]string{"pool.effective": "pass", "pool.headroom": "pass"}, SameCommit: 2}
	p.Subject.Dirty = true
	var planned []evidence.Planned
	for _, g := range p.Gates {
		var checks []evidence.PlannedCheck
		for _, c := range g.Checks {
			switch c.Check {
			case "frontend.history":
				c.Excused = "the artefact comes from another repository"
			case "pool.answered":
				c.Limits = append([]evidence.PlannedLimit{}, c.Limits...)
				last := &c.Limits[len(c.Limits)-1]
				last.Value, last.Loosened = last.Default*2, true
			}
			checks = append(checks, c)
		}
		g.Checks = append([]evidence.PlannedCheck{}, checks...)
		planned = append(planned, g)
	}
	p.Gates = planned
	return &p
}

// sick gives what stands in the ledger of the bad day for one experiment.
func (a *audit) sick(e evidence.Entry) []evidence.Entry {
	x := *e.Experiment
	nothing := evidence.Experiment{Check: x.Check, Attempt: 1, Began: x.Began, TookMS: x.TookMS}
	switch x.Check {
	case "secrets.present": // missing first; then a person confirmed
		missing := nothing
		missing.Observed = a.twins(x.Check)
		x.Attempt = 2
		return []evidence.Entry{{At: e.At, Experiment: &missing},
			{At: e.At, Confirmation: &evidence.Confirmation{Check: x.Check, By: "operator", Via: "terminal"}},
			{At: e.At, Resumed: &evidence.Resumed{}}, {At: e.At, Experiment: &x}}
	case "frontend.history":
		return nil
	case "frontend.served", "pool.effective", "pool.leaks", "secrets.strength":
		x.Observed = a.twins(x.Check)
	case "pool.churn":
		x = nothing
		x.Err = "pool: the service closed the connection: dial tcp 127.0.0.1:41234: connect: connection refused"
	case "secrets.distinct":
		x = nothing
		x.Err, x.Lacks = "it lacks what it needs", []string{"secrets.production_fingerprints"}
	default:
		x.Steps = nil
	}
	return []evidence.Entry{{At: e.At, Experiment: &x}}
}

// twins gives what the check observed of its sick twin.
func (a *audit) twins(check string) []byte {
	for _, e := range a.entries {
		if e.Control != nil && e.Control.Check == check {
			return e.Control.Observed
		}
	}
	log.Fatalf("freeze: the audit holds no control of %s", check)
	return nil
}

// waiting is an audit that a missing secret holds back: no load was sent.
func (a *audit) waiting() []evidence.Entry {
	var all []evidence.Entry
	for _, e := range a.entries {
		switch {
		case e.Handling != nil, loading(e):
		case e.Experiment != nil && e.Experiment.Check == "secrets.present":
			x := *e.Experiment
			x.Observed = a.twins(x.Check)
			all = append(all, evidence.Entry{At: e.At, Experiment: &x})
		case e.Experiment != nil:
			x := *e.Experiment
			x.Steps = nil
			all = append(all, evidence.Entry{At: e.At, Experiment: &x})
		default:
			all = append(all, e)
		}
	}
	return all
}

func loading(e evidence.Entry) bool {
	id := ""
	switch {
	case e.Experiment != nil:
		id = e.Experiment.Check
	case e.Control != nil:
		id = e.Control.Check
	}
	check, ok := evidence.Find(gates.All(), id)
	return ok && check.Loading
}

// write makes a bundle of the entries; all but a plan alone are closed and
// sealed. Only the healthy one keeps its blobs, pages and seal.
func (a *audit) write(bundle string, entries []evidence.Entry) error {
	if err := os.RemoveAll(bundle); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(bundle, "evidence", "blobs"), 0o755); err != nil {
		return err
	}
	var ledger evidence.Ledger
	var src bytes.Buffer
	for _, e := range entries {
		if err := ledger.Append(&src, e); err != nil {
			return err
		}
	}
	at := entries[len(entries)-1].At.Add(time.Second)
	if len(entries) > 1 {
		if err := ledger.Append(&src, evidence.Entry{At: at, Closing: closing(ledger)}); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(bundle, "evidence", "ledger.jsonl"), src.Bytes(), 0o644); err != nil {
		return err
	}
	if err := a.writeBlobs(bundle, ledger); err != nil || filepath.Base(bundle) != "healthy" {
		return err
	}
	return publish(bundle, ledger, at)
}

func closing(l evidence.Ledger) *evidence.Closing {
	v := evidence.Decide(gates.All(), l)
	c := &evidence.Closing{Word: v.Word, Exit: v.Exit}
	for _, g := range v.Gates {
		for _, check := range g.Checks {
			c.Checks = append(c.Checks, evidence.ClosingResult{Check: check.Check, Outcome: check.Outcome, Reason: check.Finding.Reason})
		}
	}
	return c
}

func (a *audit) writeBlobs(bundle string, l evidence.Ledger) error {
	for _, e := range l.Entries {
		if e.Experiment == nil {
			continue
		}
		for _, s := range e.Experiment.Steps {
			for _, b := range s.Raw {
				if err := os.WriteFile(filepath.Join(bundle, "evidence", "blobs", b.Digest.Hex()), a.blobs[b.Digest], 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// publish writes the pages and the seal, by a key that nobody keeps.
func publish(bundle string, l evidence.Ledger, at time.Time) error {
	plan, _ := l.Plan()
	view, err := report.NewView(gates.All(), l, words.Lang(plan.Language))
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "freeze-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	key, _, err := seal.LoadOrCreateKey(filepath.Join(temp, "seal.key"))
	if err != nil {
		return err
	}
	return report.Publish(bundle, view, key, at, func([]byte) map[string]int { return nil })
}
