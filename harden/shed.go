package harden

import (
	"net/http"
	"sync/atomic"
	"time"
)

const (
	shedCure        = "shed"
	defaultInFlight = 512
	// shedRetry is when a refused client may try again: what is full now has turned over many times by then.
	shedRetry = time.Second
)

// shedder lets a fixed number of requests into the application. What comes on top is refused at once: a queue that grows
// makes everybody late and nobody served. Requests that last (event streams, WebSockets) take room as long as they last.
type shedder struct {
	room    chan struct{} // holds a token for each request inside
	wait    time.Duration
	waiting atomic.Int64
}

func newShedder(s Shed) *shedder {
	if s.InFlight <= 0 {
		s.InFlight = defaultInFlight
	}
	return &shedder{room: make(chan struct{}, s.InFlight), wait: s.Wait}
}

func (s *shedder) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter(r) {
			Problem{Status: http.StatusServiceUnavailable, Detail: "the service is at its limit: try again as Retry-After says",
				Cure: shedCure, RetryAfter: shedRetry}.Write(w, r)
			return
		}
		defer func() { <-s.room }()
		next.ServeHTTP(w, r)
	})
}

func (s *shedder) enter(r *http.Request) bool {
	select {
	case s.room <- struct{}{}:
		return true
	default:
	}
	// As many may wait as may be inside: beyond that waiting is only another way to be refused.
	if s.wait <= 0 || s.waiting.Add(1) > int64(cap(s.room)) {
		if s.wait > 0 {
			s.waiting.Add(-1)
		}
		return false
	}
	defer s.waiting.Add(-1)
	patience := time.NewTimer(s.wait)
	defer patience.Stop()
	select {
	case s.room <- struct{}{}:
		return true
	case <-patience.C:
	case <-r.Context().Done():
	}
	return false
}
