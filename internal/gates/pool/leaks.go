package pool

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

const (
	leaksID      = "pool.leaks"
	leaksUsers   = 20
	failingTimes = 4 // each failing request is sent so often
	settleEvery  = 50 * time.Millisecond
	settleLooks  = 3 // quiet looks in a row
	settleLimit  = 3 * time.Second
)

// Leaks is what was left in the database after load, errors and lost clients.
type Leaks struct {
	Subject Subject `json:"subject"`
	Reach   Reach   `json:"reach"`
	// Before and After are hold readings with more requests than the pool has
	// connections: a connection that was never given back is missing in After.
	Before Reading `json:"before"`
	After  Reading `json:"after"`
	// Aborted counts the requests whose client went away while they waited.
	Aborted int    `json:"aborted"`
	Paths   []Path `json:"paths"`
	// Settled tells that the sessions came to rest by themselves; Final is what
	// they were at the last look.
	Settled  bool      `json:"settled"`
	SettleMS float64   `json:"settle_ms"`
	Final    []Session `json:"final"`
}

// Path is an error path that the service was led down.
type Path struct {
	Request string `json:"request"`
	Kind    string `json:"kind"` // "bad_token", "malformed_value", "declared"
	Answers Tally  `json:"answers"`
}

func leaks() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: leaksID, Class: classLeaks, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "idle_ms", Default: 500, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: reasonsWith("clean", "leaked", "lost", "stuck", "overgrown", "undeclared", "not_aborted", "unsteady"),
	}, runLeaks, judgeLeaks)
}

func runLeaks(ctx context.Context, b *lab.Bench) (Leaks, error) {
	o := Leaks{Paths: []Path{}, Final: []Session{}}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() || subject.Declared == 0 {
		return o, nil
	}
	k := max(leaksUsers, subject.Declared+1)
	if o.Before, err = p.read(ctx, k, min(k, subject.Declared)); err != nil || o.Before.Refused != nil {
		return o, err
	}
	if err = o.walk(ctx, p); err != nil {
		return o, err
	}
	if o.Aborted, err = p.abort(ctx, k, o.Before.Waiting); err != nil {
		return o, err
	}
	idle := b.Limit("idle_ms")
	if err = o.settle(ctx, p, idle); err != nil {
		return o, err
	}
	if forgotten, _ := idleLongerThan(o.Final, idle); forgotten > 0 {
		return o, nil // it would only keep us from locking the table
	}
	o.After, err = p.read(ctx, k, o.Before.Waiting)
	return o, err
}

// walk leads the service down its error paths.
func (o *Leaks) walk(ctx context.Context, p *probe) error {
	paths := []struct{ kind, path string }{{"bad_token", p.path}}
	if bad, ok := malformed(p.path); ok {
		paths = append(paths, struct{ kind, path string }{"malformed_value", bad})
	}
	for _, request := range lab.SettingsOf[Settings](p.bench).FailingRequests {
		path, err := getPath(request)
		if err != nil {
			return err
		}
		paths = append(paths, struct{ kind, path string }{"declared", path})
	}
	for _, one := range paths {
		next := p.get(one.path)
		if one.kind == "bad_token" {
			next = func(int) http.Request {
				return http.Request{Method: "GET", Path: one.path, Timeout: answerTimeout,
					Token: http.Token{User: "nobody", Value: "listo.bad.token"}}
			}
		}
		answers := p.client.Start(ctx, http.Burst{Users: failingTimes, Total: failingTimes, Next: next}).Wait()
		o.Paths = append(o.Paths, Path{"GET " + one.path, one.kind, tally(answers)})
	}
	return nil
}

// malformed gives the path with every value of its query replaced by one that
// is no number, no date, no UUID and holds a quote.
func malformed(path string) (string, bool) {
	before, query, ok := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if !ok || err != nil || len(values) == 0 {
		return "", false
	}
	for name := range values {
		values[name] = []string{"listo'malformed"}
	}
	return before + "?" + values.Encode(), true
}

// abort closes the connections of k clients while the table is held, and then
// lets go. It gives the number of requests that were in flight then.
func (p *probe) abort(ctx context.Context, k, expected int) (int, error) {
	h, refused, err := p.take(ctx, []string{p.reach.Table})
	if err != nil || refused != nil {
		return 0, err
	}
	leaving, cancel := context.WithCancel(ctx)
	defer cancel()
	running := p.client.Start(leaving, http.Burst{Users: k, Total: k, Next: p.get(p.path)})
	r := Reading{K: k}
	err = p.settle(ctx, h, running, expected, 0, &r)
	cancel()
	running.Wait()
	if lost := h.release(ctx); err == nil {
		err = lost
	}
	return r.InFlightAtEnd, err
}

// settle waits until the service's sessions have come to rest, or a transaction
// has been idle for longer than allowed.
func (o *Leaks) settle(ctx context.Context, p *probe, idleMS float64) error {
	began, quiet := time.Now(), 0
	var wrong error
	_, err := p.watch.Watch(ctx, settleEvery, sessionsQuestion, nil, func(r sql.Reading) bool {
		var all []Session
		if all, wrong = sessionsOf(r.Rows); wrong != nil {
			return true
		}
		o.Final = of(all, p.isService)
		if busy(o.Final) == 0 && !o.overgrown(of(o.Final, p.isPool)) {
			quiet++
		} else {
			quiet = 0
		}
		o.Settled = quiet >= settleLooks
		forgotten, _ := idleLongerThan(o.Final, idleMS)
		return o.Settled || forgotten > 0 || time.Since(began) > settleLimit+milliseconds(idleMS)
	})
	o.SettleMS = lab.Milliseconds(time.Since(began))
	if err == nil {
		err = wrong
	}
	if err != nil {
		return fmt.Errorf("pool: waiting for the sessions to settle: %w", err)
	}
	return ctx.Err()
}

// overgrown tells whether there are more sessions than the pool had when it was
// full. One that never ran a query is not counted: it is pool.unused's matter.
func (o *Leaks) overgrown(pool []Session) bool {
	used := 0
	for _, s := range pool {
		if !s.NeverRan {
			used++
		}
	}
	return o.Before.capped() && used > max(o.Subject.Declared, o.Before.Waiting)
}

// busy counts the sessions that do or wait for anything.
func busy(sessions []Session) int {
	n := 0
	for _, s := range sessions {
		if s.State != "idle" || s.Waiting {
			n++
		}
	}
	return n
}

// idleLongerThan counts the transactions that were begun and then left alone.
func idleLongerThan(sessions []Session, ms float64) (n int, oldestMS float64) {
	for _, s := range sessions {
		if strings.HasPrefix(s.State, "idle in transaction") && float64(s.StateMS) > ms {
			n, oldestMS = n+1, max(oldestMS, float64(s.StateMS))
		}
	}
	return n, oldestMS
}

func judgeLeaks(o Leaks, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.forgotten(o.Reach.Refused, o.Before.Refused, o.After.Refused); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if f, ok := o.Subject.undeclared(); ok {
		return f
	}
	if n := o.Before.Answers.Throttled + o.After.Answers.Throttled; n > 0 {
		return evidence.Undecided("throttled", evidence.Facts{"throttled": n, "sent": o.Before.Answers.Sent + o.After.Answers.Sent})
	}
	return o.rest(limits)
}

// forgotten finds a transaction that kept us from locking the table.
func (o Leaks) forgotten(refusals ...*Refusal) (evidence.Finding, bool) {
	for _, r := range refusals {
		if _, leaked := leak(o.Subject, r); leaked {
			h, _ := r.idle()
			return evidence.Failed("leaked", o.facts(1, h.SinceMS)), true
		}
		if r != nil {
			return r.finding(), true
		}
	}
	return evidence.Finding{}, false
}

func (o Leaks) facts(idle int, oldest float64) evidence.Facts {
	sent := o.Before.Answers.Sent + o.Aborted
	for _, path := range o.Paths {
		sent += path.Answers.Sent
	}
	return evidence.Facts{"leaked": idle, "oldest": milliseconds(oldest), "requests": sent, "paths": len(o.Paths), "aborted": o.Aborted,
		"before": o.Before.Waiting, "after": o.After.Waiting, "sessions": len(o.Final), "declared": o.Subject.Declared,
		"waiting": busy(o.Final)}
}

// rest judges what was there at the last look.
func (o Leaks) rest(limits evidence.Limits) evidence.Finding {
	idle, oldest := idleLongerThan(o.Final, limits["idle_ms"])
	waiting := 0
	for _, s := range o.Final {
		if s.Waiting {
			waiting++
		}
	}
	facts := o.facts(idle, oldest)
	switch {
	case idle > 0:
		return evidence.Failed("leaked", facts)
	case waiting > 0:
		return evidence.Failed("stuck", facts)
	case o.Aborted == 0 || len(o.Paths) == 0:
		return evidence.Undecided("not_aborted", facts)
	case !o.Before.Steady || !o.After.Steady || o.After.InFlight < o.After.K:
		return evidence.Undecided("unsteady", facts)
	case o.After.Waiting < o.Before.Waiting:
		return evidence.Failed("lost", facts)
	case !o.Settled:
		return evidence.Failed("overgrown", facts)
	}
	return evidence.Passed("clean", facts)
}
