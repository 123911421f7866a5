package pool

import (
	"context"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const answeredID = "pool.answered"

// Answered is how the service answered the brief's burst.
type Answered struct {
	Subject Subject `json:"subject"`
	Reach   Reach   `json:"reach"`
	// Free is the burst with nothing held.
	Free Tally `json:"free"`
	// Queued is the same burst while the table was held: the requests beyond the
	// pool's size had to queue.
	Queued Reading `json:"queued"`
}

func answered() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: answeredID, Class: classQueue, Loading: true, Needs: needs(),
		Limits: []evidence.Limit{
			{Name: "concurrency", Default: 20, Unit: "requests", Direction: evidence.AtLeast},
			{Name: "queue_ms", Default: 750, Unit: "ms", Direction: evidence.AtLeast},
		},
		Reasons: reasonsWith("answered", "dropped", "refused", "not_in_flight", "not_queued"),
	}, runAnswered, judgeAnswered)
}

func runAnswered(ctx context.Context, b *lab.Bench) (Answered, error) {
	o := Answered{}
	p, subject, err := begin(ctx, b)
	if err != nil {
		return o, err
	}
	defer p.close()
	if o.Subject, o.Reach = subject, p.reach; !p.ready() {
		return o, nil
	}
	users := max(1, int(b.Limit("concurrency")))
	o.Free = p.burst(ctx, users, users)
	o.Queued, err = p.readFor(ctx, users, min(users, subject.Declared), b.LimitDuration("queue_ms"))
	return o, err
}

func judgeAnswered(o Answered, limits evidence.Limits) evidence.Finding {
	if f, ok := o.Subject.unready(); ok {
		return f
	}
	if f, ok := o.Reach.unreached(); ok {
		return f
	}
	if o.Queued.Refused != nil {
		return o.Queued.Refused.finding()
	}
	all := o.Free.plus(o.Queued.Answers)
	facts := evidence.Facts{"sent": all.Sent, "succeeded": all.Succeeded, "refused": all.Refused, "broken": all.Broken,
		"lost": all.Lost, "throttled": all.Throttled, "in_flight": o.Queued.InFlight, "waiting": o.Queued.Waiting,
		"queued": max(0, o.Queued.InFlight-o.Queued.Waiting),
		"held":   milliseconds(o.Queued.HeldMS), "slowest": milliseconds(all.SlowestMS)}
	users := limits["concurrency"]
	switch {
	case all.Throttled > 0:
		return evidence.Undecided("throttled", facts)
	case o.Free.Refused > 0:
		return evidence.Undecided("refused", facts)
	case all.Succeeded < all.Sent:
		return evidence.Failed("dropped", facts)
	case float64(o.Free.Sent) < users || float64(o.Queued.InFlight) < users:
		return evidence.Undecided("not_in_flight", facts)
	case o.Queued.HeldMS < limits["queue_ms"]:
		return evidence.Undecided("not_queued", facts)
	}
	return evidence.Passed("answered", facts)
}

// milliseconds turns a *_ms key into what phrases quote.
func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
