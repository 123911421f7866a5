package run

import (
	"context"
	"fmt"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
)

// place is one gate's time at the patient. The patient is only started when the
// first check asks for it.
type place struct {
	audit *audit
	gate  evidence.Gate
	stay  *service.Stay
	err   error // why the patient cannot be had
}

// bench gives a check what it works at.
func (p *place) bench(ctx context.Context, check evidence.Check) (*lab.Bench, error) {
	a := p.audit
	b := &lab.Bench{
		Config: a.Config, Gate: p.gate.ID, Limits: a.Plan().LimitsOf(check.ID),
		Recorder: a.recorder(), Ledger: a.Ledger,
		Bundle: a.Bundle, Scratch: a.claim.Folder, Rand: a.Rand,
		Progress: func(done, total int) {
			a.emit(Event{Kind: Progress, Gate: p.gate.ID, Check: check.ID, Done: done, Total: total})
		},
	}
	if !wantsPatient(check) {
		b.Patient = func(ctx context.Context) (lab.Target, error) {
			if err := p.enter(ctx); err != nil {
				return lab.Target{}, err
			}
			return p.stay.Target, nil
		}
		return b, nil
	}
	if err := p.enter(ctx); err != nil {
		return b, err
	}
	b.Target = p.stay.Target
	return b, nil
}

func wantsPatient(check evidence.Check) bool {
	return slices.ContainsFunc(check.Needs, func(n evidence.Need) bool {
		return n == evidence.NeedService || n == evidence.NeedManaged || n == evidence.NeedDatabase || n == evidence.NeedLogin
	})
}

// enter starts the patient, once per place.
func (p *place) enter(ctx context.Context) error {
	if p.stay != nil || p.err != nil {
		return p.err
	}
	if p.audit.broken != nil {
		p.err = p.audit.broken
		return p.err
	}
	r := p.audit.recorder()
	p.stay, p.err = p.audit.ground.Open(ctx, p.gate.ID, r)
	if err := p.audit.handled(p.gate.ID, "opened", r, p.err); err != nil {
		return err
	}
	return p.err
}

// leave puts the patient back as it was found.
func (p *place) leave() error {
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
