package main

import (
	"context"
	"fmt"
	"time"

	"listo/internal/engine/load"
)

const (
	scheduled = 500                    // requests/s of the runs on a schedule
	few       = 64                     // users, or connections, where the generator is held to a number
	budget    = 100 * time.Millisecond // of p95: the stall breaks it, the others keep it
	killers   = 8                      // connections of the runs in which some are killed
)

// latencyRow is one run against a server of known latency.
type latencyRow struct {
	path, tool, asked string
	open              bool
	server            seen
	told              told
}

// off is how far a told percentile is from the truth, in percent.
func off(told, truth time.Duration) float64 { return 100 * (float64(told)/float64(truth) - 1) }

// way is how a generator is asked for a table of latencies.
type way struct {
	generator
	asked       string
	rate        float64
	connections int
}

// ways gives every generator in its ways: on a schedule as free as it can, on one with few connections, and with users that wait.
func (l *lab) ways() (all []way) {
	for _, g := range l.generators() {
		if g.name != "wrk" {
			if g.name != "listo" { // it gets few here because it needs no more
				all = append(all, way{g, fmt.Sprintf("%d/s", scheduled), scheduled, 0})
			}
			all = append(all, way{g, fmt.Sprintf("%d/s, %d connections", scheduled, few), scheduled, few})
		}
		if g.name == "wrk" || g.name == "listo" {
			all = append(all, way{g, fmt.Sprintf("%d users", few), 0, few})
		}
	}
	return all
}

// takeLatencies asks every generator about every server of known latency, in turn.
func (r *results) takeLatencies(ctx context.Context, l *lab, o options) error {
	for _, path := range []string{"/fixed", "/bimodal", "/stall"} {
		lasting := o.lasting
		if path == "/stall" {
			lasting = o.stalling
		}
		for _, w := range l.ways() {
			if _, err := l.known.seen(ctx); err != nil {
				return err
			}
			t, err := w.run(ctx, l, job{url: "http://" + l.known.address + path, method: "GET", rate: w.rate, connections: w.connections,
				lasting: lasting, budget: budget})
			if err != nil {
				return err
			}
			s, err := l.known.seen(ctx)
			if err != nil {
				return err
			}
			r.latencies = append(r.latencies, latencyRow{path, w.name, w.asked, w.rate > 0, s, t})
		}
	}
	return nil
}

// killRow is one run against a server that kills connections, and counts them.
type killRow struct {
	method, when, tool string
	server             seen
	told               told
	classed            int64 // of listo: those told as what they were; -1 of the others, who do not tell them apart
}

// takeKills has every generator's connections killed, in turn.
func (r *results) takeKills(ctx context.Context, l *lab, o options) error {
	for _, method := range []string{"GET", "POST"} {
		for _, when := range []string{"first", "reused", "body"} {
			for _, g := range l.generators() {
				if _, err := l.known.seen(ctx); err != nil {
					return err
				}
				row := killRow{method: method, when: when, tool: g.name, classed: -1}
				j := job{url: "http://" + l.known.address + "/kill/" + when, method: method, connections: killers, lasting: o.killing}
				var err error
				if g.name == "listo" {
					row.told, row.classed, err = killed(ctx, l, j, when)
				} else {
					row.told, err = g.run(ctx, l, j)
				}
				if err != nil {
					return err
				}
				if row.server, err = l.known.seen(ctx); err != nil {
					return err
				}
				r.kills = append(r.kills, row)
			}
		}
	}
	return nil
}

var killClasses = map[string]load.Class{"first": load.ResetFirstUse, "reused": load.ResetReused, "body": load.ResetMidResponse}

// killed runs listo and looks at the one class that the kills belong to.
func killed(ctx context.Context, l *lab, j job, when string) (told, int64, error) {
	d, t, err := verb(ctx, l, j, nil)
	if err != nil {
		return t, 0, err
	}
	if d.Result == nil {
		return t, 0, fmt.Errorf("listo sent nothing: %s", t.stderr)
	}
	t.Requests, t.Failed = d.Result.Total.Requests, d.Result.Total.Failed
	return t, d.Result.Total.Classes[killClasses[when]], nil
}
