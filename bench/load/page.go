package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"listo/bench/machine"
)

// results is everything that the page tells.
type results struct {
	latencies    []latencyRow
	kills        []killRow
	speeds       []*speeds
	long         told // the run of very many requests
	refusals     []refusal
	clean        int // runs that nothing disturbed
	alarms       []string
	profile      string
	missing      []string
	versions     string
	began, ended string
}

// page prints what was measured, and on what.
func (r *results) page(out io.Writer, o options) error {
	fmt.Fprintf(out, `# Load generators beside servers that know the truth, measured

Written by `+"`go run ./bench/load`"+`. The servers count what they do; every generator is asked in turn, and what it says stands
beside what the server did. A server has core %s. No generator warms up, so that every request counts.

- machine: %s
- generators: listo of this commit, %s
- load average at the start: %s
- load average at the end: %s (the bench itself included)
`, serverCore, machine.Describe(), r.versions, r.began, r.ended)
	for _, m := range r.missing {
		fmt.Fprintf(out, "- missing: %s\n", m)
	}
	r.latencyTables(out, o)
	if len(r.kills) > 0 {
		r.killTable(out, o)
	}
	if len(r.speeds) > 0 {
		r.speedTable(out, o)
	}
	if r.long.Requests > 0 {
		fmt.Fprintf(out, "\n%d requests at once, %d endpoints: listo held at most %.0f MiB.\n", r.long.Requests, endpoints, float64(r.long.rss)/(1<<20))
	}
	if len(r.refusals) > 0 {
		r.refusalTable(out)
	}
	r.goals(out)
	if r.profile != "" {
		fmt.Fprintf(out, "\n## Where listo's processor time goes\n\nUnder the load of the table of requests/s.\n\n```\n%s\n```\n", strings.TrimRight(r.profile, "\n"))
	}
	return nil
}

var latencyTitles = map[string]string{
	"/fixed":   "Every answer takes 5 ms",
	"/bimodal": "Every 50th answer takes 200 ms, the others 5",
	"/stall":   "The whole server stands still for 1 s of every 5",
}

func (r *results) latencyTables(out io.Writer, o options) {
	path := ""
	for _, row := range r.latencies {
		if row.path != path {
			path = row.path
			lasting := o.lasting
			if path == "/stall" {
				lasting = o.stalling
			}
			fmt.Fprintf(out, `
## %s

Truth on a fixed schedule: p95 %.0f ms, p99 %.0f ms. %v a run; the budget is p95=%v.

| generator | asked for | requests | the server's own p95 ms | p95 told | off | p99 told | off | its verdict |
|---|---|--:|--:|--:|--:|--:|--:|---|
`, latencyTitles[path], ms(truth(path, 0.95)), ms(truth(path, 0.99)), lasting, budget)
		}
		t := row.told
		fmt.Fprintf(out, "| %s | %s | %d | %.1f | %.1f | %+.1f %% | %.1f | %+.1f %% | %s |\n", row.tool, row.asked, t.Requests, ms(row.server.Latency.P95),
			ms(t.P95), off(t.P95, truth(path, 0.95)), ms(t.P99), off(t.P99, truth(path, 0.99)), cmp.Or(t.verdict, "none"))
	}
}

var killTitles = map[string]string{"first": "a connection's first use", "reused": "a connection that had served", "body": "half-way through a body"}

func (r *results) killTable(out io.Writer, o options) {
	fmt.Fprintf(out, `
## Connections that are killed

Every %dth request of its kind is answered by a reset. %d users that wait, %v a run. wrk leaves
what is in flight at its end uncounted, %d at most; where a server saw more than that beyond what was told, it was asked again behind the user's back.

| method | killed at | generator | requests the server saw | told | killed | failures told | share told | of the right kind |
|---|---|---|--:|--:|--:|--:|--:|--:|
`, every, killers, o.killing, killers)
	for _, k := range r.kills {
		kind := "not told"
		if k.classed >= 0 {
			kind = fmt.Sprint(k.classed)
		}
		fmt.Fprintf(out, "| %s | %s | %s | %d | %d | %d | %d | %.1f %% | %s |\n", k.method, killTitles[k.when], k.tool, k.server.Requests, k.told.Requests,
			k.server.Killed, k.told.Failed, 100*float64(k.told.Failed)/float64(max(1, k.server.Killed)), kind)
	}
}

func (r *results) speedTable(out io.Writer, o options) {
	fmt.Fprintf(out, `
## Requests per second of one core

%d users without pauses, generator on core %s, %d rounds of %v; medians, ratios made within a round. listo's engine deals a weighted deck of %d
endpoints and validates every answer (status, media type, JSON, a list that is not empty); the others look at the status. Processor time is
that of the generator's process by getrusage, its start included; vegeta's report is not counted. A server near 1.00 of its core was the limit.

| generator | requests/s | lowest | highest | of wrk | CPU µs per request | of wrk | server's share of its core | RSS MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
`, connections, generatorCore, o.rounds, o.lasting, endpoints)
	for _, s := range r.speeds {
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f | %.0f |\n", s.tool, median(s.rate), slices.Min(s.rate), slices.Max(s.rate),
			r.over("wrk", s, rates), median(s.spent), r.over("wrk", s, spents), median(s.load), float64(s.rss)/(1<<20))
	}
}

func rates(s *speeds) []float64  { return s.rate }
func spents(s *speeds) []float64 { return s.spent }

// over is the median of the rounds' ratios to another generator; not a number when that one is missing.
func (r *results) over(other string, s *speeds, of func(*speeds) []float64) float64 {
	for _, o := range r.speeds {
		if o.tool == other {
			return median(ratios(of(s), of(o)))
		}
	}
	return math.NaN()
}

func (r *results) refusalTable(out io.Writer) {
	fmt.Fprintf(out, `
## Runs that must not be believed

A run that is believed all the same did no harm if it told the server's own p95 to %v, a tenth of the budget.

| listo is short of breath | its verdict | p95 told ms | the server's own | |
|---|---|--:|--:|---|
`, bar)
	for _, c := range r.refusals {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", c.what, c.says, orNone(c.p95), orNone(c.server), c.word())
	}
	fmt.Fprintf(out, "\nOf %d runs that nothing disturbs (%d/s, or %d users; answers of 5 ms), %d were refused.\n", r.clean, scheduled, few, len(r.alarms))
	for _, a := range r.alarms {
		fmt.Fprintf(out, "- %s\n", a)
	}
}

// orNone writes milliseconds, and nothing of none.
func orNone(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", ms(d))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median is the value in the middle; not a number of nothing.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// ratios gives a over b, round by round.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}
