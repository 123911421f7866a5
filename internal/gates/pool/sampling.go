package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

const (
	samplingID  = "pool.sampling"
	sampleEvery = 10 * time.Millisecond
	// The first round shows how fast the service is; those after it are made to
	// last loadLasts, unless that takes too many requests.
	firstRound = 3 // times the concurrency, in requests
	loadLasts  = 250 * time.Millisecond
	mostRound  = 300 // requests
	mostRounds = 4
)

// Sampling is the brief's own measurement: pg_stat_activity, looked at again and
// again while 20 requests are in flight, and one hold reading beside it.
type Sampling struct {
	Subject     Subject  `json:"subject"`
	Reach       Reach    `json:"reach"`
	Concurrency int      `json:"concurrency"`
	Requests    Tally    `json:"requests"`
	Samples     []Sample `json:"samples"`
	// ByName is the most sessions of each caller seen in one sample, whoever it is.
	ByName []Group `json:"by_name"`
	// ByState is the most sessions of the service seen in one sample, by state.
	ByState []State `json:"by_state"`
	// The usual figures of the sampled number of sessions with state 'active'; the
	// percentiles are of the samples with all requests in flight.
	ActiveMax int `json:"active_max"`
	ActiveP50 int `json:"active_p50"`
	ActiveP95 int `json:"active_p95"`
	// PoolMax is the most sessions under the names of the pool in one sample.
	PoolMax int `json:"pool_max"`
	// Held is a hold reading with the same number of requests.
	Held Reading `json:"held"`
}

// Sample is one look at pg_stat_activity.
type Sample struct {
	AtMS     float64 `json:"at_ms"`
	InFlight int     `json:"in_flight"` // requests, before or after the look, the greater
	Active   int     `json:"active"`    // sessions of the service with state 'active'
	Pool     int     `json:"pool"`      // sessions under the names of the pool that have run a query
	Service  int     `json:"service"`   // all sessions of the service
}

// State counts sessions in one state.
type State struct {
	State    string `json:"state"`
	Sessions int    `json:"sessions"`
}

func sampling() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: samplingID, Class: classSampling, Loading: true, Needs: needs(),
		Limits: []evidence.Limit{
			{Name: "concurrency", Default: 20, Unit: "requests", Direction: evidence.AtLeast},
			{Name: "samples", Default: 5, Unit: "samples", Direction: evidence.AtLeast},
			{Name: "above_percent", Default: 10, Unit: "%", Direction: evidence.AtMost},
		},
		Reasons: reasonsWith("sampled", "exceeds", "undeclared", "too_few"),
	}, runSampling, judgeSampling)
}

func runSampling(ctx context.Context, b *lab.Bench) (Sampling, error) {
	o := Sampling{Concurrency: max(1, int(b.Limit("concurrency"))), Samples: []Sample{}, ByName: []Group{}, ByState: []State{}}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() || subject.Declared == 0 {
		return o, nil
	}
	total := firstRound * o.Concurrency
	for range mostRounds {
		began := time.Now()
		if err := o.round(ctx, p, total); err != nil {
			return o, err
		}
		total = min(mostRound, max(o.Concurrency, int(float64(total)*loadLasts.Seconds()/time.Since(began).Seconds())))
		if float64(o.loaded()) >= b.Limit("samples") {
			break
		}
	}
	o.summarize()
	// More requests than the declaration allows sessions: a larger pool would show.
	k := max(o.Concurrency, subject.Declared+1)
	o.Held, err = p.read(ctx, k, min(k, subject.Declared))
	return o, err
}

// activityQuestion is the brief's question, and what is needed to read it right.
const activityQuestion = `select coalesce(application_name, '') as name, coalesce(usename::text, '') as usr,
 coalesce(host(client_addr), 'local') as address, coalesce(state, '') as state, count(*)::int as sessions,
 count(query_start)::int as used
from pg_stat_activity
where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()
group by 1, 2, 3, 4 order by 5 desc`

// round sends one burst and samples while it runs.
func (o *Sampling) round(ctx context.Context, p *probe, total int) error {
	running := p.client.Start(ctx, http.Burst{Users: o.Concurrency, Total: total, Next: p.get(p.path)})
	before := running.InFlight()
	var wrong error
	_, err := p.watch.Watch(ctx, sampleEvery, activityQuestion, nil, func(r sql.Reading) bool {
		after := running.InFlight()
		var s Sample
		if s, wrong = o.sample(p, r); wrong != nil {
			return true
		}
		s.InFlight = max(before, after)
		o.Samples = append(o.Samples, s)
		before = after
		select {
		case <-running.Done():
			return true
		default:
			return false
		}
	})
	o.Requests = o.Requests.plus(tally(running.Wait()))
	if err == nil {
		err = wrong
	}
	if err != nil {
		return fmt.Errorf("pool: sampling pg_stat_activity: %w", err)
	}
	return ctx.Err()
}

// sample reads one answer and keeps the high-water marks.
func (o *Sampling) sample(p *probe, r sql.Reading) (Sample, error) {
	s := Sample{AtMS: r.AtMS}
	byName, byState := []Group{}, map[string]int{}
	for _, row := range r.Rows {
		n, err := number(row, "sessions")
		used, errUsed := number(row, "used")
		if err = errors.Join(err, errUsed); err != nil {
			return s, err
		}
		caller, state := callerOf(row), text(row, "state")
		byName = addGroup(byName, caller, n)
		if p.isPool(caller) {
			s.Pool += used // a session that never ran anything is pool.unused's matter
		}
		if !p.isPool(caller) && !p.isService(caller) {
			continue
		}
		s.Service += n
		byState[state] += n
		if state == "active" {
			s.Active += n
		}
	}
	for _, g := range byName {
		o.ByName = raiseGroup(o.ByName, g)
	}
	o.raiseStates(byState)
	return s, nil
}

func addGroup(groups []Group, c Caller, n int) []Group {
	if i := slices.IndexFunc(groups, func(g Group) bool { return g.Caller == c }); i >= 0 {
		groups[i].Sessions += n
		return groups
	}
	return append(groups, Group{c, n})
}

func raiseGroup(groups []Group, now Group) []Group {
	if i := slices.IndexFunc(groups, func(g Group) bool { return g.Caller == now.Caller }); i >= 0 {
		groups[i].Sessions = max(groups[i].Sessions, now.Sessions)
		return groups
	}
	return append(groups, now)
}

func (o *Sampling) raiseStates(now map[string]int) {
	for state, n := range now {
		i := slices.IndexFunc(o.ByState, func(s State) bool { return s.State == state })
		if i < 0 {
			o.ByState = append(o.ByState, State{State: state})
			i = len(o.ByState) - 1
		}
		o.ByState[i].Sessions = max(o.ByState[i].Sessions, n)
	}
	slices.SortFunc(o.ByState, func(a, b State) int { return strings.Compare(a.State, b.State) })
}

// loaded counts the samples during which all requests were in flight.
func (o *Sampling) loaded() int {
	n := 0
	for _, s := range o.Samples {
		if s.InFlight >= o.Concurrency {
			n++
		}
	}
	return n
}

func (o *Sampling) summarize() {
	active := []int{}
	for _, s := range o.Samples {
		o.PoolMax, o.ActiveMax = max(o.PoolMax, s.Pool), max(o.ActiveMax, s.Active)
		if s.InFlight >= o.Concurrency {
			active = append(active, s.Active)
		}
	}
	if len(active) == 0 {
		return
	}
	slices.Sort(active)
	o.ActiveP50 = active[(len(active)-1)*50/100]
	o.ActiveP95 = active[(len(active)-1)*95/100]
}

func judgeSampling(o Sampling, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if f, ok := o.Subject.undeclared(); ok {
		return f
	}
	if o.Held.Refused != nil {
		return o.Held.Refused.finding()
	}
	if n := o.Requests.Throttled + o.Held.Answers.Throttled; n > 0 {
		return evidence.Undecided("throttled", evidence.Facts{"throttled": n, "sent": o.Requests.Sent + o.Held.Answers.Sent})
	}
	return o.compare(limits)
}

// compare judges whether the samples saw sessions that neither the declaration
// nor the hold probe explains. (That the pool itself is larger than declared is
// pool.effective's to say; when the probe saw no end of it there is nothing to
// contradict.) A session that is being closed may overlap with its
// successor for a moment, so a few samples may lie above.
func (o Sampling) compare(limits evidence.Limits) evidence.Finding {
	allowed, above, loaded := max(o.Subject.Declared, o.Held.Waiting), 0, o.loaded()
	for _, s := range o.Samples {
		if s.Pool > allowed && o.Held.capped() {
			above++
		}
	}
	facts := evidence.Facts{"taken": len(o.Samples), "loaded": loaded, "concurrency": o.Concurrency, "declared": o.Subject.Declared,
		"active_max": o.ActiveMax, "active_p50": o.ActiveP50, "active_p95": o.ActiveP95,
		"pool_max": o.PoolMax, "held": o.Held.Waiting, "allowed": allowed, "above": above}
	switch {
	case float64(above) > limits["above_percent"]/100*float64(len(o.Samples)):
		return evidence.Failed("exceeds", facts)
	case loaded == 0 || float64(loaded) < limits["samples"] || float64(o.Concurrency) < limits["concurrency"] || !o.Held.Steady:
		return evidence.Undecided("too_few", facts)
	}
	return evidence.Passed("sampled", facts)
}
