package http

import (
	"context"
	"fmt"
	"time"
)

// Watch is one request sent again and again, one at a time.
type Watch struct {
	Request Request
	Every   time.Duration // from one beginning to the next; an answer that takes longer delays it
	For     time.Duration // how long; the last request may end later, by its own timeout
	// Until ends the watch early; nil never does.
	Until func(Answer) bool
}

// maxLooks bounds a watch, whatever its times say.
const maxLooks = 2000

// Sight is one answer of a watch and when it was asked for, since the beginning.
type Sight struct {
	Answer
	At time.Duration
}

// Over is when the answer was there, since the beginning of the watch.
func (s Sight) Over() time.Duration { return s.At + s.Took }

// Watch sends the request until the time is over or Until is content. It is
// recorded as one step with a transcript: one line of JSON per answer, and the last
// answer whole.
func (c *Client) Watch(ctx context.Context, w Watch) []Sight {
	touch := c.bench.Touch("http", c.Replay(w.Request)+fmt.Sprintf(" # every %v, for %v at most", w.Every, w.For))
	began := time.Now()
	var seen []Sight
	var lines []line
	for len(seen) < maxLooks {
		at := time.Since(began)
		a := c.send(ctx, w.Request, keptOfBurst)
		seen = append(seen, Sight{a, at})
		lines = append(lines, lineOf(len(lines), at, w.Request, a))
		if w.Until != nil && w.Until(a) || ctx.Err() != nil || time.Since(began) >= w.For {
			break
		}
		if rest := w.Every - (time.Since(began) - at); rest > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(rest):
			}
		}
	}
	touch.Capture("transcript", "application/jsonl", transcript(lines), false)
	keep(touch, seen[len(seen)-1].Answer)
	return seen
}
