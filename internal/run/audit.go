package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// CheckTimeout bounds one check whatever it does.
const CheckTimeout = 10 * time.Minute

// ErrStopped tells that the user stopped the audit between two checks.
var ErrStopped = errors.New("stopped")

// Audit runs every check that has not yet come to a result and closes the
// ledger. stop, when closed, ends it after the check at hand; cancelling ctx
// ends it in the middle of one.
func (s *Session) Audit(ctx context.Context, stop <-chan struct{}) (err error) {
	claim, err := service.NewClaim()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.Release()) }()
	a := &audit{Session: s, claim: claim, stop: stop}
	if err := a.lay(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.ground.Clear()) }()
	if err := a.all(ctx); err != nil {
		return err
	}
	return s.closeLedger()
}

// audit is a Session with its ground laid.
type audit struct {
	*Session
	claim  *service.Claim
	ground *service.Ground
	broken error // why there is no ground; every check that needs the patient then lacks it
	stop   <-chan struct{}
}

// lay prepares the ground. A patient that cannot be built or started is no
// error of the audit: the checks that need it are unproven and say why.
func (a *audit) lay(ctx context.Context) error {
	a.emit(Event{Kind: Preparing, Text: a.Config.Name})
	r := a.recorder()
	a.ground, a.broken = service.Lay(ctx, a.Config, a.claim, r)
	if a.broken != nil && ctx.Err() != nil {
		return errors.Join(a.ground.Clear(), ctx.Err())
	}
	return a.handled("", "prepared", r, a.broken)
}

// all runs the three passes: what must see the world first, every gate in
// order, what all others have left behind. The last pass goes backwards: who
// looked first looks last, so that the search for leaks sees what every other
// gate wrote.
func (a *audit) all(ctx context.Context) error {
	for _, when := range []evidence.When{evidence.First, evidence.WithGate, evidence.Last} {
		gates := slices.Clone(a.Gates)
		if when == evidence.Last {
			slices.Reverse(gates)
		}
		for _, gate := range gates {
			if err := a.gate(ctx, gate, when); err != nil {
				return err
			}
		}
	}
	return nil
}

// gate runs the gate's checks of one pass at one fresh patient.
func (a *audit) gate(ctx context.Context, gate evidence.Gate, when evidence.When) (err error) {
	due := a.due(gate, when)
	if len(due) == 0 {
		return nil
	}
	a.emit(Event{Kind: GateBegan, Gate: gate.ID})
	place := &place{audit: a, gate: gate}
	defer func() { err = errors.Join(err, place.leave()) }()
	if err := a.controls(ctx, gate, due, place); err != nil {
		return err
	}
	for _, check := range due {
		if err := a.interrupted(ctx); err != nil {
			return err
		}
		if err := a.try(ctx, gate, check, place); err != nil {
			return err
		}
	}
	if !a.comesAgain(gate, when) {
		a.emit(Event{Kind: GateEnded, Gate: gate.ID, GateVerdict: a.gateVerdict(gate.ID)})
	}
	return nil
}

// comesAgain tells whether a later pass has checks of the gate.
func (a *audit) comesAgain(gate evidence.Gate, when evidence.When) bool {
	return when == evidence.First && len(a.due(gate, evidence.WithGate)) > 0 ||
		when != evidence.Last && len(a.due(gate, evidence.Last)) > 0
}

func (a *audit) interrupted(ctx context.Context) error {
	select {
	case <-a.stop:
		a.emit(Event{Kind: Stopped})
		return ErrStopped
	default:
		return ctx.Err()
	}
}

// due gives the planned checks of this pass that have no result yet. A red or
// green result is final; an unproven one may be tried again by a resumed audit.
func (a *audit) due(gate evidence.Gate, when evidence.When) []evidence.Check {
	var due []evidence.Check
	verdict := a.gateVerdict(gate.ID)
	for _, check := range gate.Checks {
		if check.When != when || a.excused(verdict, check.ID) {
			continue
		}
		if a.outcome(verdict, check.ID) == evidence.Unproven {
			due = append(due, check)
		}
	}
	return due
}

func (a *audit) excused(g evidence.GateVerdict, id string) bool {
	for _, c := range g.Checks {
		if c.Check == id {
			return c.Excused != ""
		}
	}
	return true // not in the plan
}

func (a *audit) outcome(g evidence.GateVerdict, id string) evidence.Outcome {
	for _, c := range g.Checks {
		if c.Check == id && c.Cause == evidence.ControlOpen {
			return evidence.Pass // only its control is due
		}
		if c.Check == id {
			return c.Outcome
		}
	}
	return evidence.Unproven
}

// try runs one check once and writes the experiment down.
func (a *audit) try(ctx context.Context, gate evidence.Gate, check evidence.Check, place *place) error {
	if check.Loading && evidence.Holding(a.Gates, a.ledger) {
		return nil // held back: nothing is sent, nothing is written
	}
	a.emit(Event{Kind: CheckBegan, Gate: gate.ID, Check: check.ID})
	e := evidence.Experiment{Check: check.ID, Attempt: len(a.ledger.Attempts(check.ID)) + 1, Began: a.Now().UTC()}
	if e.Lacks = a.lacks(gate, check); len(e.Lacks) > 0 {
		e.Err = "it lacks what it needs"
	} else {
		a.perform(ctx, check, place, &e, nil)
	}
	if ctx.Err() != nil {
		e.Observed, e.Err = nil, "interrupted"
	}
	if err := a.append(evidence.Entry{Experiment: &e}); err != nil {
		return err
	}
	a.emit(Event{Kind: CheckEnded, Gate: gate.ID, Check: check.ID, CheckVerdict: a.checkVerdict(gate.ID, check.ID)})
	return nil
}

// controls shows the detector classes of the checks that are due their sick
// twins, before the checks themselves.
func (a *audit) controls(ctx context.Context, gate evidence.Gate, due []evidence.Check, place *place) error {
	for _, control := range gate.Controls {
		check, ok := evidence.Find([]evidence.Gate{gate}, control.Check)
		wanted := slices.ContainsFunc(due, func(c evidence.Check) bool { return c.Class == control.Class })
		if !ok || !wanted || a.shown(control.Class) {
			continue
		}
		if check.Loading && evidence.Holding(a.Gates, a.ledger) {
			continue
		}
		if err := a.interrupted(ctx); err != nil {
			return err
		}
		e := evidence.Experiment{Check: check.ID, Attempt: 1, Began: a.Now().UTC()}
		if e.Lacks = a.lacks(gate, check); len(e.Lacks) > 0 {
			e.Err = "it lacks what it needs"
		} else {
			a.perform(ctx, check, place, &e, control.Twin)
		}
		if err := a.append(evidence.Entry{Control: &evidence.ControlRun{Class: control.Class, Experiment: e}}); err != nil {
			return err
		}
	}
	return nil
}

// shown tells whether the control of this class was already run to its end.
func (a *audit) shown(class string) bool {
	for _, e := range a.ledger.Entries {
		if e.Control != nil && e.Control.Class == class && !e.Control.Errored() {
			return true
		}
	}
	return false
}

type twin func(context.Context, evidence.Lab) (evidence.Lab, func(), error)

// perform lets the check run at its place, or at a sick twin's, and fills in
// the experiment. A defect of the check is caught here: it proves nothing.
func (a *audit) perform(ctx context.Context, check evidence.Check, place *place, e *evidence.Experiment, sick twin) {
	ctx, cancel := context.WithTimeout(ctx, CheckTimeout)
	defer cancel()
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			e.Observed, e.Err = nil, fmt.Sprintf("defect in listo: %v\n%s", p, debug.Stack())
		}
		e.TookMS = lab.Milliseconds(time.Since(began))
	}()
	bench, err := place.bench(ctx, check)
	if err != nil {
		e.Err = a.redact.CleanString(err.Error())
		return
	}
	defer func() {
		steps, lost := bench.Steps()
		if e.Steps = steps; lost != nil {
			e.Observed, e.Err = nil, lost.Error()
		}
	}()
	var at evidence.Lab = bench
	if sick != nil {
		twin, away, err := sick(ctx, bench)
		if err != nil {
			e.Err = a.redact.CleanString("the sick twin: " + err.Error())
			return
		}
		defer away()
		at = twin
	}
	if e.Observed, err = check.Run(ctx, at); err != nil {
		e.Observed, e.Err = nil, a.redact.CleanString(err.Error())
		return
	}
	e.Observed = cleanJSON(e.Observed, a.redact.CleanString)
}

// lacks says what the check needs and cannot have, by the configuration.
func (a *audit) lacks(gate evidence.Gate, check evidence.Check) []string {
	lacks := a.Config.Lacks(gate, check)
	if check.Loading && a.Config.Service.Mode == "attached" && !a.Owned {
		lacks = append(lacks, "--i-own-this-target "+a.Config.Name)
	}
	return lacks
}

// closeLedger writes the verdict as it is now.
func (s *Session) closeLedger() error {
	v := evidence.Decide(s.Gates, s.ledger)
	closing := evidence.Closing{Word: v.Word, Exit: v.Exit}
	for _, g := range v.Gates {
		for _, c := range g.Checks {
			closing.Checks = append(closing.Checks, evidence.ClosingResult{Check: c.Check, Outcome: c.Outcome, Reason: c.Finding.Reason})
		}
	}
	return s.append(evidence.Entry{Closing: &closing})
}

func (a *audit) gateVerdict(id string) evidence.GateVerdict {
	for _, g := range evidence.Decide(a.Gates, a.ledger).Gates {
		if g.Gate == id {
			return g
		}
	}
	return evidence.GateVerdict{Gate: id}
}

func (a *audit) checkVerdict(gate, id string) evidence.CheckVerdict {
	for _, c := range a.gateVerdict(gate).Checks {
		if c.Check == id {
			return c
		}
	}
	return evidence.CheckVerdict{Check: id}
}

func (s *Session) emit(e Event) {
	if s.Events != nil {
		s.Events(e)
	}
}

func (s *Session) recorder() *lab.Recorder { return lab.NewRecorder(s.blobs, s.redact, s.Now) }

// handled writes down what was done to the patient outside any check.
func (s *Session) handled(gate, act string, r *lab.Recorder, failed error) error {
	steps, err := r.Steps()
	h := evidence.Handling{Gate: gate, Act: act, Steps: steps}
	if failed != nil {
		h.Err = s.redact.CleanString(failed.Error())
	}
	return errors.Join(err, s.append(evidence.Entry{Handling: &h}))
}
