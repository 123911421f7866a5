package http

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"listo/internal/lab"
)

// keptOfSeries is the longest body that the transcript of a series keeps, in
// bytes. A longer one is left out as a whole: half of it might end in half a
// secret, which no redactor knows.
const keptOfSeries = 1 << 10

// Series is many requests, one after the other, that are recorded as one step
// with a transcript: a request of hundreds is not worth a page of its own, unless
// it shows something. Then Promote gives it one.
type Series struct {
	client *Client
	touch  *lab.Touch
	lines  bytes.Buffer
	sent   int
}

// told is one exchange in the transcript of a series.
type told struct {
	N      int     `json:"n"`
	Line   string  `json:"line"`
	TookMS float64 `json:"took_ms"`
	Status int     `json:"status"`
	Media  string  `json:"media,omitempty"`
	Bytes  int     `json:"bytes"`
	Body   string  `json:"body,omitempty"`
	Err    string  `json:"err,omitempty"`
}

// Series begins a series; what says in a few words what it is for.
func (c *Client) Series(what string) *Series {
	return &Series{client: c, touch: c.bench.Touch("http", "# "+what+": one curl line per exchange stands in the transcript")}
}

// Do sends one request of the series.
func (s *Series) Do(ctx context.Context, r Request) Answer {
	a := s.client.send(ctx, r, MaxBody)
	if r.Secretive {
		s.client.learnAnswer(a)
	}
	s.sent++
	line := told{N: s.sent, Line: s.client.Line(r), TookMS: lab.Milliseconds(a.Took), Status: a.Status, Media: a.Header.Get("Content-Type"), Bytes: a.Size}
	if len(a.Body) <= keptOfSeries {
		line.Body = strings.ToValidUTF8(string(a.Body), "�")
	}
	if a.Err != nil {
		line.Err = a.Err.Error()
	}
	enc := json.NewEncoder(&s.lines)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(line) // a bytes.Buffer takes everything
	return a
}

// Promote records one exchange of the series as a step of its own, with its raw
// answer.
func (s *Series) Promote(r Request, a Answer) {
	keep(s.client.bench.Touch("http", s.client.Replay(r)), a)
}

// End records the series. A series in which nothing was sent leaves no step.
func (s *Series) End() {
	if s.sent == 0 {
		return
	}
	s.touch.Capture(fmt.Sprintf("transcript of %d exchanges", s.sent), "application/jsonl", s.lines.Bytes(), true)
	s.touch.End(0, nil)
}
