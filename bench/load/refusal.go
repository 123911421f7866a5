package main

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// spinners share the one core of a starved generator.
const spinners = 4

// refusal is a run that listo must not believe: the generator cannot do what it is asked for.
type refusal struct {
	what    string
	job     job
	before  []string // what listo is started through
	starved bool
	because string // the figure that must be among those it names; "" is any
	says    string
	refused bool
	p95     time.Duration // told; 0 when nothing was sent
	server  time.Duration // the server's own p95; 0 when it does not keep it
}

// bar is what the instrument itself calls its error: a lag of so much of the budget is believed (docs/load.md).
const bar = budget / 10

// word says what became of a run. One that is believed did no harm when it told what the server did.
func (c refusal) word() string {
	switch {
	case c.refused && !strings.Contains(c.says, c.because):
		return "refused, but not for that"
	case c.refused:
		return "refused"
	case c.server > 0 && (c.p95-c.server).Abs() <= bar:
		return "believed, and true"
	}
	return "believed"
}

// refusals are the ways to take a generator's breath.
func (l *lab) refusals(o options) []refusal {
	slow, quick := "http://"+l.known.address+"/fixed", "http://"+l.fast.address+"/0"
	of := func(url string, rate float64, connections int) job {
		return job{url: url, method: "GET", rate: rate, connections: connections, lasting: o.lasting, budget: budget}
	}
	return []refusal{
		{what: "too few descriptors: 64 users, 40 files", job: of(slow, 0, 64), before: files(40)},
		{what: "too few descriptors, but enough to calibrate: 400 users, 200 files", job: of(slow, 0, 400), before: files(200)},
		{what: "no processor left: 400,000/s from one core", job: of(quick, 400_000, 64), before: []string{"taskset", "-c", generatorCore}},
		{what: "no processor left: 64 users without pauses on one core", job: of(quick, 0, 64), before: []string{"taskset", "-c", generatorCore}},
		{what: fmt.Sprintf("starved: 500/s from a core that %d spinners share", spinners), job: of(slow, 500, 64),
			before: []string{"taskset", "-c", generatorCore}, starved: true},
		{what: "starved: the same, listo behind them (SCHED_IDLE)", job: of(slow, 500, 64),
			before: []string{"chrt", "-i", "0", "taskset", "-c", generatorCore}, starved: true},
		{what: "connection cap: 2,000/s over 4 connections of 5 ms", job: of(slow, 2000, 4), because: "connections"},
	}
}

// files starts a program that may open so many.
func files(n int) []string {
	return []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, n)}
}

// takeRefusals has listo run out of breath in every way, and then not at all.
func (r *results) takeRefusals(ctx context.Context, l *lab, o options) error {
	for _, c := range l.refusals(o) {
		if _, err := l.known.seen(ctx); err != nil {
			return err
		}
		var d document
		var t told
		err := l.disturbed(ctx, c.starved, func() (err error) {
			d, t, err = verb(ctx, l, c.job, c.before)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		c.says, c.refused = d.says(), t.code == unproven
		s, err := l.known.seen(ctx)
		if err != nil {
			return err
		}
		c.server = s.Latency.P95
		if d.Result != nil {
			c.p95 = d.Result.Total.Latency.P95
		}
		r.refusals = append(r.refusals, c)
	}
	for i := range o.clean {
		j := job{url: "http://" + l.known.address + "/fixed", method: "GET", rate: scheduled, connections: few, lasting: o.lasting, budget: budget}
		if i%2 == 1 {
			j.rate = 0
		}
		d, t, err := verb(ctx, l, j, nil)
		if err != nil {
			return err
		}
		r.clean++
		if t.code != 0 {
			r.alarms = append(r.alarms, d.says())
		}
	}
	return nil
}

// disturbed does something beside spinners on the generator's core, or beside none.
func (l *lab) disturbed(ctx context.Context, starved bool, do func() error) error {
	if starved {
		for range spinners {
			p, err := l.start(ctx, "taskset", "-c", generatorCore, l.self, "spin")
			if err != nil {
				return err
			}
			defer p.stop()
		}
	}
	return do()
}

// spin uses a processor until it is stopped.
func spin(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	for ctx.Err() == nil {
		for began := time.Now(); time.Since(began) < 10*time.Millisecond; {
		}
	}
	return nil
}
