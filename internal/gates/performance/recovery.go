package performance

import (
	"context"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

const recoveryID = "performance.recovery"

const (
	// budgetPart of the budget is always allowed after the peak: a service that
	// answers in two milliseconds has not fallen ill when it needs ten.
	budgetPart = 2
	// The names of the phases.
	phaseBefore, phasePeak, phaseAfter = "before", "peak", "after"
)

// Recovery is the ordinary users' latency before and after a peak.
type Recovery struct {
	Measured
	// BeforeMS is the lowest p95 before any peak, AllowedMS what an answer after it
	// may take by that.
	BeforeMS  float64 `json:"before_ms"`
	AllowedMS float64 `json:"allowed_ms"`
}

// recovery asks whether the service comes back once the peak is over.
func recovery() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: recoveryID, Class: classRecovery, Loading: true, Needs: needs(),
		Limits: append(limitsOf(6000), evidence.Limit{Name: "factor", Default: 3, Unit: "times", Direction: evidence.AtMost},
			evidence.Limit{Name: "settle", Default: 1000, Unit: "ms", Direction: evidence.AtMost}),
		Reasons: reasonsWith("slower"),
	}, runRecovery, judgeRecovery)
}

func runRecovery(ctx context.Context, b *lab.Bench) (Recovery, error) {
	o := Recovery{}
	settings := lab.SettingsOf[Settings](b)
	b, away, err := untired(ctx, b)
	if err != nil {
		return o, err
	}
	defer away()
	t, err := prepare(ctx, b, max(settings.Users, settings.PeakUsers))
	if err != nil {
		return o, err
	}
	t.seen.Plan.Users = settings.Users
	if t.ready() {
		_, err = t.repeat(ctx, recoveryRule(), func(ctx context.Context) ([]*labload.Run, error) { return o.phases(ctx, t, settings.PeakUsers) })
	}
	o.Measured = t.seen
	return o, err
}

// untired gives a copy of the service that no other check has loaded before; one
// that listo cannot start is taken as it is.
func untired(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	if b.Start == nil || b.Config.Service.Mode == config.Attached {
		return b, func() {}, nil
	}
	target, stop, err := b.Start(ctx, lab.Variant{})
	if err != nil {
		return nil, nil, err
	}
	return b.At(target), func() { _ = stop() }, nil
}

// phases sends ordinary users, then peak users, then ordinary ones again. What
// the first got is what the last are measured against.
func (o *Recovery) phases(ctx context.Context, t *trial, peakUsers int) ([]*labload.Run, error) {
	p := t.profile(milliseconds(t.seen.Plan.DurationMS) / time.Duration(len(recoveryRule().phases)))
	before, err := t.send(ctx, "recovery, before", p)
	if err != nil {
		return nil, err
	}
	// A service that fell ill in an earlier attempt must not be its own measure.
	if p95 := lab.Milliseconds(before.Total.Latency.P95); o.BeforeMS == 0 || p95 < o.BeforeMS {
		o.BeforeMS = p95
	}
	o.AllowedMS = max(t.bench.Limit("factor")*o.BeforeMS, t.seen.Plan.BudgetMS/budgetPart)
	high := p
	high.Users = peakUsers
	during, err := t.send(ctx, "recovery, peak", high)
	if err != nil {
		return nil, err
	}
	after := p
	after.Budget, after.Ramp, after.WarmUp = milliseconds(o.AllowedMS), 0, max(t.bench.LimitDuration("settle"), time.Millisecond)
	last, err := t.send(ctx, "recovery, after", after)
	if err != nil {
		return nil, err
	}
	return []*labload.Run{before, during, last}, nil
}

// recoveryRule asks about the time after the peak, as a whole: there are few
// requests in it.
func recoveryRule() rule {
	phases := []string{phaseBefore, phasePeak, phaseAfter}
	return rule{slow: "slower", phases: phases, must: phases, only: []string{phaseAfter}, whole: true}
}

func judgeRecovery(o Recovery, limits evidence.Limits) evidence.Finding {
	f := o.judge(recoveryRule(), limits)
	if f.Facts == nil {
		f.Facts = evidence.Facts{}
	}
	pools := o.pools()
	for name, model := range map[string]string{"before_p95": phaseBefore, "after_p95": phaseAfter} {
		f.Facts[name] = time.Duration(0)
		if p := pools[model]; p != nil {
			f.Facts[name] = milliseconds(p.p95MS)
		}
	}
	f.Facts["allowed"] = milliseconds(o.AllowedMS)
	return f
}
