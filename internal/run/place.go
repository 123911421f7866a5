package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// place is one gate's time at the patient. The patient is only started when the
// first check asks for it.
type place struct {
	audit *audit
	gate  evidence.Gate

	mu   sync.Mutex // a check that goes on after its time may ask still
	stay *service.Stay
	err  error // why the patient cannot be had
}

// bench gives a check what it works at.
func (p *place) bench(ctx context.Context, check evidence.Check) (*lab.Bench, error) {
	a := p.audit
	b := &lab.Bench{
		Config: a.Config, Gate: p.gate.ID, Limits: a.Plan().LimitsOf(check.ID),
		Recorder: a.recorder(), Ledger: a.Ledger, Previous: a.Previous,
		Bundle: a.Bundle, Scratch: a.claim.Folder, Rand: a.Rand,
		Progress: func(done, total int) {
			a.emit(Event{Kind: Progress, Gate: p.gate.ID, Check: check.ID, Done: done, Total: total})
		},
	}
	b.Start = func(ctx context.Context, v lab.Variant) (lab.Target, func() error, error) {
		if _, err := p.enter(ctx); err != nil {
			return lab.Target{}, nil, err
		}
		return p.stay.Start(ctx, b.Recorder, v)
	}
	if !wantsPatient(check) {
		b.Patient = func(ctx context.Context) (lab.Target, error) {
			return p.enter(ctx)
		}
		return b, nil
	}
	var err error
	b.Target, err = p.enter(ctx)
	return b, err
}

func wantsPatient(check evidence.Check) bool {
	return slices.ContainsFunc(check.Needs, func(n evidence.Need) bool {
		return n == evidence.NeedService || n == evidence.NeedManaged || n == evidence.NeedDatabase || n == evidence.NeedLogin
	})
}

// enter starts the patient, once per place.
func (p *place) enter(ctx context.Context) (lab.Target, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stay == nil && p.err == nil {
		if err := p.open(ctx); err != nil {
			return lab.Target{}, err
		}
	}
	if p.err != nil {
		return lab.Target{}, p.err
	}
	return p.stay.Target, nil
}

// open takes the patient and writes down how that went. Its error is one of
// writing; that the patient cannot be had stays in p.err.
func (p *place) open(ctx context.Context) error {
	if p.audit.broken != nil {
		p.err = p.audit.broken
		return nil
	}
	r := p.audit.recorder()
	p.stay, p.err = p.audit.ground.Open(ctx, p.gate.ID, r)
	return p.audit.handled(p.gate.ID, "opened", r, p.err)
}

// spoil makes the place unfit for further checks.
func (p *place) spoil(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = why
}

// leave puts the patient back as it was found.
func (p *place) leave() error {
	p.spoil(errors.New("the gate has ended"))
	if p.stay == nil {
		return nil
	}
	r := p.audit.recorder()
	done := p.stay.Close(r)
	steps, err := r.Steps()
	if err != nil {
		return err
	}
	done.Gate, done.Steps = p.gate.ID, steps
	if err := p.audit.append(evidence.Entry{Handling: &done}); err != nil {
		return fmt.Errorf("audit: leaving gate %s: %w", p.gate.ID, err)
	}
	return nil
}
