package pool

import (
	"context"
	"errors"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/http"
)

// How often the same number must be read before it counts. A number that is not
// what the declaration wants is given much longer to become it: a connection
// may be slow to open.
const (
	equalLooks          = 6
	equalLooksOtherwise = 15
)

// readAttempts is how often a reading is taken when the instrument failed: the
// lock lapsed, the requests could not be sent or the number did not stand still.
// What the number is never makes it be read again.
const readAttempts = 3

// Reading is one hold with K requests sent: how many sessions wait.
type Reading struct {
	K int `json:"k"`
	// Waiting is the number read at the end, over all callers but strangers.
	Waiting int     `json:"waiting"`
	Groups  []Group `json:"groups"`
	Looks   int     `json:"looks"`
	// Steady tells that the last looks all gave Waiting.
	Steady bool `json:"steady"`
	// InFlight is the most requests that were begun and not answered at one look;
	// InFlightAtEnd is how many at the last.
	InFlight      int     `json:"in_flight"`
	InFlightAtEnd int     `json:"in_flight_at_end"`
	HeldMS        float64 `json:"held_ms"`
	// Answers came after the table was released (or before, when the service
	// did not want to wait).
	Answers Tally    `json:"answers"`
	Refused *Refusal `json:"refused,omitempty"`
	// Attempts counts how often it was taken; the last is the one that counts.
	Attempts int `json:"attempts"`
}

// failed tells that the instrument, not the service, was at fault.
func (r Reading) failed() bool {
	return r.Refused == nil && r.Answers.Lost == 0 && r.Answers.Throttled == 0 && (!r.Steady || r.InFlight < r.K)
}

// capped tells that fewer sessions wait than requests were sent: the reading
// shows where the pool ends.
func (r Reading) capped() bool { return r.Waiting < r.K }

// read takes one reading. expected is how many should wait.
func (p *probe) read(ctx context.Context, k, expected int) (Reading, error) {
	return p.readFor(ctx, k, expected, 0)
}

// readFor is read that holds the table for at least so long.
func (p *probe) readFor(ctx context.Context, k, expected int, atLeast time.Duration) (r Reading, err error) {
	for attempt := 1; ; attempt++ {
		r, err = p.readOnce(ctx, k, expected, atLeast)
		r.Attempts = attempt
		again := errors.Is(err, errLapsed) || err == nil && r.failed()
		if !again || attempt == readAttempts || ctx.Err() != nil {
			return r, err
		}
	}
}

func (p *probe) readOnce(ctx context.Context, k, expected int, atLeast time.Duration) (Reading, error) {
	r := Reading{K: k, Groups: []Group{}}
	h, refused, err := p.take(ctx, []string{p.reach.Table})
	if err != nil || refused != nil {
		r.Refused = refused
		return r, err
	}
	running := p.client.Start(ctx, http.Burst{Users: k, Total: k, Next: p.get(p.path)})
	err = p.settle(ctx, h, running, expected, atLeast, &r)
	r.HeldMS = lab.Milliseconds(time.Since(h.taken))
	lost := h.release(ctx)
	r.Answers = tally(running.Wait())
	if err == nil {
		err = lost
	}
	return r, err
}

// settle looks until the number of waiting sessions stands still.
func (p *probe) settle(ctx context.Context, h *hold, running *http.Running, expected int, atLeast time.Duration, r *Reading) (err error) {
	still := plateau{}
	r.Looks, err = p.watchWaiters(ctx, h, func(waiters []waiter) bool {
		r.InFlightAtEnd = running.InFlight()
		r.InFlight = max(r.InFlight, r.InFlightAtEnd)
		if r.InFlight < r.K {
			return false // not all are sent
		}
		r.Waiting, r.Groups = p.count(waiters)
		still.add(r.Waiting)
		r.Steady = still.equal >= equalLooks
		want := equalLooks
		if r.Waiting != expected {
			want = equalLooksOtherwise
		}
		return still.equal >= want && time.Since(h.taken) >= atLeast
	})
	return err
}

// count adds up the waiting sessions, strangers left out.
func (p *probe) count(waiters []waiter) (int, []Group) {
	total, groups := 0, []Group{}
	for _, w := range waiters {
		stranger := false
		for _, s := range p.reach.Strangers {
			stranger = stranger || s == w.Caller
		}
		if stranger {
			continue
		}
		total += w.Sessions
		groups = append(groups, w.Group)
	}
	return total, groups
}

// plateau counts how often the same number came in a row.
type plateau struct{ value, equal int }

func (p *plateau) add(v int) {
	if p.equal == 0 || v != p.value {
		p.value, p.equal = v, 0
	}
	p.equal++
}
