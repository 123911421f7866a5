// Package ratelimit is a token bucket per key, with bounded memory.
//
// It does not know what a key stands for.
package ratelimit

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter holds one bucket per key. It is safe for concurrent use.
type Limiter struct {
	perSecond rate.Limit
	burst     int
	most      int

	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, the most recently used first
}

type bucket struct {
	key    string
	tokens *rate.Limiter
}

// New returns a Limiter that lets perSecond requests through, burst at once, for
// each of at most most keys. Past that the key that was silent longest is forgotten.
func New(perSecond float64, burst, most int) *Limiter {
	return &Limiter{
		perSecond: rate.Limit(perSecond), burst: burst, most: most,
		buckets: make(map[string]*list.Element), recent: list.New(),
	}
}

// Allow takes a token of key's bucket. Without one it returns how long to wait for it.
func (l *Limiter) Allow(key string, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	reservation := l.bucket(key).tokens.ReserveN(now, 1)
	wait = reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}

func (l *Limiter) bucket(key string) *bucket {
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if l.recent.Len() >= l.most {
		oldest := l.recent.Back()
		l.recent.Remove(oldest)
		delete(l.buckets, oldest.Value.(*bucket).key)
	}
	b := &bucket{key: key, tokens: rate.NewLimiter(l.perSecond, l.burst)}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}
