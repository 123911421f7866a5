package performance

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// short limits make a run of a test last a second of simulated time. There is one
// attempt: no machine spoils it.
func short() evidence.Limits { return evidence.Limits{"duration": 1200, "attempts": 1} }

// Oddities that are no fault: a service that has them passes.
func TestInnocents(t *testing.T) {
	var began atomic.Int64
	for name, h := range map[string]nethttp.HandlerFunc{
		"plain": list,
		"slow while it warms up": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			began.CompareAndSwap(0, time.Now().UnixNano())
			if time.Now().UnixNano() < began.Load()+int64(400*time.Millisecond) {
				time.Sleep(250 * time.Millisecond)
			}
			list(w, r)
		},
		"closes each connection": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Connection", "close")
			list(w, r)
		},
		"chunked": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, `{"items":[`)
			w.(nethttp.Flusher).Flush()
			_, _ = io.WriteString(w, `{"id":1}]}`)
		},
		"gzip": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, twinList)
			z.Close()
		},
		"no body": func(w nethttp.ResponseWriter, r *nethttp.Request) { w.WriteHeader(nethttp.StatusNoContent) },
		"an empty list": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[],"total":0}`)
		},
		"a page": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html></html>")
		},
		"other data each time": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"items":[{"id":%d,"x":null}]}`, time.Now().UnixNano())
		},
		"created, with where": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Location", "/gastos/1")
			w.WriteHeader(nethttp.StatusCreated)
			_, _ = io.WriteString(w, twinList)
		},
		"an ETag that nobody asked about": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(nethttp.StatusNotModified)
				return
			}
			list(w, r)
		},
		"an announced end, every twentieth time": rarely(20, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Connection", "close")
			list(w, r)
		}),
		"a short pause of the collector": rarely(40, func(w nethttp.ResponseWriter, r *nethttp.Request) { time.Sleep(60 * time.Millisecond); list(w, r) }),
		"an early hint": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.WriteHeader(nethttp.StatusEarlyHints)
			list(w, r)
		},
		"a rare slow answer": rarely(100, func(w nethttp.ResponseWriter, r *nethttp.Request) { time.Sleep(300 * time.Millisecond); list(w, r) }),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, o := tried(t, serving(t, quick(), h), normal(), short())
				if f.Outcome != evidence.Pass {
					t.Errorf("%v %q %v of %+v", f.Outcome, f.Reason, f.Facts, o)
				}
			})
		})
	}
}

// A bystander compares whole answers, however long.
func TestALongAnswerIsComparedWhole(t *testing.T) { synctest.Test(t, longAnswer) }

func longAnswer(t *testing.T) {
	long := `{"items":[{"id":1,"text":"` + strings.Repeat("x", 200_000) + `"}],"total":1}`
	s := quick()
	f, o := tried(t, serving(t, s, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, long)
	}), answers(), short())
	// One user, and a request that names nothing of it: shapes are all there is.
	if f.Outcome != evidence.Pass || f.Reason != "shapes" || !o.(Answers).Looks[0].Blind {
		t.Errorf("%v %q %v of %+v", f.Outcome, f.Reason, f.Facts, o)
	}
}

// rarely does something else at every n-th request.
func rarely(n int64, other nethttp.HandlerFunc) nethttp.HandlerFunc {
	var count atomic.Int64
	return func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if count.Add(1)%n == 0 {
			other(w, r)
			return
		}
		list(w, r)
	}
}

// Faults that a client which retries, follows or does not look would not see.
func TestFaultsAreSeen(t *testing.T) {
	for name, c := range map[string]struct {
		handler nethttp.HandlerFunc
		reason  string
		kind    string
	}{
		"fast 500": {rarely(10, func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(500) }), "errors", "server_error_5xx"},
		"a login wall": {rarely(10, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			nethttp.Redirect(w, r, "/login", nethttp.StatusFound)
		}), "errors", "redirect"},
		"cut connections": {rarely(20, func(nethttp.ResponseWriter, *nethttp.Request) { panic(nethttp.ErrAbortHandler) }), "errors", "reset_reused"},
		"half a body": {rarely(10, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, twinList[:20])
		}), "errors", "not_json"},
		"an error dressed up": {rarely(10, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"error":"busy"}`)
		}), "errors", "empty"},
		"no answer in time": {rarely(20, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}), "errors", "timeout"},
		"throttled": {rarely(10, func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(429) }), "throttled", "too_many_429"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, o := tried(t, serving(t, quick(), c.handler), normal(), short())
				if f.Reason != c.reason || o.(Measured).Attempts[0].Parts[0].Total.Kinds[c.kind] == 0 {
					t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
				}
			})
		})
	}
}

// An endpoint that is two of a hundred requests has a share of its own: all together
// keep the budget.
func TestARareSlowEndpointIsSeen(t *testing.T) { synctest.Test(t, rareSlowEndpoint) }

func rareSlowEndpoint(t *testing.T) {
	s := quick()
	s.Mix = []Mixed{{Request: "GET /gastos", Weight: 49}, {Request: "GET /rare", Weight: 1}}
	f, o := tried(t, serving(t, s, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/rare" {
			time.Sleep(260 * time.Millisecond)
		}
		list(w, r)
	}), normal(), short())
	if f.Reason != "slow" || f.Facts["where"] != "GET /rare" {
		t.Errorf("%v %q %v of %+v", f.Outcome, f.Reason, f.Facts, o.(Measured).complaints())
	}
}

// A connection that is closed while it is idle is no matter, unless a request was on
// its way: the user of a connection that ends too early meets that now and then. Only
// a real connection shows its end before it is used. The server closes it right after
// the answer and its user pauses for at least 25 ms; budgets are far away, since how
// fast the machine is does not matter here.
func TestConnectionsThatEndIdle(t *testing.T) {
	s := quick()
	s.Think, s.P95MS, s.Timeout = 50*time.Millisecond, 10_000, time.Minute
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		conn, _, err := w.(nethttp.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(twinList), twinList)
	}))
	defer server.Close()
	_, o := tried(t, place{benchWith(t, s).At(lab.Target{Base: server.URL}), t.Context()}, normal(), short())
	var made, requests, wrong int64
	for _, p := range o.(Measured).Attempts[0].Parts {
		made, requests, wrong = made+p.Made, requests+p.Total.Requests, wrong+p.Total.Wrong
	}
	if requests == 0 || made < requests-wrong || 10*wrong > requests {
		t.Errorf("%d connections for %d requests, %d failed", made, requests, wrong)
	}
}

// A service that dies under load is its own fault, not the instrument's.
func TestADeathUnderLoadIsAFailure(t *testing.T) { synctest.Test(t, deathUnderLoad) }

func deathUnderLoad(t *testing.T) {
	var n atomic.Int64
	server := &nethttp.Server{}
	server.Handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if n.Add(1) == 100 {
			go server.Close()
		}
		list(w, r)
	})
	if f, _ := tried(t, servedBy(t, quick(), server), normal(), short()); f.Outcome != evidence.Fail || f.Reason != "errors" {
		t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
	}
}

// What the waiting users do not see, the fixed schedule does.
func TestTheFixedScheduleSeesWhatWaitingUsersHide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := stalling()
		p := serving(t, kind.settings, kind.handler.ServeHTTP)
		_, o := tried(t, p, peak(), evidence.Limits{"duration": kind.durationMS, "attempts": 1})
		pools := o.(Measured).pools()
		if pools["closed"] == nil || pools["open"] == nil {
			t.Fatalf("no attempt counts: %v", o.(Measured).complaints())
		}
		if closed, open := pools["closed"].slow, pools["open"].slow; closed.Over(budgetShare) || !open.Over(budgetShare) {
			t.Errorf("waiting users saw %.1f %% slow, the schedule %.1f %%", closed.Percent(), open.Percent())
		}
	})
}

// Every request of performance.connections opens a connection of its own.
func TestConnectionsAreNew(t *testing.T) { synctest.Test(t, newConnections) }

func newConnections(t *testing.T) {
	var hits, made atomic.Int64
	server := &nethttp.Server{
		Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			hits.Add(1)
			list(w, r)
		}),
		ConnState: func(_ net.Conn, state nethttp.ConnState) {
			if state == nethttp.StateNew {
				made.Add(1)
			}
		},
	}
	f, _ := tried(t, servedBy(t, quick(), server), connections(), short())
	if f.Outcome != evidence.Pass || hits.Load() != made.Load() {
		t.Errorf("%v %q %v; %d requests on %d connections", f.Outcome, f.Reason, f.Facts, hits.Load(), made.Load())
	}
}

func TestWhatCannotBeMeasuredIsNotSent(t *testing.T) { synctest.Test(t, unmeasurable) }

func unmeasurable(t *testing.T) {
	var writes, all atomic.Int64
	handler := func(w nethttp.ResponseWriter, r *nethttp.Request) {
		all.Add(1)
		if r.Method != "GET" {
			writes.Add(1)
		}
		if strings.HasSuffix(r.URL.Path, "missing") {
			w.WriteHeader(404)
			return
		}
		list(w, r)
	}
	s := quick()
	s.Mix = append(s.Mix, Mixed{Request: "GET /missing"}, Mixed{Request: "POST /gastos", Body: "{}"})
	b := serving(t, s, handler)
	b.Config.Service.Mode = config.Attached
	f, o := tried(t, b, normal(), short())
	if f.Reason != "unfit" || len(o.(Measured).Unfit) != 2 || writes.Load() != 0 || all.Load() != 2 {
		t.Errorf("%v %v, %d requests, %d of them writes", f.Reason, f.Facts, all.Load(), writes.Load())
	}
	s.Mix = []Mixed{{Request: "no request"}}
	p := serving(t, s, handler)
	p.Limits = preset(normal(), nil)
	if _, err := normal().Run(p.ctx, p.Bench); err == nil || !strings.Contains(err.Error(), "write it as GET /path") {
		t.Errorf("a mix that is none: %v", err)
	}
}

// A repeatable write may go to a service that listo did not start.
func TestARepeatableWriteIsSentToAnAttachedService(t *testing.T) { synctest.Test(t, repeatableWrite) }

func repeatableWrite(t *testing.T) {
	s := quick()
	s.Mix = []Mixed{{Request: "PUT /gastos/1", Body: `{"a":1}`, Repeatable: true}}
	b := serving(t, s, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) != `{"a":1}` || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(400)
			return
		}
		list(w, r)
	})
	b.Config.Service.Mode = config.Attached
	if f, _ := tried(t, b, normal(), short()); f.Outcome != evidence.Pass {
		t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
	}
}
