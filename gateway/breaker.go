package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// breaker leaves a service alone that failed several times in a row: who waits for it only to fail holds a place that others need, and a
// service that is coming back is not helped by a crowd. After a while one request may try; its success closes the breaker.
//
// Failures are those of the connection: refused, reset, garbage, too slow. A service that answers, be it 500, is there.
type breaker struct {
	failures int
	open     time.Duration
	now      func() time.Time

	mu    sync.Mutex
	row   int       // failures without a success between
	until time.Time // open until then; zero when closed
	probe bool      // a request is trying
}

func newBreaker(c Breaker, now func() time.Time) *breaker {
	return &breaker{failures: c.Failures, open: c.Open, now: now}
}

// openError refuses a request because the breaker is open.
type openError struct{ retry time.Duration }

func (e *openError) Error() string {
	return fmt.Sprintf("upstream: it failed several times in a row: it is tried again in %v", e.retry)
}

// outcome is what became of a request.
type outcome int

const (
	answered outcome = iota
	failed
	unknown // the client went away first
)

// admit lets a request through, or says how long to wait; probe is whether it is the one that tries. Whoever is admitted must leave.
func (b *breaker) admit() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch left := b.until.Sub(b.now()); {
	case b.until.IsZero():
		return false, nil
	case left > 0:
		return false, &openError{left}
	case b.probe:
		return false, &openError{time.Second}
	}
	b.probe = true
	return true, nil
}

// leave tells what became of the request. Only the probe's word counts while the breaker is open: older requests that end late know
// nothing of now.
func (b *breaker) leave(o outcome, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probe = false
	} else if !b.until.IsZero() {
		return
	}
	switch o {
	case answered:
		b.row, b.until = 0, time.Time{}
	case failed:
		if b.row++; b.row >= b.failures {
			b.until = b.now().Add(b.open)
		}
	case unknown:
	}
}

// state is 0 closed, 1 half-open, 2 open.
func (b *breaker) state() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return 0
	case b.until.After(b.now()):
		return 2
	}
	return 1
}

// guardedTrip asks the breaker before each request.
type guardedTrip struct {
	next    http.RoundTripper
	breaker *breaker
	counts  *counts
}

func (g *guardedTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	probe, err := g.breaker.admit()
	if err != nil {
		g.counts.failed("open")
		return nil, err
	}
	res, err := g.next.RoundTrip(r)
	switch {
	case err == nil:
		g.breaker.leave(answered, probe)
	case errors.Is(r.Context().Err(), context.Canceled):
		g.breaker.leave(unknown, probe)
	default:
		g.counts.failed(reason(err))
		g.breaker.leave(failed, probe)
	}
	return res, err
}
