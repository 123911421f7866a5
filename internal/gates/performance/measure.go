package performance

import (
	"context"
	"fmt"
	"math"
	"time"

	"listo/internal/engine/load"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

const (
	// openShare is the rate of the fixed schedule, of what the waiting users reached.
	openShare = 0.8
	// openConnections is how many connections the schedule may use, per user. By
	// Little's law fewer than one per user are busy on average; a schedule that
	// finds none free is charged with the wait.
	openConnections = 2
	// openBusy is how many of them may be busy on average while every answer takes
	// the whole budget: so a service that keeps it never waits for a connection of
	// ours. mostConnections bounds what that may come to.
	openBusy        = 0.8
	mostConnections = 1000
	// calibrating is how long the generator is measured first.
	calibrating = 450 * time.Millisecond
	// seed makes the order of requests and the pauses the same in every audit.
	seed = 1
)

// Plan is what was to be sent, by the settings and the limits.
type Plan struct {
	Users      int     `json:"users"`
	ThinkMS    float64 `json:"think_ms"`
	TimeoutMS  float64 `json:"timeout_ms"`
	BudgetMS   float64 `json:"budget_ms"`
	DurationMS float64 `json:"duration_ms"`
	// Attempts is how often the measurement may be repeated.
	Attempts int `json:"attempts"`
	// Identities is how many different users the requests come from.
	Identities int `json:"identities"`
}

// Measured is what all attempts of one measurement saw.
type Measured struct {
	Plan     Plan       `json:"plan"`
	Expected []Expected `json:"expected"`
	Unfit    []Unfit    `json:"unfit"`
	// Derived is how listo came by the mix; nil when listo.yaml says it.
	Derived     *Derived    `json:"derived,omitempty"`
	Calibration Calibration `json:"calibration"`
	// Newcomers came before the load; nil where no check asks.
	Newcomers *Newcomers `json:"newcomers,omitempty"`
	// Before is what the last audit measured; nil when it measured nothing alike.
	Before *Before `json:"before,omitempty"`
	// Attempts are in order; each is the parts of one go.
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one go at a measurement.
type Attempt struct {
	Parts []Part `json:"parts"`
}

// saturated tells that the instrument was at fault in any part.
func (a Attempt) saturated() bool {
	for _, p := range a.Parts {
		if p.Instrument.Saturated {
			return true
		}
	}
	return false
}

// trial is a measurement on its way.
type trial struct {
	bench *lab.Bench
	scene *scene
	seen  Measured
	cal   load.Calibration
}

// prepare looks at the service at rest and at the instrument.
func prepare(ctx context.Context, b *lab.Bench, users int) (*trial, error) {
	settings := lab.SettingsOf[Settings](b)
	t := &trial{bench: b, seen: Measured{Attempts: []Attempt{}, Plan: Plan{
		Users: users, ThinkMS: lab.Milliseconds(settings.Think), TimeoutMS: lab.Milliseconds(settings.Timeout), BudgetMS: settings.P95MS,
		DurationMS: b.Limit("duration"), Attempts: max(1, int(b.Limit("attempts"))),
	}}}
	var err error
	if t.scene, err = look(ctx, b, max(users, 1)); err != nil {
		return nil, err
	}
	t.seen.Expected, t.seen.Unfit, t.seen.Plan.Identities = t.scene.expected, t.scene.unfit, len(t.scene.tokens)
	t.seen.Derived = t.scene.derived
	if len(t.scene.unfit) > 0 || len(t.scene.expected) == 0 {
		return t, nil
	}
	if t.cal, err = labload.Calibrate(ctx, b, min(users, 64), calibrating); err != nil {
		return nil, err
	}
	t.seen.Calibration = Calibration{Rate: t.cal.Rate, FloorP95MS: lab.Milliseconds(t.cal.Floor.P95)}
	return t, nil
}

// ready tells whether there is anything to send.
func (t *trial) ready() bool { return len(t.seen.Unfit) == 0 && len(t.seen.Expected) > 0 }

// profile is what all runs of this trial have in common.
func (t *trial) profile(lasting time.Duration) load.Profile {
	p := t.seen.Plan
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	return load.Profile{
		Users: p.Users, Think: ms(p.ThinkMS), Ramp: min(lasting/8, 500*time.Millisecond), WarmUp: min(max(lasting/4, 500*time.Millisecond), 1500*time.Millisecond),
		Duration: lasting, Timeout: ms(p.TimeoutMS), Budget: ms(p.BudgetMS), Seed: seed, Calibration: t.cal,
	}
}

// both sends the closed model for half of the time and then the open one for the
// other half, at a share of the rate that the first reached.
func (t *trial) both(ctx context.Context, what string) ([]*labload.Run, error) {
	half := time.Duration(t.seen.Plan.DurationMS * float64(time.Millisecond) / 2)
	p := t.profile(half)
	closed, err := t.send(ctx, what+", closed", p)
	if err != nil {
		return nil, err
	}
	runs := []*labload.Run{closed}
	if closed.Total.Answered == 0 || closed.Measured <= 0 {
		return runs, nil // a service that answers nobody has no rate
	}
	p.Rate = openShare * float64(closed.Total.Answered) / closed.Measured.Seconds()
	p.Users, p.Think, p.Ramp, p.WarmUp = connectionsFor(p), 0, 0, 500*time.Millisecond // the service is warm, its new connections are not
	open, err := t.send(ctx, what+", open", p)
	if err != nil {
		return nil, err
	}
	return append(runs, open), nil
}

// connectionsFor is how many connections a schedule is given, by its rate.
func connectionsFor(p load.Profile) int {
	needed := math.Ceil(p.Rate * p.Budget.Seconds() / openBusy)
	return max(openConnections*p.Users, int(min(needed, mostConnections)))
}

func (t *trial) send(ctx context.Context, what string, p load.Profile) (*labload.Run, error) {
	if n := len(t.seen.Attempts); n > 0 {
		what = fmt.Sprintf("%s, attempt %d", what, n+1)
	}
	return labload.Send(ctx, t.bench, what, t.scene.scenario, p)
}

// repeat goes on until the measurement says something or may not be repeated any
// more. Every attempt is kept, and none is left out of the sum but those in which
// the instrument was at fault.
func (t *trial) repeat(ctx context.Context, r rule, once func(context.Context) ([]*labload.Run, error)) ([]*labload.Run, error) {
	var last []*labload.Run
	for i := range t.seen.Plan.Attempts {
		t.bench.Progress(i, t.seen.Plan.Attempts)
		runs, err := once(ctx)
		if err != nil {
			return nil, err
		}
		attempt := Attempt{Parts: []Part{}}
		for _, run := range runs {
			attempt.Parts = append(attempt.Parts, partOf(run))
		}
		r.named(attempt.Parts)
		t.seen.Attempts = append(t.seen.Attempts, attempt)
		if last == nil || !attempt.saturated() {
			last = runs
		}
		if t.seen.conclusive(r, t.bench.Limits) {
			break
		}
	}
	return last, ctx.Err()
}
