package wire

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"listo/internal/engine/abuse"
	"listo/internal/engine/wire"
)

// ScriptOf makes a script of an attack on a place.
func ScriptOf(a abuse.Attack, p abuse.Place, patience time.Duration) wire.Script {
	s := wire.Script{Patience: patience, Methods: a.Methods(), Answers: a.Answers()}
	for _, step := range a.Play(p) {
		s.Steps = append(s.Steps, wire.Step(step))
	}
	return s
}

// SeenOf gives a conversation as package abuse judges it, with as much of each
// answer as its judges read.
func SeenOf(c wire.Conversation, mark string) abuse.Seen {
	s := abuse.Seen{State: string(c.State), Bytes: len(c.Received)}
	for _, a := range c.Answers {
		answer := abuse.Answer{Status: a.Status, Body: string(a.Body), Length: len(a.Body), AtMS: float64(a.At.Microseconds()) / 1000}
		for _, f := range a.Header {
			answer.Header = append(answer.Header, abuse.Field(f))
		}
		s.Answers = append(s.Answers, answer.Brief(mark))
	}
	return s
}

// Line gives the line by which a person repeats a plan; secure tells that the
// service speaks TLS. It is what Talk writes down.
func Line(p Plan, secure bool) string { return replay(p, secure) }

// Secure tells that the target speaks TLS.
func (c *Client) Secure() bool { return c.origin.TLS != nil }

// Canary is a listener to which nobody may be led.
type Canary struct {
	listener net.Listener
	hits     atomic.Int64
}

// Listen opens a canary on the loopback; whoever comes is not answered.
func Listen() (*Canary, error) { return listen(func(net.Conn) {}) }

// listen opens a canary that does something with whoever came before it hangs up.
func listen(serve func(net.Conn)) (*Canary, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wire: a canary: %w", err)
	}
	c := &Canary{listener: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // it was closed
			}
			c.hits.Add(1)
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return c, nil
}

// Address is host:port of the canary.
func (c *Canary) Address() string { return c.listener.Addr().String() }

// Hits counts who came so far.
func (c *Canary) Hits() int { return int(c.hits.Load()) }

// Close takes the canary away.
func (c *Canary) Close() { _ = c.listener.Close() }

// Crowd plays one plan n times at once, until the context ends or each is over, and
// records it as one step: the first conversation with its bytes, the others by how
// they ended.
func (c *Client) Crowd(ctx context.Context, p Plan, n int) []wire.Conversation {
	line := fmt.Sprintf("for n in $(seq %d); do (\n%s\n) & done; wait", n, replay(p, c.Secure()))
	touch := c.bench.Touch("wire", line)
	all := make([]wire.Conversation, n)
	var together sync.WaitGroup
	for i := range all {
		together.Go(func() { all[i] = wire.Talk(ctx, c.origin, p.Script) })
	}
	together.Wait()
	counts := map[string]int{}
	for _, t := range all {
		state := string(t.State)
		if t.Err != nil {
			state = "not opened: " + t.Err.Error()
		}
		counts[state]++
	}
	touch.Capture("connections", "text/plain", []byte(fmt.Sprintf("%d connections, by how they ended: %v\n", n, counts)), false)
	if n == 0 {
		touch.End(0, nil)
		return all
	}
	c.keep(touch, p, all[0])
	return all
}
