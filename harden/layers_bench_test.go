package harden

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// nowhere is a ResponseWriter that keeps nothing but its headers, so that what is counted is ours.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w *nowhere) WriteHeader(int)             {}

var listing = []byte(`{"items":[],"next":null}`)

func lists(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(listing)
}

func plentiful() Config {
	return Config{
		AccessLog: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Identify:  func(*http.Request) string { return "user 17" },
		Rate:      Rate{Classes: []RateClass{{Name: "api", Prefixes: []string{"/api/"}, Client: Quota{1 << 30, time.Hour}, User: Quota{1 << 30, time.Hour}}}},
	}
}

// BenchmarkLayer measures each cure around an application that only writes, and all of them together.
func BenchmarkLayer(b *testing.B) {
	c := plentiful()
	without := c
	without.AccessLog = nil
	onlyClient := c
	onlyClient.Identify = nil
	observe, rate, shed, compress := newObserver(c), newRateLimit(c), newShedder(Shed{}), newCompressor(Compress{})
	bare := http.Handler(http.HandlerFunc(lists))
	for _, layer := range []struct {
		name string
		h    http.Handler
	}{
		{"none", bare},
		{"metrics", newObserver(without).wrap(bare)},
		{"metrics+log", observe.wrap(bare)},
		{"ratelimit/client", newRateLimit(onlyClient).wrap(bare)},
		{"ratelimit/client+user", rate.wrap(bare)},
		{"shed", shed.wrap(bare)},
		{"compress/short", compress.wrap(bare)},
		{"health", newHealth(Health{Public: true}).wrap(bare)},
		{"all", observe.wrap(newHealth(Health{Public: true}).wrap(shed.wrap(rate.wrap(compress.wrap(bare)))))},
	} {
		b.Run(layer.name, func(b *testing.B) {
			w := &nowhere{header: http.Header{}}
			r := request("GET", "/api/gastos?empresaId=1", "192.0.2.1")
			r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
			e := Of(r)
			b.ReportAllocs()
			for b.Loop() {
				*e = Exchange{ID: e.ID, Client: e.Client, API: true}
				clear(w.header)
				layer.h.ServeHTTP(w, r)
			}
		})
	}
}

// The allocations of these cures together are part of the package's budget of 15 a request; this is their share.
func TestAllocations(t *testing.T) {
	const most = 11
	c := plentiful()
	h := newObserver(c).wrap(newHealth(Health{Public: true}).wrap(newShedder(Shed{}).wrap(newRateLimit(c).wrap(newCompressor(Compress{}).wrap(http.HandlerFunc(lists))))))
	w, r := &nowhere{header: http.Header{}}, request("GET", "/api/gastos", "192.0.2.1")
	r.Header.Set("Accept-Encoding", "gzip")
	e := Of(r)
	got := testing.AllocsPerRun(1000, func() {
		*e = Exchange{ID: e.ID, Client: e.Client, API: true}
		clear(w.header)
		h.ServeHTTP(w, r)
	})
	t.Logf("%.0f allocations", got)
	if got > most && !raced {
		t.Errorf("%.0f allocations a request, at most %d are ours", got, most)
	}
}

func BenchmarkLimiter(b *testing.B) {
	l, q := NewLimiter(0, time.Now()), Quota{1 << 30, time.Hour}
	b.Run("one key", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				_, _ = l.Take(context.Background(), "client", q, time.Now())
			}
		})
	})
	b.Run("a flood of new keys in a full house", func(b *testing.B) {
		var key [32]byte
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			l.take(fmt.Appendf(key[:0], "%d", i), q, time.Now())
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	page := []byte(long)
	for _, accept := range []string{"gzip", "zstd"} {
		b.Run(accept, func(b *testing.B) {
			h := newCompressor(Compress{}).wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = jsonType
				_, _ = w.Write(page)
			}))
			w, r := &nowhere{header: http.Header{}}, request("GET", "/", "")
			r.Header.Set("Accept-Encoding", accept)
			b.ReportAllocs()
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkRefused(b *testing.B) {
	c := plentiful()
	c.Rate.Classes[0].Client = Quota{1, 1000 * time.Hour}
	h := newRateLimit(c).wrap(http.HandlerFunc(lists))
	w, r := httptest.NewRecorder(), request("GET", "/api/x", "192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		w.Body.Reset()
		h.ServeHTTP(w, r)
	}
}
