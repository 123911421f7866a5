package pool

import (
	"context"
	"fmt"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const effectiveID = "pool.effective"

// Effective is what the hold probe read.
type Effective struct {
	Subject     Subject `json:"subject"`
	Reach       Reach   `json:"reach"`
	Concurrency int     `json:"concurrency"` // of the brief, in requests
	// Room is how many sessions the server had left when the sweep began.
	Room     int       `json:"room"`
	Readings []Reading `json:"readings"`
}

func effective() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: effectiveID, Class: classHold, Loading: true, Needs: needs(),
		Limits: []evidence.Limit{
			{Name: "concurrency", Default: 20, Unit: "requests", Direction: evidence.AtLeast},
			{Name: "repeats", Default: 3, Unit: "times", Direction: evidence.AtLeast},
		},
		Reasons: reasonsWith("exact", "differs", "unbounded", "leak", "undeclared", "no_room", "not_in_flight", "not_held", "unsteady", "incomplete"),
	}, runEffective, judgeEffective)
}

func runEffective(ctx context.Context, b *lab.Bench) (Effective, error) {
	o := Effective{Concurrency: int(b.Limit("concurrency")), Readings: []Reading{}}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() || subject.Declared == 0 {
		return o, nil
	}
	if o.Room, err = p.room(ctx); err != nil {
		return o, err
	}
	err = o.sweep(ctx, p, max(1, int(b.Limit("repeats"))))
	return o, err
}

// sweep reads every k of the sweep, again and again. After the very first
// reading it goes on to larger k while more requests still mean more sessions.
func (o *Effective) sweep(ctx context.Context, p *probe, repeats int) error {
	ks := sweep(o.Subject.Declared, o.Concurrency, o.Room)
	for i := range repeats * len(ks) {
		p.bench.Progress(i, repeats*len(ks))
		r, err := o.add(ctx, p, ks[i%len(ks)])
		if i == 0 && err == nil {
			err = o.further(ctx, p, r)
		}
		if err != nil || !o.open() {
			return err
		}
	}
	return nil
}

// further doubles k until a plateau shows, or it would take too much.
func (o *Effective) further(ctx context.Context, p *probe, r Reading) (err error) {
	most := min(sweepFurther, o.Room)
	for err == nil && o.open() && r.K > o.Subject.Declared && r.Waiting == r.K && 2*r.K <= most {
		r, err = o.add(ctx, p, 2*r.K)
	}
	return err
}

func (o *Effective) add(ctx context.Context, p *probe, k int) (Reading, error) {
	r, err := p.read(ctx, k, min(k, o.Subject.Declared))
	if err == nil {
		o.Readings = append(o.Readings, r)
	}
	return r, err
}

// open tells whether further readings make sense: a service that lost requests
// or a table that cannot be had would only be hurt by more.
func (o *Effective) open() bool {
	last := o.Readings[len(o.Readings)-1]
	return last.Refused == nil && last.Answers.Lost == 0 && last.Answers.Throttled == 0
}

// room is how many more sessions the server can take, a few left for others.
func (p *probe) room(ctx context.Context) (int, error) {
	rows, err := p.watch.Query(ctx, `select (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
 - coalesce(current_setting('reserved_connections', true), '0')::int
 - (select count(*) from pg_stat_activity where backend_type = 'client backend')
 + (select count(*) from pg_stat_activity where backend_type = 'client backend' and datname = current_database() and usename::text = $1 and application_name = $2))::int as room`,
		p.reach.Callers[0].User, p.reach.Callers[0].Name)
	if err != nil || len(rows) != 1 {
		return 0, fmt.Errorf("pool: reading how many sessions the server can take: %w", err)
	}
	room, err := number(rows[0], "room")
	return max(0, room-spareSlots), err
}

func judgeEffective(o Effective, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := leak(o.Subject, o.Reach.Refused); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if f, ok := o.Subject.undeclared(); ok {
		return f
	}
	for _, r := range o.Readings {
		if f, ok := o.unmeasured(r); ok {
			return f
		}
	}
	return o.conclude(limits)
}

// leak tells a transaction that somebody forgot from a table that is merely in use.
func leak(s Subject, r *Refusal) (evidence.Finding, bool) {
	if r == nil {
		return evidence.Finding{}, false
	}
	h, ok := r.idle()
	if !ok || s.User != "" && h.User != s.User {
		return evidence.Finding{}, false // somebody else's transaction is no leak of the service
	}
	return evidence.Failed("leak", evidence.Facts{"declared": s.Declared, "name": h.Name, "user": h.User, "table": h.Table, "sqlstate": r.Code}), true
}

// unmeasured gives the finding of a reading that measured nothing, if so.
func (o Effective) unmeasured(r Reading) (evidence.Finding, bool) {
	if f, ok := leak(o.Subject, r.Refused); ok {
		return f, true
	}
	facts := evidence.Facts{"k": r.K, "waiting": r.Waiting, "in_flight": r.InFlight, "early": r.InFlight - r.InFlightAtEnd}
	switch {
	case r.Refused != nil:
		return r.Refused.finding(), true
	case r.Answers.Throttled > 0:
		return evidence.Undecided("throttled", evidence.Facts{"throttled": r.Answers.Throttled, "sent": r.Answers.Sent}), true
	case r.InFlight < r.K:
		return evidence.Undecided("not_in_flight", facts), true
	case !r.Steady:
		return evidence.Undecided("unsteady", facts), true
	case r.InFlightAtEnd < r.K && r.Waiting < min(r.K, o.Subject.Declared):
		return evidence.Undecided("not_held", facts), true
	}
	return evidence.Finding{}, false
}

func (o Effective) conclude(limits evidence.Limits) evidence.Finding {
	declared, s := o.Subject.Declared, shapeOf(o.Readings, o.Subject.Declared)
	facts := evidence.Facts{"declared": declared, "variable": o.Subject.Variable, "measured": s.most, "k": s.at,
		"readings": len(o.Readings), "callers": described(o.largest().Groups)}
	if len(o.Readings) == 0 {
		return o.incomplete(limits)
	}
	switch {
	case !s.agree:
		return evidence.Undecided("unsteady", evidence.Facts{"k": s.at, "waiting": s.most})
	case s.most > declared && !s.capped:
		return evidence.Failed("unbounded", facts)
	case s.most != declared && s.capped:
		return evidence.Failed("differs", facts)
	case o.Room <= declared:
		return evidence.Undecided("no_room", evidence.Facts{"declared": declared, "room": o.Room})
	case !s.exact:
		return evidence.Undecided("unsteady", evidence.Facts{"k": s.at, "waiting": s.most})
	case !o.complete(limits):
		return o.incomplete(limits)
	}
	return evidence.Passed("exact", facts)
}

// complete tells whether every k of the sweep was read as often as promised.
func (o Effective) complete(limits evidence.Limits) bool {
	if float64(o.Concurrency) < limits["concurrency"] {
		return false
	}
	times := map[int]int{}
	for _, r := range o.Readings {
		times[r.K]++
	}
	for _, k := range sweep(o.Subject.Declared, o.Concurrency, o.Room) {
		if float64(times[k]) < max(1, limits["repeats"]) {
			return false
		}
	}
	return true
}

func (o Effective) incomplete(limits evidence.Limits) evidence.Finding {
	lost := 0
	for _, r := range o.Readings {
		lost += r.Answers.Lost
	}
	return evidence.Undecided("incomplete", evidence.Facts{"readings": len(o.Readings), "lost": lost,
		"wanted_readings": len(sweep(o.Subject.Declared, o.Concurrency, o.Room)) * int(max(1, limits["repeats"]))})
}

// largest gives the reading with the most sessions.
func (o Effective) largest() Reading {
	if len(o.Readings) == 0 {
		return Reading{}
	}
	return slices.MaxFunc(o.Readings, func(a, b Reading) int { return a.Waiting - b.Waiting })
}
