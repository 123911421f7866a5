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
	churnID       = "pool.churn"
	warmRequests  = 40
	primeRequests = 20
	churnRequests = 200
	churnUsers    = 20
	loadLimit     = 30 * time.Second
	// A session counts itself in pg_stat_database when it first reports, up to a
	// second after it began, or when it ends. So the counter is complete when no
	// session is younger than that.
	reportsWithin = 1100 * time.Millisecond
	counterEvery  = 50 * time.Millisecond
	counterLimit  = 4 * time.Second
	// pg_stat_database.sessions came with this version.
	countsSessions = 140000
)

// Churn is how many new sessions a warm service opened under load.
type Churn struct {
	Subject Subject `json:"subject"`
	Reach   Reach   `json:"reach"`
	Warm    Tally   `json:"warm"`
	// Prime are the first requests after Before was read, Load those after them.
	Prime Tally `json:"prime"`
	Load  Tally `json:"load"`
	// Before and After are pg_stat_database.sessions: everybody's sessions in
	// this database, ours included, but ours began before.
	Before int `json:"before"`
	After  int `json:"after"`
	// Complete tells that at both readings every session had counted itself.
	Complete bool `json:"complete"`
	// Refilled counts the service's sessions that Prime opened and that stayed: a
	// pool may have closed idle ones while listo waited.
	Refilled int `json:"refilled"`
	// Born counts the service's own new sessions among those seen in pg_stat_activity
	// meanwhile: less than all when sessions are shorter than the time between looks.
	Born  int `json:"born"`
	Looks int `json:"looks"`
}

func churn() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: churnID, Class: classChurn, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "per_100", Default: 5, Unit: "sessions per 100 requests", Direction: evidence.AtMost}},
		Reasons: reasonsWith("steady", "churns", "strangers", "no_counter", "incomplete", "unanswered"),
	}, runChurn, judgeChurn)
}

func runChurn(ctx context.Context, b *lab.Bench) (Churn, error) {
	o := Churn{}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() || subject.ServerVersion < countsSessions {
		return o, nil
	}
	o.Warm = p.burst(ctx, churnUsers, warmRequests)
	if o.Warm.Lost > 0 {
		return o, nil // it would only take for ever
	}
	var complete bool
	if o.Before, o.Complete, err = p.counter(ctx); err != nil {
		return o, err
	}
	if err = o.load(ctx, p); err != nil {
		return o, err
	}
	o.After, complete, err = p.counter(ctx)
	o.Complete = o.Complete && complete
	return o, err
}

const counterQuestion = `select sessions,
 (select coalesce(min(extract(epoch from clock_timestamp() - backend_start) * 1000), 1e9)::int8 from pg_stat_activity
  where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()) as youngest_ms
from pg_stat_database where datname = current_database()`

// counter reads pg_stat_database.sessions once it is complete.
func (p *probe) counter(ctx context.Context) (value int, complete bool, err error) {
	began := time.Now()
	var wrong error
	_, err = p.watch.Watch(ctx, counterEvery, counterQuestion, nil, func(r sql.Reading) bool {
		if len(r.Rows) != 1 {
			return true
		}
		before := value
		value, wrong = number(r.Rows[0], "sessions")
		youngest, wrongAge := number(r.Rows[0], "youngest_ms")
		if wrong = errors.Join(wrong, wrongAge); wrong != nil {
			return true
		}
		complete = value == before && time.Duration(youngest)*time.Millisecond > reportsWithin
		return complete || time.Since(began) > counterLimit
	})
	if err = errors.Join(err, wrong, ctx.Err()); err != nil {
		return 0, false, fmt.Errorf("pool: reading pg_stat_database: %w", err)
	}
	return value, complete, nil
}

const birthsQuestion = `select coalesce(application_name, '') as name, coalesce(usename::text, '') as usr,
 coalesce(host(client_addr), 'local') as address, string_agg(pid || '@' || extract(epoch from backend_start)::text, ' ') as sessions
from pg_stat_activity
where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()
group by 1, 2, 3`

// alive lists the service's sessions of this moment.
func (p *probe) alive(ctx context.Context) (map[string]bool, error) {
	rows, err := p.watch.Query(ctx, birthsQuestion)
	if err != nil {
		return nil, fmt.Errorf("pool: reading pg_stat_activity: %w", err)
	}
	alive := map[string]bool{}
	for _, session := range p.serviceSessions(rows) {
		alive[session] = true
	}
	return alive, nil
}

// load fills the pool again, sends the requests and notes which sessions of the
// service come up.
func (o *Churn) load(ctx context.Context, p *probe) error {
	before, err := p.alive(ctx)
	if err != nil {
		return err
	}
	o.Prime = p.burst(ctx, churnUsers, primeRequests)
	known, err := p.alive(ctx)
	if err != nil {
		return err
	}
	for session := range known {
		if !before[session] {
			o.Refilled++
		}
	}
	born := map[string]bool{}
	sending, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	running := p.client.Start(sending, http.Burst{Users: churnUsers, Total: churnRequests, Next: p.get(p.path)})
	_, err = p.watch.Watch(ctx, sampleEvery, birthsQuestion, nil, func(r sql.Reading) bool {
		for _, session := range p.serviceSessions(r.Rows) {
			born[session] = !known[session]
		}
		o.Looks++
		select {
		case <-running.Done():
			return true
		default:
			return false
		}
	})
	o.Load = tally(running.Wait())
	for _, isNew := range born {
		if isNew {
			o.Born++
		}
	}
	if err != nil {
		return fmt.Errorf("pool: watching pg_stat_activity: %w", err)
	}
	return nil
}

func (p *probe) serviceSessions(rows sql.Rows) []string {
	var all []string
	for _, row := range rows {
		if p.isService(callerOf(row)) {
			all = slices.AppendSeq(all, strings.FieldsSeq(text(row, "sessions")))
		}
	}
	return all
}

func judgeChurn(o Churn, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if o.Subject.ServerVersion < countsSessions {
		return evidence.Undecided("no_counter", evidence.Facts{"version": o.Subject.ServerVersion / 10000})
	}
	requests := o.Load.Sent
	if o.Load.Throttled > 0 {
		return evidence.Undecided("throttled", evidence.Facts{"throttled": o.Load.Throttled, "sent": requests})
	}
	if o.Load.Succeeded == 0 || o.Load.Succeeded < requests {
		return evidence.Undecided("unanswered", evidence.Facts{"sent": requests, "succeeded": o.Load.Succeeded})
	}
	return o.count(limits)
}

// count weighs the exact counter, which knows no owner, against the sampled
// births, which do.
func (o Churn) count(limits evidence.Limits) evidence.Finding {
	counted, requests := o.After-o.Before-o.Refilled, o.Prime.Sent+o.Load.Sent
	perHundred := 100 * float64(counted) / float64(requests)
	bornPerHundred := 100 * float64(o.Born) / float64(o.Load.Sent)
	facts := evidence.Facts{"opened": counted, "born": o.Born, "requests": requests, "rate": max(perHundred, bornPerHundred)}
	switch {
	case bornPerHundred > limits["per_100"]:
		return evidence.Failed("churns", facts)
	case !o.Complete:
		return evidence.Undecided("incomplete", facts)
	case perHundred > limits["per_100"]:
		return evidence.Undecided("strangers", facts)
	}
	return evidence.Passed("steady", facts)
}
