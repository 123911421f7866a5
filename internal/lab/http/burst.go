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
	// Until, if any, ends the burst: after an answer of which it is true no further
	// request is sent. It is called from several goroutines.
	Until func(Answer) bool
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

// Wait gives the answers of those that were sent, by request number. Every
// request has a deadline, so it ends.
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

// volley is a burst while it is sent.
type volley struct {
	Burst
	client   *Client
	run      *Running
	requests []Request
	lines    []line
	began    time.Time
	next     atomic.Int64 // the number of the request that nobody has taken yet
	sent     atomic.Int64
	last     atomic.Int64 // the request whose answer ended it, counted from 1; 0: none
}

// Start sends the burst and returns at once. When it has ended it is recorded
// as one step with a transcript: one line of JSON per exchange, the first answer as
// a sample, and the answer that ended the burst early, if one did.
func (c *Client) Start(ctx context.Context, b Burst) *Running {
	v := &volley{Burst: b, client: c, requests: make([]Request, b.Total), lines: make([]line, b.Total),
		run: &Running{finished: make(chan struct{}), answers: make([]Answer, b.Total)}}
	for i := range v.requests {
		v.requests[i] = b.Next(i)
	}
	touch := c.bench.Touch("http", c.replayAll(b, v.requests))
	v.began = time.Now()
	var users sync.WaitGroup
	for range b.Users {
		users.Go(func() { v.user(ctx) })
	}
	go func() {
		users.Wait()
		v.finish(touch)
	}()
	return v.run
}

// user sends one request after the other.
func (v *volley) user(ctx context.Context) {
	for v.last.Load() == 0 {
		i := int(v.next.Add(1)) - 1
		if i >= v.Total {
			return
		}
		v.sent.Add(1)
		at := time.Since(v.began)
		v.run.inFlight.Add(1)
		a := v.client.send(ctx, v.requests[i], keptOfBurst)
		v.run.inFlight.Add(-1)
		a.At = at
		v.run.answers[i], v.lines[i] = a, lineOf(i, at, v.requests[i], a)
		if v.Until != nil && v.Until(a) {
			v.last.CompareAndSwap(0, int64(i)+1)
		}
	}
}

func (v *volley) finish(touch *lab.Touch) {
	answers, lines := v.run.answers[:v.sent.Load()], v.lines[:v.sent.Load()]
	v.run.answers = answers
	touch.Capture("transcript", "application/jsonl", transcript(lines), false)
	if len(answers) > 0 {
		keepAs(touch, "first answer", answers[0])
	}
	if last := int(v.last.Load()); last > 0 {
		keepAs(touch, "answer that ended it", answers[last-1])
	}
	touch.End(0, nil)
	close(v.run.finished)
}

// replayAll is the line of the first request, which stands for all.
func (c *Client) replayAll(b Burst, requests []Request) string {
	note := fmt.Sprintf("# %d requests, %d at a time", b.Total, b.Users)
	if len(requests) == 0 {
		return note
	}
	return c.Replay(requests[0]) + " " + note
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
