package harden

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type asked struct {
	Status any
	Detail string
	ID     string `json:"requestId"`
	Checks map[string]string
}

func readHealth(t *testing.T, w *httptest.ResponseRecorder) asked {
	t.Helper()
	var body asked
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return body
}

func ok(context.Context) error { return nil }

func TestHealthTellsTheTruth(t *testing.T) {
	c := newClock()
	down := new(atomic.Bool)
	h := newHealth(Health{Timeout: time.Minute, Ready: map[string]func(context.Context) error{
		"cache": ok,
		"database": func(context.Context) error {
			if down.Load() {
				return errors.New("canary: password authentication failed for user gastos")
			}
			return nil
		},
	}})
	h.now = c.Now
	w := get(h.handler(true), "/readyz", "192.0.2.1")
	if got := readHealth(t, w); w.Code != 200 || got.Status != "ok" || !reflect.DeepEqual(got.Checks, map[string]string{"cache": "ok", "database": "ok"}) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	down.Store(true)
	c.pass(readingLasts)
	r := request("GET", "/readyz", "192.0.2.1")
	w = ask(h.handler(true), r)
	if got := readHealth(t, w); w.Code != 503 || got.Status != 503.0 || got.ID != "request-0001" || !reflect.DeepEqual(got.Checks, map[string]string{"cache": "ok", "database": "failed"}) ||
		w.Header().Get("Content-Type") != ProblemType || w.Header().Get("Cache-Control") != "no-store" || Of(r).Route != "/readyz" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if strings.Contains(w.Body.String(), "canary") {
		t.Errorf("a cause leaks: %s", w.Body)
	}
	if w := get(h.handler(true), "/healthz", "192.0.2.1"); w.Code != 200 || readHealth(t, w).Status != "ok" {
		t.Errorf("the process does not live because its database does not: %d %s", w.Code, w.Body)
	}
	down.Store(false)
	c.pass(readingLasts)
	if w := get(h.handler(true), "/readyz", "192.0.2.1"); w.Code != 200 {
		t.Errorf("it does not recover: %d", w.Code)
	}
}

// Black holes: a check that heeds its context, one that does not, and one that panics. None holds up the others or the answer,
// and the one that never comes back is not started again.
func TestChecksThatHang(t *testing.T) {
	c := newClock()
	forever, started := make(chan struct{}), new(atomic.Int64)
	h := newHealth(Health{Timeout: 5 * time.Millisecond, Ready: map[string]func(context.Context) error{
		"heeds":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"deaf":   func(context.Context) error { started.Add(1); <-forever; return nil },
		"panics": func(context.Context) error { panic("x") },
		"sound":  ok,
	}})
	h.now = c.Now
	for range 20 {
		w := get(h.handler(true), "/readyz", "") // returns, or the test never ends
		if got := readHealth(t, w).Checks; w.Code != 503 || got["heeds"] != "timeout" || got["deaf"] != "timeout" || got["panics"] == "ok" || got["sound"] == "failed" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c.pass(readingLasts)
	}
	if started.Load() != 1 {
		t.Errorf("%d runs of a check that hangs", started.Load())
	}
	close(forever)
	for h.checks[0].busy.Load() { // until it came back
		time.Sleep(time.Millisecond)
	}
	if got := <-h.checks[0].run(t.Context()); got != "ok" {
		t.Errorf("after it came back: %s", got)
	}
}

// Checks run at once: each waits for the other, so one after the other would never end well.
func TestChecksAreConcurrent(t *testing.T) {
	a, b := make(chan struct{}), make(chan struct{})
	meet := func(mine, other chan struct{}) func(context.Context) error {
		return func(ctx context.Context) error {
			close(mine)
			select {
			case <-other:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	h := newHealth(Health{Timeout: time.Minute, Ready: map[string]func(context.Context) error{"a": meet(a, b), "b": meet(b, a)}})
	if w := get(h.handler(true), "/readyz", ""); w.Code != 200 {
		t.Errorf("%s", w.Body)
	}
}

func TestAFloodOfProbesIsOneProbe(t *testing.T) {
	c := newClock()
	runs := new(atomic.Int64)
	h := newHealth(Health{Ready: map[string]func(context.Context) error{"x": func(context.Context) error { runs.Add(1); return nil }}})
	h.now = c.Now
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if w := get(h.handler(true), "/readyz", ""); w.Code != 200 {
				t.Error(w.Code)
			}
		})
	}
	all.Wait()
	if runs.Load() != 1 {
		t.Errorf("%d runs", runs.Load())
	}
	c.pass(readingLasts)
	get(h.handler(true), "/readyz", "")
	if runs.Load() != 2 {
		t.Errorf("a reading never ages: %d runs", runs.Load())
	}
}

// A probe that gives up does not spoil the reading of those who wait.
func TestALeavingProbeHarmsNobody(t *testing.T) {
	h := newHealth(Health{Ready: map[string]func(context.Context) error{"x": func(ctx context.Context) error { return ctx.Err() }}})
	gone, leave := context.WithCancel(t.Context())
	leave()
	if w := ask(h.handler(true), request("GET", "/readyz", "").WithContext(gone)); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestStrangersReadNoChecks: on the public handler the answer says whether, ready or not, and never of what.
func TestStrangersReadNoChecks(t *testing.T) {
	for _, err := range []error{nil, errors.New("down")} {
		h := newHealth(Health{Public: true, Ready: map[string]func(context.Context) error{"database": func(context.Context) error { return err }}})
		own, public := get(h.handler(true), "/readyz", "192.0.2.1"), get(h.wrap(taking(newClock(), 299, 0)), "/readyz", "192.0.2.1")
		if own.Code != public.Code || (public.Code == 200) != (err == nil) || public.Header().Get("Content-Type") != own.Header().Get("Content-Type") {
			t.Errorf("%v: %d to operators, %d to strangers", err, own.Code, public.Code)
		}
		if !strings.Contains(own.Body.String(), "database") || strings.Contains(public.Body.String(), "database") || strings.Contains(public.Body.String(), "checks") {
			t.Errorf("%v: operators read %s, strangers %s", err, own.Body, public.Body)
		}
	}
}

func TestHealthPaths(t *testing.T) {
	for _, c := range []struct {
		public         bool
		method, target string
		own            int // status of the admin handler
		wrapped        int // status of the public one; 299 is the application's
	}{
		{true, "GET", "/healthz", 200, 200}, {false, "GET", "/healthz", 200, 299}, {true, "HEAD", "/readyz", 200, 200}, {true, "GET", "/readyz?x=1", 200, 200},
		{true, "POST", "/readyz", 405, 405}, {true, "GET", "/readyz/x", 404, 299}, {false, "GET", "/readyz", 200, 299}, {true, "GET", "/", 404, 299},
	} {
		h := newHealth(Health{Public: c.public})
		app := h.wrap(taking(newClock(), 299, 0))
		own, wrapped := ask(h.handler(true), request(c.method, c.target, "")), ask(app, request(c.method, c.target, ""))
		if own.Code != c.own || wrapped.Code != c.wrapped || c.method == "HEAD" && own.Body.Len() > 0 || (own.Code == 405) != (own.Header().Get("Allow") != "") {
			t.Errorf("%+v: %d, %d", c, own.Code, wrapped.Code)
		}
	}
}
