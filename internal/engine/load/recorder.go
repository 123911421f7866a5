package load

import (
	"sync"
	"time"
)

// recorder is where all users write down what came of their requests. One lock
// is enough: it is held for some tens of nanoseconds per request, and a request
// costs microseconds.
type recorder struct {
	mu        sync.Mutex
	endpoints []tally
	warm      tally // the discarded part
	series    series
	steady    bool // the warm-up ended by the rule, not by its time
	connects  Histogram
	held      Histogram // by requests of the open model, from sent to ended
	links     Connections
	examples  map[Class]string
	answered  time.Duration // end of the last answer
	last      time.Duration // end of the last measured request
	silence   time.Duration
}

// record counts a request that has ended.
func (r *run) record(s sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(s.ended)
	t := &r.warm
	if s.measured {
		t = &r.endpoints[r.endpoint[s.request]]
		r.listen(s)
		if r.profile.open() && s.class.sent() {
			r.held.Record(s.ended - s.sent)
		}
	}
	over := t.record(s, &r.profile)
	r.series.record(s.due, s.ended, s.ended-s.due, s.class, over)
}

// listen keeps the longest time with a request in flight and no answer.
func (r *run) listen(s sample) {
	r.last = max(r.last, s.ended)
	r.silence = max(r.silence, s.ended-max(r.answered, s.sent))
	if s.status > 0 {
		r.answered = max(r.answered, s.ended)
	}
}

// advance turns the windows when no request does.
func (r *run) advance(now time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
}

// turn closes the windows that have passed. Each time it asks whether the
// warm-up is over; the measured part then begins with the next window, so that
// no window belongs to both.
func (r *run) turn(now time.Duration) {
	if !r.series.advance(now) || r.start() <= now {
		return
	}
	p := &r.profile
	border := now.Truncate(WindowLength) + WindowLength
	switch {
	case r.start() < 1<<62: // it is settled and about to begin
	case border >= p.WarmUp:
		r.settle(border, false)
	case now >= p.Ramp && r.series.steady():
		r.settle(border, true)
	}
}

// connected counts a connection that was made.
func (r *run) connected(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.links.Made++
	r.connects.Record(took)
}

// closed counts the end of a connection that was not a failure.
func (r *run) closed(why ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch why {
	case asked:
		r.links.Asked++
	case whileIdle:
		r.links.WhileIdle++
	case unasked:
		r.links.Unasked++
	}
}

// example keeps the first error text of a class.
func (r *run) example(c Class, err error) {
	const longest = 200
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.examples == nil {
		r.examples = map[Class]string{}
	}
	if text := err.Error(); r.examples[c] == "" {
		r.examples[c] = text[:min(len(text), longest)]
	}
}
