package http

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"listo/internal/lab"
)

// keptOfBurst is how much of each body a burst keeps, in bytes; the rest is read
// and counted.
const keptOfBurst = 64 << 10

// Burst is many requests sent side by side: Users of them at a time, Total in
// all. Next gives the i-th request; it is called for each of them, in order,
// before the first is sent.
type Burst struct {
	Users int
	Total int
	Next  func(i int) Request
}

// Running is a burst on its way.
type Running struct {
	inFlight atomic.Int64
	finished chan struct{}
	answers  []Answer
}

// InFlight counts the requests begun and not yet answered.
func (r *Running) InFlight() int { return int(r.inFlight.Load()) }

// Done is closed when every request has its answer or its error.
func (r *Running) Done() <-chan struct{} { return r.finished }

// Wait gives the answers, by request number. Every request has a deadline, so
// it ends.
func (r *Running) Wait() []Answer {
	<-r.finished
	return r.answers
}

// line is one exchange in the transcript of a burst.
type line struct {
	N      int     `json:"n"`
	AtMS   float64 `json:"at_ms"` // since the burst began
	TookMS float64 `json:"took_ms"`
	Status int     `json:"status"`
	Bytes  int     `json:"bytes"`
	Err    string  `json:"err,omitempty"`
	User   string  `json:"user,omitempty"`
}

// Start sends the burst and returns at once. When it has ended it is recorded
// as one step with a transcript: one line of JSON per exchange, and the first
// body as a sample.
func (c *Client) Start(ctx context.Context, b Burst) *Running {
	run := &Running{finished: make(chan struct{}), answers: make([]Answer, b.Total)}
	requests := make([]Request, b.Total)
	for i := range requests {
		requests[i] = b.Next(i)
	}
	touch := c.bench.Touch("http", c.replayAll(b, requests))
	lines := make([]line, b.Total)
	began := time.Now()
	var next atomic.Int64
	var users sync.WaitGroup
	for range b.Users {
		users.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.Total; i = int(next.Add(1)) - 1 {
				at := time.Since(began)
				run.inFlight.Add(1)
				a := c.send(ctx, requests[i], keptOfBurst)
				run.inFlight.Add(-1)
				run.answers[i] = a
				lines[i] = lineOf(i, at, requests[i], a)
			}
		})
	}
	go func() {
		users.Wait()
		touch.Capture("transcript", "application/jsonl", transcript(lines), false)
		if len(run.answers) > 0 {
			keepBody(touch, "first body", run.answers[0])
		}
		touch.End(0, nil)
		close(run.finished)
	}()
	return run
}

// replayAll is the line of the first request, which stands for all.
func (c *Client) replayAll(b Burst, requests []Request) string {
	note := fmt.Sprintf("# %d requests, %d at a time", b.Total, b.Users)
	if len(requests) == 0 {
		return note
	}
	return c.replay(requests[0]) + " " + note
}

func lineOf(i int, at time.Duration, r Request, a Answer) line {
	l := line{N: i, AtMS: lab.Milliseconds(at), TookMS: lab.Milliseconds(a.Took), Status: a.Status, Bytes: a.Size, User: r.Token.User}
	if a.Err != nil {
		l.Err = a.Err.Error()
	}
	return l
}

func transcript(lines []line) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, l := range lines {
		_ = enc.Encode(l) // a bytes.Buffer takes everything, and line has no failing type
	}
	return out.Bytes()
}
