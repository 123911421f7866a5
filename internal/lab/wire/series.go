package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"listo/internal/engine/wire"
	"listo/internal/lab"
)

// keptOfSeries is how many bytes of an answer the transcript of a series keeps. A
// longer one is left out as a whole: half of it might end in half a secret, which
// no redactor knows.
const keptOfSeries = 2 << 10

// Series is many conversations, one after the other, that are recorded as one step
// with a transcript. One that shows something gets a step of its own by Promote.
type Series struct {
	client *Client
	touch  *lab.Touch
	lines  bytes.Buffer
	held   int
}

// told is one conversation in the transcript of a series.
type told struct {
	N        int     `json:"n"`
	Name     string  `json:"name"`
	Line     string  `json:"line"`
	TookMS   float64 `json:"took_ms"`
	Answers  []int   `json:"answers"`
	Bytes    int     `json:"bytes"`
	Received string  `json:"received,omitempty"`
	State    string  `json:"state"`
	Err      string  `json:"err,omitempty"`
}

// Series begins a series; what says in a few words what it is for.
func (c *Client) Series(what string) *Series {
	return &Series{client: c, touch: c.bench.Touch("wire", "# "+what+": one line per conversation stands in the transcript")}
}

// Line is the replay line of a plan, as it stands in the record.
func (c *Client) Line(p Plan) string { return c.bench.Redact(replay(p, c.origin.TLS != nil)) }

// Talk plays one script of the series; name says which in the transcript.
func (s *Series) Talk(ctx context.Context, name string, p Plan) wire.Conversation {
	t := wire.Talk(ctx, s.client.origin, p.Script)
	s.held++
	line := told{N: s.held, Name: name, Line: s.client.Line(p), TookMS: lab.Milliseconds(t.EndedAt), Answers: []int{}, Bytes: len(t.Received), State: string(t.State)}
	for _, a := range t.Answers {
		line.Answers = append(line.Answers, a.Status)
	}
	if len(t.Received) <= keptOfSeries {
		line.Received = strings.ToValidUTF8(string(t.Received), "�")
	}
	if t.Err != nil {
		line.Err = t.Err.Error()
	}
	enc := json.NewEncoder(&s.lines)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(line) // a bytes.Buffer takes everything
	return t
}

// Promote records one conversation of the series as a step of its own, with all
// that was sent and received.
func (s *Series) Promote(p Plan, t wire.Conversation) {
	s.client.keep(s.client.bench.Touch("wire", replay(p, s.client.origin.TLS != nil)), p, t)
}

// End records the series. A series in which nothing was said leaves no step.
func (s *Series) End() {
	if s.held == 0 {
		return
	}
	s.touch.Capture(fmt.Sprintf("transcript of %d conversations", s.held), "application/jsonl", s.lines.Bytes(), true)
	s.touch.End(0, nil)
}
