package harden

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

const (
	defaultKeys = 1 << 16
	mostShards  = 64
	// keysOfAShard is how many keys make another shard worth its lock.
	keysOfAShard = 256
)

// MemoryLimiter counts requests in the memory of this process. It is exact: of any number of concurrent tries it lets
// through what the quota says and not one more. A quota may be spent at once and grows back evenly (GCRA), so there is no
// edge of a window at which it could be spent twice.
//
// Its memory is bounded. A key whose quota is whole again is forgotten, which changes nothing. When all keys are in use, the
// one that is whole soonest makes room, but never one that has spent more than half of its quota: whoever is refused, or close
// to it, stays so however many other keys turn up. If nobody may go, newcomers share one quota until somebody is whole.
type MemoryLimiter struct {
	start  time.Time
	most   int // keys of one shard
	seed   maphash.Seed
	shards []shard
}

// shard is a part of the keys under a lock of its own.
type shard struct {
	mu    sync.Mutex
	keys  map[string]*bucket
	order soonest
	crowd map[Quota]*bucket // of newcomers, when there is no room for more keys
	_     [64]byte          // shards do not share a cache line
}

// bucket is the state of one key.
type bucket struct {
	key   string
	whole time.Duration // since start: when nothing of the quota is spent any more
	half  time.Duration // in which half of the quota grows back
	at    int           // its place in the order
}

// NewLimiter returns a Limiter for at most keys keys at one time; 0 is 65,536, which take some 12 MB. Start is any moment of
// the clock by which Take will be told the time; if that is time.Now, setting the machine's clock changes no quota.
func NewLimiter(keys int, start time.Time) *MemoryLimiter {
	if keys <= 0 {
		keys = defaultKeys
	}
	shards := 1
	for shards < mostShards && shards*keysOfAShard < keys {
		shards *= 2
	}
	l := &MemoryLimiter{start: start, most: max(keys/shards, 1), seed: maphash.MakeSeed(), shards: make([]shard, shards)}
	for i := range l.shards {
		l.shards[i].keys = map[string]*bucket{}
		l.shards[i].crowd = map[Quota]*bucket{}
	}
	return l
}

// Take implements Limiter; it never fails. A quota of nothing lets nothing through.
func (l *MemoryLimiter) Take(_ context.Context, key string, q Quota, now time.Time) (Decision, error) {
	return l.take([]byte(key), q, now), nil
}

// take is Take without a string: to look a key up costs no memory.
func (l *MemoryLimiter) take(key []byte, q Quota, now time.Time) Decision {
	if !q.limits() {
		return Decision{RetryAfter: max(q.Window, time.Second)}
	}
	p, t := q.pace(), now.Sub(l.start)
	s := &l.shards[maphash.Bytes(l.seed, key)&uint64(len(l.shards)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.keys[string(key)]
	if !known {
		b = s.admit(key, q, p, t, l.most)
	}
	d := p.spend(&b.whole, t)
	if b.at >= 0 {
		s.order.later(b.at)
	}
	return d
}

// admit makes room for key and gives its bucket, or that of the crowd.
func (s *shard) admit(key []byte, q Quota, p pace, now time.Duration, most int) *bucket {
	// Two go for one that comes: what is whole again does not pile up.
	for range 2 {
		if first := s.order.first(); first != nil && first.whole <= now {
			s.forget(first)
		}
	}
	if len(s.keys) >= most {
		first := s.order.first()
		if first.whole-now > first.half {
			return s.crowded(q, now)
		}
		s.forget(first)
	}
	b := &bucket{key: string(key), whole: now, half: p.all / 2}
	s.keys[b.key] = b
	s.order.add(b)
	return b
}

func (s *shard) forget(b *bucket) {
	delete(s.keys, b.key)
	s.order.dropFirst()
}

// crowded gives the bucket of all who find no room. It is in no order: it is never forgotten, and there are only as many as
// there are different quotas.
func (s *shard) crowded(q Quota, now time.Duration) *bucket {
	b, ok := s.crowd[q]
	if !ok {
		b = &bucket{whole: now, at: -1}
		s.crowd[q] = b
	}
	return b
}

// keysHeld counts the keys that are remembered.
func (l *MemoryLimiter) keysHeld() (n int) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += len(s.keys)
		s.mu.Unlock()
	}
	return n
}
