package run

import (
	"context"
	"errors"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

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
	err := ctx.Err()
	if a.broken == nil || err == nil {
		err = a.handled("", "prepared", r, a.broken)
	}
	if err != nil {
		return errors.Join(err, a.ground.Clear())
	}
	return nil
}

// all runs the three passes: what must see the world first, every gate in
// order, what all others have left behind. The first and the last go backwards:
// the frontend is looked at before the gate secrets starts the service, which may
// write into it, and the search for leaks sees what every other gate wrote.
func (a *audit) all(ctx context.Context) error {
	for _, when := range []evidence.When{evidence.First, evidence.WithGate, evidence.Last} {
		gates := slices.Clone(a.Gates)
		if when != evidence.WithGate {
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
	controls, due := a.open(gate, when), a.due(gate, when)
	if len(controls)+len(due) == 0 {
		return nil
	}
	a.emit(Event{Kind: GateBegan, Gate: gate.ID})
	place := &place{audit: a, gate: gate}
	defer func() { err = errors.Join(err, place.leave()) }()
	for _, control := range controls {
		if err := a.interrupted(ctx); err != nil {
			return err
		}
		if err := a.show(ctx, gate, control, place); err != nil {
			return err
		}
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

// comesAgain tells whether a later pass has work at the gate.
func (a *audit) comesAgain(gate evidence.Gate, when evidence.When) bool {
	works := func(w evidence.When) bool { return len(a.open(gate, w))+len(a.due(gate, w)) > 0 }
	return when == evidence.First && works(evidence.WithGate) || when != evidence.Last && works(evidence.Last)
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
// Where only the control is open, the check itself has its result.
func (a *audit) due(gate evidence.Gate, when evidence.When) []evidence.Check {
	return a.checks(gate, when, func(v evidence.CheckVerdict) bool {
		return v.Outcome == evidence.Unproven && v.Cause != evidence.ControlOpen
	})
}

// open gives the controls that this pass must show: of classes whose checks are
// due, or are green and lack nothing but the control. A control that came to its
// end is final, whatever it showed.
func (a *audit) open(gate evidence.Gate, when evidence.When) []evidence.Control {
	unproven := a.checks(gate, when, func(v evidence.CheckVerdict) bool { return v.Outcome == evidence.Unproven })
	return slices.DeleteFunc(slices.Clone(gate.Controls), func(control evidence.Control) bool {
		wanted := slices.ContainsFunc(unproven, func(c evidence.Check) bool { return c.Class == control.Class })
		return !wanted || slices.ContainsFunc(a.shown(control.Class), func(e evidence.Experiment) bool { return !e.Errored() })
	})
}

// checks gives the planned checks of this pass, excused ones apart, whose verdict
// is as wanted.
func (a *audit) checks(gate evidence.Gate, when evidence.When, wanted func(evidence.CheckVerdict) bool) []evidence.Check {
	verdicts := a.gateVerdict(gate.ID).Checks
	var all []evidence.Check
	for _, check := range gate.Checks {
		i := slices.IndexFunc(verdicts, func(v evidence.CheckVerdict) bool { return v.Check == check.ID })
		if check.When == when && i >= 0 && verdicts[i].Excused == "" && wanted(verdicts[i]) {
			all = append(all, check)
		}
	}
	return all
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

func (s *Session) recorder() *lab.Recorder { return s.record.Fresh() }

// handled writes down what was done to the patient outside any check.
func (s *Session) handled(gate, act string, r *lab.Recorder, failed error) error {
	steps, err := r.Steps()
	h := evidence.Handling{Gate: gate, Act: act, Steps: steps}
	if failed != nil {
		h.Err = s.record.Redact(failed.Error())
	}
	return errors.Join(err, s.append(evidence.Entry{Handling: &h}))
}
