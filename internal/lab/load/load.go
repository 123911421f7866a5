// Package load is the instrument that puts the patient under load: it lets the
// engine of the same name send many requests as many users, and writes down the
// whole of what came of them.
//
// It knows how a run becomes a step: the line that repeats it by hand, the course
// second by second, the histograms, the endpoints and the state of the
// instrument itself. It also reads what the service's own processes used of the
// machine meanwhile, and what the sessions of its database did. It does not know what
// a good latency is.
package load

import (
	"context"
	"fmt"
	"time"

	"listo/internal/engine/load"
	"listo/internal/lab"
)

// Run is what one run came to.
type Run struct {
	*load.Result
	Machine  Machine
	Database Database
}

// Send puts the bench's target under the load and records it as a step. What is
// the run's name in the evidence, such as "normal, closed": it begins the names
// of the raw outputs.
func Send(ctx context.Context, b *lab.Bench, what string, s load.Scenario, p load.Profile) (*Run, error) {
	s.Target = b.Target.Base
	touch := b.Touch("load", replay(what, s, p))
	database := watchDatabase(ctx, b)
	before := readMachine(b.Target.PID, database.process)
	result, err := load.Run(ctx, s, p)
	after := readMachine(b.Target.PID, database.process)
	seen := database.end()
	if err != nil {
		touch.End(0, err)
		return nil, fmt.Errorf("load: %w", err)
	}
	run := &Run{Result: result, Machine: after.since(before), Database: seen}
	for _, raw := range run.raw(what) {
		touch.Capture(raw.name, raw.media, raw.text, false)
	}
	err = ctx.Err()
	touch.End(0, err)
	return run, err
}

// Calibrate measures what the generator can do on this machine, against a server
// of its own that does nothing, and records it as a step.
func Calibrate(ctx context.Context, b *lab.Bench, users int, lasting time.Duration) (load.Calibration, error) {
	touch := b.Touch("load", "# listo's generator against a server in listo's own process that does nothing")
	c, err := load.Calibrate(ctx, users, lasting)
	if err == nil {
		touch.Capture("calibration.json", "application/json", indented(c), false)
	}
	touch.End(0, err)
	return c, err
}
