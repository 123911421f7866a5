package run

import (
	"context"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

func TestPassesInOrder(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.last", When: evidence.Last}, evidence.Declaration{ID: "a.first", When: evidence.First}, evidence.Declaration{ID: "a.mid"})
	w.gate("b", evidence.Declaration{ID: "b.mid"}, evidence.Declaration{ID: "b.first", When: evidence.First}, evidence.Declaration{ID: "b.last", When: evidence.Last})
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("twin of b.first.class", "b.first", "twin of a.first.class", "a.first",
		"twin of a.mid.class", "a.mid", "twin of b.mid.class", "b.mid",
		"twin of b.last.class", "b.last", "twin of a.last.class", "a.last")
	if !w.closed() {
		t.Error("the ledger is open")
	}
	for _, id := range []string{"a.first", "a.mid", "a.last", "b.first", "b.mid", "b.last"} {
		w.want(id, evidence.Pass, evidence.Judged)
	}
}

func TestExcusedChecksAreNotRun(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"})
	w.gate("b", evidence.Declaration{ID: "b.one"})
	w.cfg.Excused = map[string]string{"a.one": "not here", "b": "nor this"}
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("twin of a.two.class", "a.two")
}

// While a pre-gate waits, nothing that loads is sent, not even to a twin.
func TestAWaitingPregateHoldsBackLoad(t *testing.T) {
	var requests atomic.Int64
	service := httptest.NewServer(nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/load" { // listo looks once at the front door, whether a person is asked or not
			requests.Add(1)
		}
	}))
	defer service.Close()
	w := newWorld(t)
	w.cfg.Service = config.Service{Mode: config.Attached, URL: service.URL + "/"}
	w.gate("secrets", evidence.Declaration{ID: "secrets.present", When: evidence.First, Pregate: true}, evidence.Declaration{ID: "secrets.other"})
	w.gate("pool", evidence.Declaration{ID: "pool.load", Loading: true, Needs: []evidence.Need{evidence.NeedService}},
		evidence.Declaration{ID: "pool.late", Loading: true, When: evidence.Last, Needs: []evidence.Need{evidence.NeedService}})
	send := func(ctx context.Context, b *lab.Bench) (seen, error) {
		answers := http.On(b).Start(ctx, http.Burst{Users: 3, Total: 9, Next: func(int) http.Request { return http.Request{Method: "GET", Path: "/load"} }}).Wait()
		return seen{Asked: len(answers)}, nil
	}
	w.looks["pool.load"], w.looks["pool.late"], w.looks["secrets.present"] = send, send, unclear

	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("twin of secrets.present.class", "secrets.present", "twin of secrets.other.class", "secrets.other")
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests were sent while a person was asked", n)
	}
	w.want("pool.load", evidence.Unproven, evidence.HeldBack)
	if v := evidence.Decide(w.gates, w.read()); v.Exit != evidence.ExitWaiting {
		t.Errorf("exit %d", v.Exit)
	}

	// Nobody has confirmed: looking again changes nothing.
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("secrets.present")
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests were sent while a person was asked", n)
	}

	// Confirmed without the secret: load may run, the check stays unproven.
	s := w.resume()
	if err := s.Confirm(evidence.Confirmation{Check: "secrets.present", By: "ana", Via: "token"}); err != nil {
		t.Fatal(err)
	}
	if err := w.audit(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("secrets.present", "twin of pool.load.class", "pool.load", "twin of pool.late.class", "pool.late")
	if n := requests.Load(); n != 18 {
		t.Errorf("%d requests were sent, want 18", n)
	}
	w.want("secrets.present", evidence.Unproven, evidence.Judged)
	w.want("pool.load", evidence.Pass, evidence.Judged)

	// The secret is there now: proved, and nothing else is done again.
	w.looks["secrets.present"] = green
	if err := w.audit(t.Context(), w.resume(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal("secrets.present")
	w.want("secrets.present", evidence.Pass, evidence.Judged)
}

func TestLoadOnAnAttachedTargetWantsItsName(t *testing.T) {
	w := newWorld(t)
	w.cfg.Service = config.Service{Mode: config.Attached, URL: "http://127.0.0.1:1"}
	w.gate("pool", evidence.Declaration{ID: "pool.load", Loading: true})
	o := w.options()
	o.Owned = false
	s, err := Begin(o, w.plan())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.audit(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	w.wantJournal()
	if v := w.verdict("pool.load"); v.Cause != evidence.Lacking || fmt.Sprint(v.Lacks) != "[--i-own-this-target patient]" {
		t.Errorf("%+v", v)
	}
}

// A check that panics proves nothing, and takes nothing else with it.
func TestAPanicIsADefectOfListo(t *testing.T) {
	const secret = "s3cret-0123456789-abcdef"
	w := newWorld(t)
	w.secrets = []redact.Secret{{Name: "KEY", Value: secret}}
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"}, evidence.Declaration{ID: "a.three"})
	w.looks["a.one"] = func(context.Context, *lab.Bench) (seen, error) { panic("the key is " + secret) }
	w.looks["a.two"] = func(context.Context, *lab.Bench) (seen, error) {
		var none map[string]int
		none["x"] = 1
		return seen{}, nil
	}
	w.looks["twin of a.three.class"] = w.looks["a.one"]
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a.one", "a.two"} {
		w.want(id, evidence.Unproven, evidence.ErroredOut)
		w.wantDetail(id, "defect in listo: ")
	}
	w.wantDetail("a.one", "the key is ‹KEY›")
	w.want("a.three", evidence.Unproven, evidence.ControlOpen)
	if src, _ := os.ReadFile(w.ledgerFile()); strings.Contains(string(src), secret) {
		t.Error("the panic's secret is in the ledger")
	}
}

func TestAnObservationThatDoesNotSurvive(t *testing.T) {
	w := newWorld(t)
	w.gate("a", evidence.Declaration{ID: "a.one"}, evidence.Declaration{ID: "a.two"}, evidence.Declaration{ID: "a.three"})
	w.gates[0].Checks[0].Run = func(context.Context, evidence.Lab) (json.RawMessage, error) { return []byte(`{"asked":1}`), nil } // no "bad"
	w.gates[0].Checks[1].Run = func(context.Context, evidence.Lab) (json.RawMessage, error) { return []byte(`not JSON`), nil }
	w.gates[0].Checks[2].Run = func(context.Context, evidence.Lab) (json.RawMessage, error) { return nil, nil }
	w.gates[0].Controls = nil
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.want("a.one", evidence.Unproven, evidence.Unreadable)
	w.want("a.two", evidence.Unproven, evidence.ErroredOut)
	w.want("a.three", evidence.Unproven, evidence.ErroredOut)
}

// A check whose time is over has seen its own end, not the patient.
func TestAnOverrunIsUnproven(t *testing.T) {
	service := httptest.NewServer(nethttp.NotFoundHandler())
	defer service.Close()
	w := newWorld(t)
	w.timeout = 150 * time.Millisecond
	w.cfg.Service = config.Service{Mode: config.Attached, URL: service.URL}
	needs := []evidence.Need{evidence.NeedService}
	w.gate("a", evidence.Declaration{ID: "a.obeys"}, evidence.Declaration{ID: "a.observes"}, evidence.Declaration{ID: "a.goes on", Needs: needs},
		evidence.Declaration{ID: "a.after", Needs: needs}, evidence.Declaration{ID: "a.alone"})
	w.gate("b", evidence.Declaration{ID: "b.one", Needs: needs})
	w.gates[0].Controls, w.gates[1].Controls = nil, nil
	never := make(chan struct{})
	defer close(never)
	w.looks["a.obeys"] = func(ctx context.Context, _ *lab.Bench) (seen, error) { <-ctx.Done(); return seen{}, ctx.Err() }
	w.looks["a.observes"] = func(ctx context.Context, _ *lab.Bench) (seen, error) { <-ctx.Done(); return seen{Asked: 1}, nil }
	w.looks["a.goes on"] = func(context.Context, *lab.Bench) (seen, error) { <-never; return seen{Asked: 1}, nil }
	if err := w.audit(t.Context(), w.begin(), nil); err != nil {
		t.Fatal(err)
	}
	w.wantDetail("a.obeys", "it did not end within 150ms")
	w.wantDetail("a.observes", "it did not end within 150ms")
	w.wantDetail("a.goes on", "defect in listo: it goes on after its time")
	w.wantDetail("a.after", "a.goes on still runs there")
	w.want("a.alone", evidence.Unproven, evidence.ControlOpen)
	w.want("b.one", evidence.Unproven, evidence.ControlOpen) // a place of its own
	if !w.closed() {
		t.Error("the ledger is open")
	}
}
