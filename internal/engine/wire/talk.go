package wire

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Talk plays a script and tells what happened. It always comes back: when the
// other side ends the connection, the wanted answers are there, the patience or
// the context is over, or too much came.
func Talk(ctx context.Context, o Origin, s Script) Conversation {
	ctx, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	conn, err := o.dial(ctx, s.From)
	if err != nil {
		return Conversation{Err: err}
	}
	defer conn.Close()
	t := &talk{script: s, conn: conn, began: time.Now(), news: make(chan struct{}, 1), over: make(chan struct{})}
	t.seen.Local = conn.LocalAddr().String()
	unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	go t.listen()
	t.send(ctx)
	t.await(ctx, func() bool { return s.Answers > 0 && t.answers() >= s.Answers })
	cancel()
	<-t.over
	return t.seen
}

// talk is a conversation under way.
type talk struct {
	script Script
	conn   net.Conn
	began  time.Time
	news   chan struct{} // something came
	over   chan struct{} // nothing more will

	mu    sync.Mutex
	seen  Conversation
	whole int // bytes of the answers read so far
}

func (t *talk) since() time.Duration { return time.Since(t.began) }

// listen takes what comes until the connection ends or is no longer watched.
func (t *talk) listen() {
	defer close(t.over)
	buffer := make([]byte, 32<<10)
	for {
		n, err := t.conn.Read(buffer)
		at := t.since()
		t.mu.Lock()
		room := t.script.mostBytes() - len(t.seen.Received)
		t.seen.TooMuch = n > room
		if n = min(n, room); n > 0 {
			t.arrived(at, buffer[:n])
		}
		if err != nil || t.seen.TooMuch {
			t.seen.EndedAt, t.seen.State = at, Open
			if err != nil {
				t.seen.State = stateOf(err)
			}
			t.read(t.seen.State != Open)
			t.seen.Rest = len(t.seen.Received) - t.whole
			t.mu.Unlock()
			return
		}
		t.read(false)
		t.mu.Unlock()
		select {
		case t.news <- struct{}{}:
		default:
		}
	}
}

func (t *talk) arrived(at time.Duration, b []byte) {
	t.seen.Received = append(t.seen.Received, b...)
	if len(t.seen.Arrivals) == mostArrivals {
		t.seen.Arrivals[mostArrivals-1].Bytes += len(b)
		return
	}
	t.seen.Arrivals = append(t.seen.Arrivals, Arrival{at, len(b)})
}

// read takes the whole answers out of what was received. ended tells that no
// more bytes will come.
func (t *talk) read(ended bool) {
	for t.seen.Malformed == "" && len(t.seen.Answers) < mostAnswers && t.whole < len(t.seen.Received) {
		a, n, err := Read(t.seen.Received[t.whole:], t.script.method(len(t.seen.Answers)), ended)
		switch {
		case errors.Is(err, ErrMore):
			return
		case err != nil:
			t.seen.Malformed = err.Error()
			return
		}
		a.At = t.since()
		t.whole += n
		t.seen.Answers = append(t.seen.Answers, a)
	}
}

func (t *talk) answers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.seen.Answers)
}

// send plays the steps; it stops when nobody listens any more.
func (t *talk) send(ctx context.Context) {
	requests := 0
	for _, step := range t.script.Steps {
		if step.Await && !t.await(ctx, func() bool { return t.answers() >= requests }) {
			return
		}
		if step.Pause > 0 && !t.sleep(ctx, step.Pause) {
			return
		}
		n, err := t.conn.Write(step.Bytes)
		requests += step.Requests
		t.mu.Lock()
		t.seen.Sent = append(t.seen.Sent, Sent{At: t.since(), Bytes: n, Err: err})
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
	if half, ok := t.conn.(interface{ CloseWrite() error }); ok && t.script.HalfClose {
		_ = half.CloseWrite() // that it failed shows in what the other side does
	}
}

// await waits until done; false when the conversation is over before.
func (t *talk) await(ctx context.Context, done func() bool) bool {
	for {
		if done() {
			return true
		}
		select {
		case <-t.news:
		case <-t.over:
			return done()
		case <-ctx.Done():
			return false
		}
	}
}

// sleep waits so long; false when the conversation is over before.
func (t *talk) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.over:
		return false
	case <-ctx.Done():
		return false
	}
}
