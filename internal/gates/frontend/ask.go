package frontend

import (
	"context"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/coding"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const (
	// mostFailures without an answer end the asking: each may cost a whole timeout.
	mostFailures = 3
	// mostPauses bounds how often one request is repeated after a 429, longestPause
	// how long each pause is: with them even a strict rate limit ends in time.
	mostPauses   = 5
	longestPause = 10 * time.Second
)

// asker asks for addresses and counts what it sees.
type asker struct {
	b      *lab.Bench
	client *http.Client
	seen   *Served
	folder string
}

// end is how the asking for one path ended.
type end int

const (
	unanswered end = iota
	exact
	differs
	throttled
)

func (a *asker) all(ctx context.Context, addresses []address) {
	for i, addr := range addresses {
		a.b.Progress(i, len(addresses))
		switch a.address(ctx, addr) {
		case exact:
			a.seen.Exact++
		case differs:
			a.seen.Differing++
		case throttled:
			a.seen.Throttled++
			return // the next request would meet the same limit
		case unanswered:
			if a.seen.Unanswered++; a.seen.Unanswered == mostFailures || ctx.Err() != nil {
				return
			}
		}
	}
	a.b.Progress(len(addresses), len(addresses))
}

// address asks for one file, under its further paths only when the first does
// not serve it. The differences of the last path are those that count.
func (a *asker) address(ctx context.Context, addr address) end {
	want := contentOf(a.folder, addr.file)
	var ended end
	var found *Difference
	for _, p := range addr.paths {
		if ended, found = a.forms(ctx, addr, p, want); ended != differs {
			return ended
		}
	}
	if len(a.seen.Differences) < mostNames {
		a.seen.Differences = append(a.seen.Differences, *found)
	}
	return ended
}

// forms asks for a path plain and then in every coded form that the service has:
// each answer's coding is no longer accepted by the next request. So a stale
// file beside a fresh one (app.js.br, app.js.gz) does not hide.
func (a *asker) forms(ctx context.Context, addr address, path string, want content) (end, *Difference) {
	if ended, _, d := a.form(ctx, addr, path, "identity", want); ended != exact {
		return ended, d
	}
	accepted := coding.Known()
	for len(accepted) > 0 {
		ended, coding, d := a.form(ctx, addr, path, strings.Join(accepted, ", "), want)
		i := slices.Index(accepted, coding)
		if ended != exact || i < 0 {
			return ended, d
		}
		accepted = slices.Delete(accepted, i, i+1)
	}
	return exact, nil
}

func (a *asker) form(ctx context.Context, addr address, path, accept string, want content) (end, string, *Difference) {
	header := nethttp.Header{"Accept-Encoding": {accept}, "Accept": {"*/*"}}
	if addr.page {
		header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	}
	answer := a.patiently(ctx, http.Request{Method: nethttp.MethodGet, Path: path, Header: header})
	coding := coding.Of(answer.Header)
	switch {
	case answer.Status == nethttp.StatusTooManyRequests:
		return throttled, coding, nil
	case answer.Err != nil && !(answer.TooBig && want.known): // an endless body is surely not a file that is known
		if len(a.seen.Failures) < mostFailures {
			a.seen.Failures = append(a.seen.Failures, strings.ToValidUTF8(answer.Err.Error(), "�"))
		}
		return unanswered, coding, nil
	}
	if d := want.difference(answer); d != nil {
		d.Path, d.File, d.AcceptEncoding = path, addr.file.Path, accept
		return differs, coding, d
	}
	if a.seen.Codings == nil {
		a.seen.Codings = map[string]int{}
	}
	a.seen.Codings[coding]++
	return exact, coding, nil
}

// patiently sends a request and, told that there were too many, waits as asked
// and sends it again.
func (a *asker) patiently(ctx context.Context, r http.Request) http.Answer {
	for pauses := 0; ; pauses++ {
		a.seen.Requests++
		answer := a.client.Do(ctx, r)
		if answer.Status != nethttp.StatusTooManyRequests || pauses == mostPauses {
			return answer
		}
		select {
		case <-ctx.Done():
			return answer
		case <-time.After(pauseOf(answer.Header)):
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
