package contracts

import (
	"context"
	nethttp "net/http"
	"strconv"
	"strings"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/http"
)

// mostPauses bounds how often one request is repeated after a 429, longestPause
// how long each pause is.
const (
	mostPauses   = 5
	longestPause = 10 * time.Second
)

// sender sends one request after the other and counts them.
type sender struct {
	b         *lab.Bench
	client    *http.Client
	requests  int
	throttled int // answers 429 that were waited out
	// series, when set, takes what is sent into its transcript.
	series *http.Series
}

// quietly records what is sent from here on in one transcript; the function it
// gives ends that.
func (s *sender) quietly(what string) func() {
	series := s.client.Series(what)
	s.series = series
	return func() {
		series.End()
		if s.series == series {
			s.series = nil
		}
	}
}

// shown gives an exchange of a transcript a step of its own: it shows something.
func (s *sender) shown(c call, a http.Answer) {
	if s.series != nil {
		s.series.Promote(c.request(s.b), a)
	}
}

func (s *sender) exchange(ctx context.Context, r http.Request) http.Answer {
	if s.series != nil {
		return s.series.Do(ctx, r)
	}
	return s.client.Do(ctx, r)
}

// send sends a call and, told that there were too many, waits as asked and sends
// it again: a rate limit is no answer to what was asked.
func (s *sender) send(ctx context.Context, c call) http.Answer {
	for pauses := 0; ; pauses++ {
		s.requests++
		a := s.exchange(ctx, c.request(s.b))
		if a.Status != nethttp.StatusTooManyRequests || pauses == mostPauses {
			return a
		}
		s.throttled++
		select {
		case <-ctx.Done():
			return a
		case <-time.After(pauseOf(a.Header)):
		}
	}
}

// pauseOf reads Retry-After in seconds (RFC 9110, 10.2.3); its other form, a
// date, and its absence count as one second.
func pauseOf(h nethttp.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return time.Second
	}
	return min(time.Duration(min(seconds, 3600))*time.Second, longestPause)
}

// line is the curl line of a call, for a page.
func (s *sender) line(c call) string { return clean(s.client.Line(c.request(s.b)), 600) }

// clean makes a text that a stranger wrote fit for an observation: valid UTF-8,
// no longer than most characters.
func clean(text string, most int) string {
	text = strings.ToValidUTF8(text, "�")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
