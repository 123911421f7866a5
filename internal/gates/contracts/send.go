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
}

// send sends a call and, told that there were too many, waits as asked and sends
// it again: a rate limit is no answer to what was asked.
func (s *sender) send(ctx context.Context, c call) http.Answer {
	for pauses := 0; ; pauses++ {
		s.requests++
		a := s.client.Do(ctx, c.request(s.b))
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
