package pool

import (
	"context"
	"fmt"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	unusedID    = "pool.unused"
	unusedUsers = 20
)

// Unused is which sessions of the pool never ran a query, although requests
// were waiting for a connection.
type Unused struct {
	Subject Subject `json:"subject"`
	Reach   Reach   `json:"reach"`
	// Queue is a hold reading with more requests than the pool has connections:
	// every connection that the pool can give out was given out.
	Queue    Reading   `json:"queue"`
	Sessions []Session `json:"sessions"`
}

func unused() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: unusedID, Class: classUnused, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "age_ms", Default: 1000, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: reasonsWith("used", "unused", "not_in_flight"),
	}, runUnused, judgeUnused)
}

// runUnused fills the pool, so that a spare connection of a healthy one
// (minConns) has run a query, and then looks for sessions that have not. It
// waits only when there are such sessions and they are still young.
func runUnused(ctx context.Context, b *lab.Bench) (Unused, error) {
	o := Unused{Sessions: []Session{}}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() {
		return o, nil
	}
	k := max(unusedUsers, subject.Declared+1)
	began := time.Now()
	if o.Queue, err = p.read(ctx, k, min(k, subject.Declared)); err != nil || o.Queue.Refused != nil {
		return o, err
	}
	var wrong error
	_, err = p.watch.Watch(ctx, settleEvery, sessionsQuestion, nil, func(r sql.Reading) bool {
		var all []Session
		if all, wrong = sessionsOf(r.Rows); wrong != nil {
			return true
		}
		o.Sessions = bornBefore(of(all, p.isPool), time.Since(began))
		young := unusedUpTo(o.Sessions, b.Limit("age_ms"))
		return young == 0 || time.Since(began) > b.LimitDuration("age_ms")+time.Second
	})
	if err == nil {
		err = wrong
	}
	if err != nil {
		return o, fmt.Errorf("pool: looking for unused sessions: %w", err)
	}
	return o, ctx.Err()
}

// bornBefore keeps the sessions that were there when the pool was filled: one
// that came later may be the fresh successor of one that was retired.
func bornBefore(sessions []Session, ago time.Duration) []Session {
	kept := []Session{}
	for _, s := range sessions {
		if time.Duration(s.AgeMS)*time.Millisecond > ago {
			kept = append(kept, s)
		}
	}
	return kept
}

// unusedUpTo counts the sessions that never ran a query and are not older.
func unusedUpTo(sessions []Session, ageMS float64) int {
	n := 0
	for _, s := range sessions {
		if s.NeverRan && float64(s.AgeMS) <= ageMS {
			n++
		}
	}
	return n
}

func judgeUnused(o Unused, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if o.Queue.Refused != nil {
		return o.Queue.Refused.finding()
	}
	never, oldest := 0, 0
	for _, s := range o.Sessions {
		if s.NeverRan && float64(s.AgeMS) > limits["age_ms"] {
			never, oldest = never+1, max(oldest, s.AgeMS)
		}
	}
	facts := evidence.Facts{"unused": never, "sessions": len(o.Sessions), "oldest": milliseconds(float64(oldest)),
		"in_flight": o.Queue.InFlight, "waiting": o.Queue.Waiting}
	switch {
	case o.Queue.Answers.Throttled > 0:
		return evidence.Undecided("throttled", evidence.Facts{"throttled": o.Queue.Answers.Throttled, "sent": o.Queue.Answers.Sent})
	case never > 0:
		return evidence.Failed("unused", facts)
	case !o.Queue.Steady || o.Queue.Waiting == 0 || o.Queue.InFlight < o.Queue.K:
		return evidence.Undecided("not_in_flight", facts)
	}
	return evidence.Passed("used", facts)
}
