package harden

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
)

// clock is a time that only a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// request is one as the outer cures hand it on.
func request(method, target, client string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	e := &Exchange{ID: "request-0001"}
	if client != "" {
		e.Client = netip.MustParseAddr(client)
	}
	return e.with(r)
}

func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, target, client string) *httptest.ResponseRecorder {
	return ask(h, request("GET", target, client))
}

// counted is an application that counts what reaches it.
func counted(hits *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.WriteHeader(http.StatusOK)
	})
}

func limitedTo(c *clock, requests int, window time.Duration) (http.Handler, *atomic.Int64) {
	hits := new(atomic.Int64)
	config := Config{Now: c.Now, Rate: Rate{Classes: []RateClass{{Name: "api", Prefixes: []string{"/api/"}, Client: Quota{requests, window}}}}}
	return newRateLimit(config).wrap(counted(hits)), hits
}

// R1, R11: the quota, one more, and again after Retry-After.
func TestQuotaAndOneMore(t *testing.T) {
	c := newClock()
	h, hits := limitedTo(c, 3, 90*time.Second)
	for i, want := range []string{`"api-client";r=2;t=60`, `"api-client";r=1;t=30`, `"api-client";r=0;t=30`} {
		w := get(h, "/api/x", "192.0.2.1")
		if w.Code != 200 || w.Header().Get("RateLimit") != want || w.Header().Get("RateLimit-Policy") != `"api-client";q=3;w=90` {
			t.Errorf("request %d: %d %v", i+1, w.Code, w.Header())
		}
	}
	c.pass(1500 * time.Millisecond)
	w := get(h, "/api/x", "192.0.2.1")
	if w.Code != 429 || w.Header().Get("Retry-After") != "29" || w.Header().Get("RateLimit") != `"api-client";r=0;t=29` ||
		w.Header().Get("Content-Type") != ProblemType || !strings.Contains(w.Body.String(), `"requestId":"request-0001"`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if hits.Load() != 3 {
		t.Errorf("%d requests reached the application", hits.Load())
	}
	c.pass(28 * time.Second)
	if get(h, "/api/x", "192.0.2.1").Code != 429 {
		t.Error("passed a second before Retry-After")
	}
	c.pass(time.Second)
	if get(h, "/api/x", "192.0.2.1").Code != 200 {
		t.Error("refused after Retry-After")
	}
	if len(w.Header().Values("X-RateLimit-Limit")) != 0 {
		t.Error("legacy fields though nobody asked for them")
	}
}

// R2, R3: who a client is cannot be chosen by what he sends, nor within his own network.
func TestWhoIsOneClient(t *testing.T) {
	for name, c := range map[string]struct {
		clients []string
		one     bool
	}{
		"the same":              {[]string{"192.0.2.1", "192.0.2.1"}, true},
		"two":                   {[]string{"192.0.2.1", "192.0.2.2"}, false},
		"mapped is IPv4":        {[]string{"192.0.2.1", "::ffff:192.0.2.1"}, true},
		"one /64":               {[]string{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"}, true},
		"two /64":               {[]string{"2001:db8:0:1::1", "2001:db8:0:2::1"}, false},
		"a zone changes naught": {[]string{"fe80::1%eth0", "fe80::1%eth1"}, true},
		"none has an address":   {[]string{"", ""}, true},
	} {
		h, _ := limitedTo(newClock(), 1, time.Minute)
		first, second := get(h, "/api/x", c.clients[0]), get(h, "/api/x", c.clients[1])
		if first.Code != 200 || (second.Code == 429) != c.one {
			t.Errorf("%s: %d, then %d", name, first.Code, second.Code)
		}
	}
	h, _ := limitedTo(newClock(), 1, time.Minute)
	for i := range 20 {
		r := request("GET", "/api/x", "192.0.2.1")
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		r.Header.Set("X-Real-IP", fmt.Sprintf("198.51.100.%d", i))
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:1", i)
		if w := ask(h, r); (w.Code == 429) != (i > 0) {
			t.Errorf("request %d with another X-Forwarded-For: %d", i+1, w.Code)
		}
	}
}

// R4, over real connections.
func TestConcurrentBurst(t *testing.T) {
	const quota = 50
	c := newClock()
	h, hits := limitedTo(c, quota, time.Hour)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, (&Exchange{Client: netip.MustParseAddr("192.0.2.1")}).with(r))
	}))
	defer server.Close()
	var passed, refused atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range quota / 2 {
				response, err := http.Get(server.URL + "/api/x")
				if err != nil {
					t.Error(err)
					return
				}
				_ = response.Body.Close()
				switch response.StatusCode {
				case 200:
					passed.Add(1)
				case 429:
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != quota || hits.Load() != quota || refused.Load() != 9*quota {
		t.Errorf("%d passed, %d reached the application, %d refused", passed.Load(), hits.Load(), refused.Load())
	}
}

// R6: however a path is written, it counts in its class.
func TestVariantsCountInOneClass(t *testing.T) {
	config := Config{Now: newClock().Now, Rate: Rate{Classes: []RateClass{
		{Name: "login", Prefixes: []string{"/api/login"}, Methods: []string{"GET", "POST"}, Client: Quota{1, time.Hour}},
		{Name: "rest", Client: Quota{1000, time.Hour}},
	}}}
	variants := []string{"POST /api/login", "POST /API/LOGIN", "POST /api/login/", "POST //api//login", "POST /api/login?x=1", "POST /api/login;x=1",
		"POST /api/%6cogin", `POST /api\login`, "HEAD /api/login", "GET /api/login", "POST /api/login%20", "POST /api/login.json"}
	for _, first := range variants {
		for _, second := range variants {
			h := newRateLimit(config).wrap(counted(new(atomic.Int64)))
			for i, variant := range []string{first, second} {
				method, target, _ := strings.Cut(variant, " ")
				if w := ask(h, request(method, target, "192.0.2.1")); (w.Code == 429) != (i == 1) {
					t.Errorf("%s after %s: %d", variant, first, w.Code)
				}
			}
		}
	}
	h := newRateLimit(config).wrap(counted(new(atomic.Int64)))
	for _, other := range []string{"POST /api/login", "PUT /api/login", "GET /api/logi", "GET /"} {
		method, target, _ := strings.Cut(other, " ")
		if w := ask(h, request(method, target, "192.0.2.1")); w.Code != 200 {
			t.Errorf("%s pays for others: %d", other, w.Code)
		}
	}
}

func TestUnder(t *testing.T) {
	for _, c := range []struct {
		path, prefix string
		want         bool
	}{
		{"/api", "/api/", true}, {"/api/", "/api/", true}, {"/api/x", "/api/", true}, {"/Api/x", "/api/", true}, {"//api/x", "/api/", true},
		{"/apix", "/api/", false}, {"/ap", "/api/", false}, {"", "/api/", false}, {"", "/", true}, {"/x", "/", true}, {"/x", "", true},
		{"/api//x", "/api/x", true}, {"/api/x", "/api/y", false}, {"/x/api/", "/api/", false}, {"*", "/", false},
	} {
		if under(c.path, c.prefix) != c.want {
			t.Errorf("%q under %q: %v", c.path, c.prefix, !c.want)
		}
	}
}

// What a principal may ask is counted whatever address he asks from, and not for others.
func TestPrincipals(t *testing.T) {
	identified := 0
	config := Config{Now: newClock().Now, Identify: func(r *http.Request) string { identified++; return r.Header.Get("X-Test-User") },
		Rate: Rate{Legacy: true, Classes: []RateClass{{Name: "api", Client: Quota{3, time.Minute}, User: Quota{2, 10 * time.Second}}}}}
	h := newRateLimit(config).wrap(counted(new(atomic.Int64)))
	as := func(user, client string) *httptest.ResponseRecorder {
		r := request("GET", "/x", client)
		r.Header.Set("X-Test-User", user)
		return ask(h, r)
	}
	w := as("ana", "192.0.2.1")
	if got := w.Header().Get("RateLimit"); got != `"api-client";r=2;t=40, "api-user";r=1;t=5` {
		t.Errorf("RateLimit: %s", got)
	}
	if got := w.Header().Get("RateLimit-Policy"); got != `"api-client";q=3;w=60, "api-user";q=2;w=10` {
		t.Errorf("RateLimit-Policy: %s", got)
	}
	if h := w.Header(); h.Get("X-RateLimit-Limit") != "2" || h.Get("X-RateLimit-Remaining") != "1" || h.Get("X-RateLimit-Reset") != "5" {
		t.Errorf("legacy: %v", h)
	}
	if as("ana", "192.0.2.2").Code != 200 {
		t.Error("the second is refused")
	}
	w = as("ana", "192.0.2.3")
	if w.Code != 429 || w.Header().Get("RateLimit") != `"api-user";r=0;t=5` || w.Header().Get("Retry-After") != "5" {
		t.Errorf("the third: %d %v", w.Code, w.Header())
	}
	if as("berta", "192.0.2.3").Code != 200 {
		t.Error("another user pays")
	}
	if w = as("", "192.0.2.4"); w.Code != 200 || w.Header().Get("RateLimit-Policy") != `"api-client";q=3;w=60` {
		t.Errorf("nobody: %d %v", w.Code, w.Header())
	}
	for range 3 {
		as("carla", "192.0.2.5")
	}
	before := identified
	if as("dora", "192.0.2.5"); identified != before {
		t.Error("a flood makes us verify tokens")
	}
}

// R9: preflights have a quota of their own.
func TestPreflights(t *testing.T) {
	config := Config{Now: newClock().Now, Rate: Rate{Preflight: Quota{2, time.Minute}, Classes: []RateClass{{Name: "all", Client: Quota{1, time.Minute}}}}}
	l := newRateLimit(config)
	for i := range 3 {
		w := httptest.NewRecorder()
		if ok := l.preflight(w, request("OPTIONS", "/x", "192.0.2.1")); ok != (i < 2) || !ok && (w.Code != 429 || w.Header().Get("Retry-After") != "30") {
			t.Errorf("preflight %d: %v %d %v", i+1, ok, w.Code, w.Header())
		}
	}
	if get(l.wrap(counted(new(atomic.Int64))), "/x", "192.0.2.1").Code != 200 {
		t.Error("preflights spend the quota of requests")
	}
	plain := newRateLimit(Config{Now: newClock().Now})
	for i := range 301 {
		if ok := plain.preflight(httptest.NewRecorder(), request("OPTIONS", "/x", "192.0.2.1")); ok != (i < 300) {
			t.Fatalf("by default preflight %d: %v", i+1, ok)
		}
	}
}

func TestWithoutClassesNothingIsLimited(t *testing.T) {
	h := newRateLimit(Config{Now: newClock().Now}).wrap(counted(new(atomic.Int64)))
	for range 1000 {
		if w := get(h, "/x", "192.0.2.1"); w.Code != 200 || len(w.Header()) != 0 {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
}

// broken is a shared limiter that can fail.
type broken struct {
	*MemoryLimiter
	down  atomic.Bool
	asked atomic.Int64
}

func (b *broken) Take(ctx context.Context, key string, q Quota, now time.Time) (Decision, error) {
	b.asked.Add(1)
	if _, ok := ctx.Deadline(); !ok {
		return Decision{}, errors.New("no deadline")
	}
	if b.down.Load() {
		return Decision{}, errors.New("connection refused")
	}
	return b.MemoryLimiter.Take(ctx, key, q, now)
}

// R10: a shared limiter that dies leaves the policy that was written down, and comes back.
func TestSharedLimiterFails(t *testing.T) {
	for policy, want := range map[string][]int{"": {200, 200, 429}, "local": {200, 200, 429}, "open": {200, 200, 200}, "closed": {503, 503, 503}} {
		c, shared := newClock(), &broken{MemoryLimiter: NewLimiter(0, start)}
		l := newRateLimit(Config{Now: c.Now, Rate: Rate{Limiter: shared, OnFailure: policy, Classes: []RateClass{{Name: "all", Client: Quota{2, time.Minute}}}}})
		h := l.wrap(counted(new(atomic.Int64)))
		if w := get(h, "/x", "192.0.2.1"); w.Code != 200 || w.Header().Get("RateLimit") != `"all-client";r=1;t=30` {
			t.Fatalf("%q: a sound limiter: %d %v", policy, w.Code, w.Header())
		}
		shared.down.Store(true)
		for i, status := range want {
			r := request("GET", "/x", "192.0.2.1")
			w := ask(h, r)
			if w.Code != status || !Of(r).limiterFailed {
				t.Errorf("%q, request %d: %d, failure seen: %v", policy, i+1, w.Code, Of(r).limiterFailed)
			}
			if w.Code >= 400 && (w.Header().Get("Content-Type") != ProblemType || w.Header().Get("Retry-After") == "") {
				t.Errorf("%q: %v", policy, w.Header())
			}
			if told := w.Header().Get("RateLimit") != ""; told != (policy == "" || policy == "local") {
				t.Errorf("%q tells what nobody knows: %v", policy, w.Header())
			}
		}
		if shared.asked.Load() != 2 {
			t.Errorf("%q: a dead limiter was asked %d times in one moment", policy, shared.asked.Load()-1)
		}
		shared.down.Store(false)
		c.pass(limiterRest)
		r := request("GET", "/x", "192.0.2.1")
		if w := ask(h, r); w.Code != 200 || Of(r).limiterFailed {
			t.Errorf("%q: it does not come back: %d", policy, w.Code)
		}
	}
}

// The fields are what a parser of structured fields reads, whatever the name of a class is.
func TestFieldsAreStructured(t *testing.T) {
	for _, name := range []string{"api", `quote " and \ back`, "with, comma; and semicolon", "ñandú\r\nX: y"} {
		config := Config{Now: newClock().Now, Identify: func(*http.Request) string { return "ana" },
			Rate: Rate{Classes: []RateClass{{Name: name, Client: Quota{7, time.Hour}, User: Quota{5, 1500 * time.Millisecond}}}}}
		w := get(newRateLimit(config).wrap(counted(new(atomic.Int64))), "/x", "192.0.2.1")
		for field, want := range map[string]string{"Ratelimit-Policy": "q=7 w=3600|q=5 w=-", "Ratelimit": "r=6 t=3086|r=4 t=2"} {
			list, err := httpsfv.UnmarshalList(w.Header().Values(field))
			if err != nil {
				t.Errorf("%s of %q: %v: %q", field, name, err, w.Header().Values(field))
				continue
			}
			if got := parameters(t, list); got != want {
				t.Errorf("%s of %q: %s, want %s", field, name, got, want)
			}
		}
	}
}

func parameters(t *testing.T, list httpsfv.List) string {
	t.Helper()
	var all []string
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		if _, text := item.Value.(string); !ok || !text {
			t.Errorf("%v is no string", member)
		}
		var one []string
		for _, name := range []string{"q", "w", "r", "t"} {
			if value, ok := item.Params.Get(name); ok {
				one = append(one, fmt.Sprintf("%s=%d", name, value))
			} else if name == "w" && len(one) > 0 {
				one = append(one, "w=-")
			}
		}
		all = append(all, strings.Join(one, " "))
	}
	return strings.Join(all, "|")
}

// A client that keeps to what RateLimit says is never refused: r requests, evenly over t seconds.
func TestWhoKeepsToTheFieldsIsNotRefused(t *testing.T) {
	for _, q := range []Quota{{1, time.Second}, {7, time.Minute}, {100, 10 * time.Second}, {3, 100 * time.Hour}} {
		c := newClock()
		h, _ := limitedTo(c, q.Requests, q.Window)
		for range 500 {
			w := get(h, "/api/x", "192.0.2.1")
			if w.Code != 200 {
				t.Fatalf("%+v: %d %v", q, w.Code, w.Header())
			}
			list, err := httpsfv.UnmarshalList(w.Header().Values("RateLimit"))
			if err != nil {
				t.Fatal(err)
			}
			r, _ := list[0].(httpsfv.Item).Params.Get("r")
			seconds, _ := list[0].(httpsfv.Item).Params.Get("t")
			wait := time.Duration(seconds.(int64)) * time.Second
			c.pass(wait / time.Duration(max(r.(int64), 1)))
			if want := strconv.Itoa(q.Requests); q.Requests > 1 && float64(r.(int64))*q.Window.Seconds() > float64(seconds.(int64))*float64(q.Requests)*1.000001 {
				t.Fatalf("r=%d in t=%d is more than %s in %s", r, seconds, want, q.Window)
			}
		}
	}
}
