package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// DefaultCheckTimeout bounds a check when the options do not.
const DefaultCheckTimeout = 10 * time.Minute

// How many touches of an experiment are steps of their own; see
// lab.Recorder.FoldBeyond. A control's can be
// repeated by nobody: its twin is gone.
const (
	ownSteps          = 2
	ownStepsOfControl = 1
)

// graceTime is how long a check may take to end once its time is over.
const graceTime = 10 * time.Second

// try runs one check once and writes the experiment down.
func (a *audit) try(ctx context.Context, gate evidence.Gate, check evidence.Check, place *place) error {
	if a.heldBack(check) {
		return nil
	}
	a.emit(Event{Kind: CheckBegan, Gate: gate.ID, Check: check.ID})
	e := evidence.Experiment{Check: check.ID, Attempt: len(a.ledger.Attempts(check.ID)) + 1, Began: a.Now().UTC()}
	a.perform(ctx, gate, check, place, &e, nil)
	if err := a.append(evidence.Entry{Experiment: &e}); err != nil {
		return err
	}
	a.emit(Event{Kind: CheckEnded, Gate: gate.ID, Check: check.ID, CheckVerdict: a.checkVerdict(gate.ID, check.ID)})
	return nil
}

// show lets a check look at the sick twin of its class and writes that down.
func (a *audit) show(ctx context.Context, gate evidence.Gate, control evidence.Control, place *place) error {
	check, ok := evidence.Find([]evidence.Gate{gate}, control.Check)
	if !ok || a.heldBack(check) {
		return nil
	}
	e := evidence.Experiment{Check: check.ID, Attempt: len(a.shown(control.Class)) + 1, Began: a.Now().UTC()}
	a.perform(ctx, gate, check, place, &e, control.Twin)
	return a.append(evidence.Entry{Control: &evidence.ControlRun{Class: control.Class, Experiment: e}})
}

// heldBack tells that a pre-gate waits and the check loads: nothing is sent then,
// and nothing is written.
func (a *audit) heldBack(check evidence.Check) bool {
	return check.Loading && evidence.Holding(a.Gates, a.ledger)
}

// shown gives the runs of a class's control, oldest first.
func (a *audit) shown(class string) []evidence.Experiment {
	var all []evidence.Experiment
	for _, e := range a.ledger.Entries {
		if e.Control != nil && e.Control.Class == class {
			all = append(all, e.Control.Experiment)
		}
	}
	return all
}

type twin func(context.Context, evidence.Lab) (evidence.Lab, func(), error)

// perform lets the check run at its place, or at a sick twin's, and fills in the
// experiment. What was observed when the time was over, or after an interrupt,
// tells of the end and not of the patient: it is dropped.
func (a *audit) perform(ctx context.Context, gate evidence.Gate, check evidence.Check, place *place, e *evidence.Experiment, sick twin) {
	if e.Lacks = a.lacks(gate, check); len(e.Lacks) > 0 {
		e.Err = "it lacks what it needs"
		return
	}
	limit := cmp.Or(a.CheckTimeout, DefaultCheckTimeout)
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	bench, err := place.bench(within, check)
	if sick == nil {
		bench.FoldBeyond(ownSteps, false)
	} else {
		bench.FoldBeyond(ownStepsOfControl, true)
	}
	var observed json.RawMessage
	if err == nil {
		observed, err = a.patiently(within, limit, check, place, bench, sick)
	}
	steps, lost := bench.Steps()
	e.Steps, e.TookMS = steps, lab.Milliseconds(time.Since(began))
	switch {
	case lost != nil:
		err = lost
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	case within.Err() != nil && !errors.Is(err, errUnending):
		err = fmt.Errorf("it did not end within %v", limit)
	}
	if err != nil {
		e.Err = a.record.Redact(err.Error())
		return
	}
	e.Observed = cleanJSON(observed, a.record.Redact)
}

// errUnending is a check that goes on after its time. Nothing can end it, but
// nobody waits for it either.
var errUnending = errors.New("defect in listo: it goes on after its time")

// patiently waits for the check to end, and a moment longer when its time is over.
func (a *audit) patiently(ctx context.Context, limit time.Duration, check evidence.Check, place *place, bench *lab.Bench, sick twin) (json.RawMessage, error) {
	type seen struct {
		observed json.RawMessage
		err      error
	}
	ended := make(chan seen, 1)
	go func() {
		observed, err := observe(ctx, check, bench, sick)
		ended <- seen{observed, err}
	}()
	select {
	case s := <-ended:
		return s.observed, s.err
	case <-ctx.Done():
	}
	select {
	case s := <-ended:
		return s.observed, s.err
	case <-time.After(min(limit, graceTime)):
		place.spoil(fmt.Errorf("%s still runs there: %w", check.ID, errUnending))
		return nil, errUnending
	}
}

// observe lets the check look. A defect of the check is caught here: it proves
// nothing.
func observe(ctx context.Context, check evidence.Check, bench *lab.Bench, sick twin) (observed json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			observed, err = nil, fmt.Errorf("defect in listo: %v\n%s", p, debug.Stack())
		}
	}()
	var at evidence.Lab = bench
	if sick != nil {
		twin, away, err := sick(ctx, bench)
		if err != nil {
			return nil, fmt.Errorf("the sick twin: %w", err)
		}
		defer away()
		at = twin
	}
	return check.Run(ctx, at)
}
