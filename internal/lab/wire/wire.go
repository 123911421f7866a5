// Package wire is the instrument that talks to the patient byte by byte and
// writes down what was sent, what came back and when.
//
// It is for what no HTTP client lets one do: stop in the middle of a header, wait
// on an idle connection, come from another address. It does not know what the
// patient should do about it.
package wire

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"listo/internal/engine/wire"
	"listo/internal/lab"
)

// keptSent is how many bytes of what was sent are kept; the replay line has all.
const keptSent = 4 << 10

// Client talks to one target.
type Client struct {
	bench  *lab.Bench
	origin wire.Origin
}

// On gives a client for the bench's target.
func On(b *lab.Bench) (*Client, error) {
	origin, err := wire.OriginOf(b.Target.Base)
	if err != nil {
		return nil, err
	}
	return &Client{b, origin}, nil
}

// Host gives the value of the Host field for this target.
func (c *Client) Host() string { return c.origin.Address }

// Plan is a script and how it is shown.
type Plan struct {
	wire.Script
	// Variables are values in the script that stand as $NAME in the replay line.
	Variables map[string]string
}

// Talk plays a script and records it as one step.
func (c *Client) Talk(ctx context.Context, p Plan) wire.Conversation {
	touch := c.bench.Touch("wire", replay(p, c.origin.TLS != nil))
	t := wire.Talk(ctx, c.origin, p.Script)
	c.keep(touch, p, t)
	return t
}

func (c *Client) keep(touch *lab.Touch, p Plan, t wire.Conversation) {
	if t.Err != nil {
		touch.End(0, lab.Unreachable{What: "wire: " + c.origin.Address, Err: t.Err})
		return
	}
	var sent bytes.Buffer
	for i, s := range t.Sent {
		sent.Write(p.Steps[i].Bytes[:s.Bytes])
	}
	if all := sent.Bytes(); len(all) > keptSent {
		touch.CaptureCut("sent", "message/http", all[:keptSent], int64(len(all)-keptSent), false)
	} else if len(all) > 0 {
		touch.Capture("sent", "message/http", all, false)
	}
	switch {
	case t.TooMuch:
		touch.CaptureCut("received", "message/http", t.Received, -1, true)
	case len(t.Received) > 0:
		touch.Capture("received", "message/http", t.Received, true)
	}
	touch.Capture("timeline", "text/plain", []byte(timeline(t)), false)
	status := 0
	if n := len(t.Answers); n > 0 {
		status = t.Answers[n-1].Status
	}
	touch.End(status, nil)
}

// timeline tells what happened when, in seconds since the connection stood.
func timeline(t wire.Conversation) string {
	type event struct {
		at   time.Duration
		text string
	}
	events := []event{{0, "connected from " + t.Local}}
	sent, came := t.Sent, t.Arrivals
	for len(sent) > 0 || len(came) > 0 {
		if len(came) == 0 || len(sent) > 0 && sent[0].At <= came[0].At {
			text := fmt.Sprintf("sent %d bytes", sent[0].Bytes)
			if sent[0].Err != nil {
				text += ", no more were taken"
			}
			events, sent = append(events, event{sent[0].At, text}), sent[1:]
			continue
		}
		events, came = append(events, event{came[0].At, fmt.Sprintf("received %d bytes", came[0].Bytes)}), came[1:]
	}
	end := map[wire.State]string{wire.Closed: "closed by the other side", wire.Reset: "reset by the other side", wire.Open: "still open; the watching ended"}[t.State]
	events = append(events, event{t.EndedAt, end})
	var out strings.Builder
	for _, e := range events {
		fmt.Fprintf(&out, "%9.3f s  %s\n", e.at.Seconds(), e.text)
	}
	return out.String()
}
