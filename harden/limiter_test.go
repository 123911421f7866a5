package harden

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var start = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

func take(t *testing.T, l Limiter, key string, q Quota, now time.Time) Decision {
	t.Helper()
	d, err := l.Take(t.Context(), key, q, now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestQuotaThenExactWait(t *testing.T) {
	l, q := NewLimiter(10, start), Quota{Requests: 60, Window: time.Minute}
	for i := range 60 {
		if d := take(t, l, "a", q, start); !d.Allowed || d.Remaining != 59-i || d.Reset != time.Duration(i+1)*time.Second {
			t.Fatalf("request %d of the quota: %+v", i+1, d)
		}
	}
	now := start.Add(300 * time.Millisecond)
	d := take(t, l, "a", q, now)
	if d.Allowed || d.RetryAfter != 700*time.Millisecond || d.Reset != 59700*time.Millisecond {
		t.Errorf("after the quota: %+v", d)
	}
	if !take(t, l, "b", q, now).Allowed {
		t.Error("one key pays for another")
	}
	if take(t, l, "a", q, now.Add(d.RetryAfter-1)).Allowed {
		t.Error("allowed a nanosecond too early")
	}
	if !take(t, l, "a", q, now.Add(d.RetryAfter)).Allowed {
		t.Error("refused after the wait it was told")
	}
	if take(t, l, "a", q, now.Add(d.RetryAfter)).Allowed {
		t.Error("the wait gave more than one request")
	}
}

// R5: there is no edge at which a quota could be spent twice.
func TestNoEdgeOfAWindow(t *testing.T) {
	for _, offset := range []time.Duration{0, time.Second - 1, time.Second, 59 * time.Second, time.Minute - 1} {
		l, q := NewLimiter(10, start), Quota{Requests: 100, Window: time.Minute}
		passed := 0
		for _, at := range []time.Duration{offset - time.Millisecond, offset + time.Millisecond} {
			for range 100 {
				if take(t, l, "a", q, start.Add(at)).Allowed {
					passed++
				}
			}
		}
		if passed != 100 {
			t.Errorf("%d of 200 passed around %s", passed, offset)
		}
	}
}

// FuzzQuota holds the arithmetic against a bucket that is counted in whole requests and fractions, at random moments.
func FuzzQuota(f *testing.F) {
	f.Add(uint64(1), 3, int64(time.Second))
	f.Add(uint64(2), 7, int64(10))
	f.Add(uint64(3), 1000, int64(time.Hour))
	f.Add(uint64(4), 1, int64(time.Nanosecond))
	f.Fuzz(func(t *testing.T, seed uint64, requests int, window int64) {
		if requests < 1 || requests > 1e6 || window < 1 || window > int64(1000*time.Hour) {
			t.Skip()
		}
		random := rand.New(rand.NewPCG(seed, 0))
		q := Quota{Requests: requests, Window: time.Duration(window)}
		l, now := NewLimiter(10, start), start
		each := int64(q.pace().each)
		left, updated := int64(requests)*each, now // the oracle: nanoseconds in the bucket
		for range 200 {
			now = now.Add(time.Duration(random.Int64N(2*each + 1)))
			left = min(left+int64(now.Sub(updated)), int64(requests)*each)
			updated = now
			d := take(t, l, "k", q, now)
			if d.Allowed != (left >= each) {
				t.Fatalf("%v with %d of %d ns left", d, left, each)
			}
			if !d.Allowed {
				if int64(d.RetryAfter) != each-left {
					t.Fatalf("wait %d, want %d", d.RetryAfter, each-left)
				}
				continue
			}
			left -= each
			if d.Remaining != int(left/each) || int64(d.Reset) != int64(requests)*each-left {
				t.Fatalf("%+v with %d left", d, left)
			}
		}
	})
}

func TestConcurrentTriesPassTheQuotaAndNoMore(t *testing.T) {
	const tries, quota = 10_000, 100
	l, q := NewLimiter(0, start), Quota{Requests: quota, Window: time.Hour}
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range tries / 50 {
				if d, err := l.Take(t.Context(), "one client", q, start); err == nil && d.Allowed {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != quota {
		t.Errorf("%d of %d tries passed a quota of %d", passed.Load(), tries, quota)
	}
}

// What is blocked stays blocked until its time, whoever else turns up: a million strangers do not wash one key out.
func TestEvictionNeverResetsABlockedKey(t *testing.T) {
	for _, keys := range []int{1, 2, 100, 5000} {
		l, q := NewLimiter(keys, start), Quota{Requests: 10, Window: time.Minute}
		for range 10 {
			take(t, l, "blocked", q, start)
		}
		for i := range 100_000 {
			take(t, l, fmt.Sprint("stranger ", i), q, start)
		}
		if d := take(t, l, "blocked", q, start); d.Allowed || d.RetryAfter != 6*time.Second {
			t.Errorf("with room for %d keys a blocked one was washed out: %+v", keys, d)
		}
		if held := l.keysHeld(); held > keys {
			t.Errorf("%d keys are held, the bound is %d", held, keys)
		}
		if d := take(t, l, "blocked", q, start.Add(6*time.Second)); !d.Allowed {
			t.Errorf("with room for %d keys it stays blocked after its time: %+v", keys, d)
		}
	}
}

// Random traffic of more keys than there is room for: no key is ever allowed while an exact count of its own requests says
// that it is blocked, and at most half a quota is ever given back.
func TestEvictionUnderRandomTraffic(t *testing.T) {
	const keys, room = 400, 64
	random := rand.New(rand.NewPCG(1, 2))
	l, now := NewLimiter(room, start), start
	quotas := []Quota{{Requests: 4, Window: time.Minute}, {Requests: 40, Window: 10 * time.Second}, {Requests: 2, Window: time.Hour}}
	blocked := map[string]time.Time{}
	refused := 0
	for range 200_000 {
		now = now.Add(time.Duration(random.Int64N(int64(20 * time.Millisecond))))
		n := int(random.ExpFloat64()*keys/8) % keys // a few keys ask for most
		key, q := fmt.Sprint(n), quotas[n%len(quotas)]
		_, own := l.shards[0].keys[key]
		d := take(t, l, key, q, now)
		if until, ok := blocked[key]; ok && d.Allowed && now.Before(until) {
			t.Fatalf("key %s was blocked for %s more and passed", key, until.Sub(now))
		}
		if _, still := l.shards[0].keys[key]; own && still && !d.Allowed { // its own bucket, not the crowd's
			blocked[key] = now.Add(d.RetryAfter)
			refused++
		}
		if held := l.keysHeld(); held > room {
			t.Fatalf("%d keys", held)
		}
	}
	if refused < 1000 {
		t.Errorf("only %d refusals: nothing was tried", refused)
	}
}

func TestNewcomersShareAQuotaWhenAllKeysAreBlocked(t *testing.T) {
	l, q := NewLimiter(3, start), Quota{Requests: 4, Window: 4 * time.Second}
	for _, key := range []string{"a", "b", "c"} {
		for range 4 {
			take(t, l, key, q, start)
		}
	}
	passed := 0
	for i := range 100 {
		if take(t, l, fmt.Sprint("new ", i), q, start).Allowed {
			passed++
		}
	}
	if passed != 4 {
		t.Errorf("%d newcomers passed, their common quota is 4", passed)
	}
	if !take(t, l, "late", q, start.Add(4*time.Second)).Allowed || l.keysHeld() > 3 {
		t.Errorf("no room after the old keys are whole: %d held", l.keysHeld())
	}
}

// R3: a million addresses of one /64 are one bucket, a million networks are bounded memory.
func TestAMillionAddresses(t *testing.T) {
	l, q := NewLimiter(0, start), Quota{Requests: 5, Window: time.Minute}
	address := netip.MustParseAddr("2001:db8:1:2::").As16()
	passed := 0
	for i := range 1_000_000 {
		address[15], address[14], address[13] = byte(i), byte(i>>8), byte(i>>16)
		if l.take(clientKey(nil, "api-client", netip.AddrFrom16(address)), q, start).Allowed {
			passed++
		}
	}
	if passed != 5 || l.keysHeld() != 1 {
		t.Errorf("%d passed under %d keys", passed, l.keysHeld())
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 1_000_000 {
		address[5], address[6], address[7] = byte(i), byte(i>>8), byte(i>>16)
		l.take(clientKey(nil, "api-client", netip.AddrFrom16(address)), q, start)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := l.keysHeld(); held > defaultKeys {
		t.Errorf("%d keys are held", held)
	}
	t.Logf("a million networks: %d keys, %d KiB", l.keysHeld(), (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>10)
	runtime.KeepAlive(l)
}

func TestAQuotaOfNothing(t *testing.T) {
	for _, q := range []Quota{{}, {Requests: 1}, {Window: time.Second}, {Requests: -1, Window: time.Second}} {
		if d := take(t, NewLimiter(1, start), "a", q, start); d.Allowed || d.RetryAfter < time.Second {
			t.Errorf("%+v: %+v", q, d)
		}
	}
}
