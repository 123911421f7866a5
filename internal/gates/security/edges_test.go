package security

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"

	"listo/internal/evidence"
)

// A way around the limit, whom it hits that it should not, and what its refusal lacks:
// each by a twin of its own.
func TestEveryEdgeIsCaught(t *testing.T) {
	onRefusal := func(change func(http.Header)) func(*twin) {
		return func(t *twin) {
			t.harden = func(h http.Header, status int, secured bool) {
				hardened(h, status, secured)
				if status == http.StatusTooManyRequests {
					change(h)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		reason string
		infect func(*twin)
	}{
		"counted by the whole address": {"rewritten", func(t *twin) {
			t.client = func(r *http.Request, user string) string { return user + r.URL.RawQuery }
		}},
		"HEAD is free": {"rewritten", func(t *twin) {
			free := 0
			var mu sync.Mutex
			t.client = func(r *http.Request, user string) string {
				if r.Method != http.MethodHead {
					return user
				}
				mu.Lock()
				defer mu.Unlock()
				free++
				return user + string(rune('a'+free%26))
			}
		}},
		"every other one is let through": {"leaky", func(t *twin) {
			n := 0
			var mu sync.Mutex
			t.client = func(_ *http.Request, user string) string {
				mu.Lock()
				defer mu.Unlock()
				if n++; n > twinRequests+2 && n%2 > 0 { // the other half of a volley is still more than twinRequests
					return user + string(rune(n))
				}
				return user
			}
		}},
		"a 429 without headers": {"bare", onRefusal(func(h http.Header) { h.Del("X-Content-Type-Options") })},
		"a 429 that says go on": {"lying", onRefusal(func(h http.Header) { h.Set("RateLimit", `"api";r=7;t=1`) })},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := beside(t, c.infect)
			if c.reason == "leaky" {
				s.RateLimit.Requests = 3 * twinRequests
			}
			wants(t, rateLimitID, b, evidence.Fail, c.reason)
		})
	}
}

// Preflights and probes pay for nobody: a twin behind a limiter for all.
func TestPreflightsAndProbesAreNotLimited(t *testing.T) {
	for reason, limited := range map[string]func(*http.Request) bool{
		"preflights": func(r *http.Request) bool { return r.Method == http.MethodOptions },
		"probes":     func(r *http.Request) bool { return r.URL.Path == "/readyz" },
	} {
		t.Run(reason, func(t *testing.T) {
			b, _ := beside(t, unchanged)
			base, err := url.Parse(b.Target.Base)
			if err != nil {
				t.Fatal(err)
			}
			inner := httputil.NewSingleHostReverseProxy(base)
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if limited(r) {
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				inner.ServeHTTP(w, r)
			}))
			defer front.Close()
			b.Config.Service.Ready = "/readyz"
			target := b.Target
			target.Base = front.URL
			wants(t, rateLimitID, b.At(target), evidence.Fail, reason)
		})
	}
}

func TestLeft(t *testing.T) {
	for value, want := range map[string]int{`"a";r=0;t=5`: 0, `"a";r=3;t=5, "b";r=1;t=9`: 1, `limit=10, remaining=4, reset=5`: 4, `garbage`: -1} {
		n, said := Edges{Told: map[string][]string{"RateLimit": {value}}}.left()
		if said != (want >= 0) || said && n != want {
			t.Errorf("%s: %d %t", value, n, said)
		}
	}
	if n, said := (Edges{Told: map[string][]string{"X-RateLimit-Remaining": {"0"}}}).left(); n != 0 || !said {
		t.Error("an older field is not read")
	}
	if !slices.Equal(lost(http.Header{policyHeader: {"x"}, "X-Other": {"y"}}, http.Header{}), []string{policyHeader}) {
		t.Error("lost")
	}
}
