package performance

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

const (
	normalID = "performance.normal"
	peakID   = "performance.peak"
)

// limitsOf are those of a profile.
func limitsOf(duration float64) []evidence.Limit {
	return []evidence.Limit{
		{Name: "errors", Default: 1, Unit: "%", Direction: evidence.AtMost},
		{Name: "duration", Default: duration, Unit: "ms", Direction: evidence.AtLeast},
		{Name: "attempts", Default: 3, Unit: "times", Direction: evidence.AtMost},
	}
}

const profileMS = 10_000

// normal asks for the budgets on an ordinary day.
func normal() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: normalID, Class: classSlow, Loading: true, Needs: needs(), Limits: limitsOf(profileMS), Reasons: reasonsWith("unpaired", "slow", "cold"),
	}, func(ctx context.Context, b *lab.Bench) (Measured, error) {
		return runProfile(ctx, b, "normal", lab.SettingsOf[Settings](b).Users, func(t *trial) { t.seen.Newcomers = t.arrive(ctx) })
	}, judgeNormal)
}

// peak asks for the same budgets in the busiest hour.
func peak() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: peakID, Class: classStall, Loading: true, Needs: needs(), Limits: limitsOf(profileMS), Reasons: reasonsWith("slow"),
	}, func(ctx context.Context, b *lab.Bench) (Measured, error) {
		return runProfile(ctx, b, "peak", lab.SettingsOf[Settings](b).PeakUsers, func(*trial) {})
	}, judgeProfile)
}

// runProfile measures one profile and draws it; first is what comes before the load.
func runProfile(ctx context.Context, b *lab.Bench, name string, users int, first func(*trial)) (Measured, error) {
	t, err := prepare(ctx, b, users)
	if err != nil {
		return Measured{}, err
	}
	if !t.ready() {
		return t.seen, nil
	}
	first(t)
	runs, err := t.repeat(ctx, profileRule(), func(ctx context.Context) ([]*labload.Run, error) { return t.both(ctx, name) })
	if err != nil {
		return Measured{}, err
	}
	t.seen.Before = before(b, "performance."+name, t.seen)
	return t.seen, draw(b, name, runs)
}

// profileRule asks for latency and errors, of both models and every endpoint.
func profileRule() rule { return rule{slow: "slow", must: []string{"closed", "open"}} }

func judgeProfile(m Measured, limits evidence.Limits) evidence.Finding {
	return m.judge(profileRule(), limits)
}
