package load

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// service is a simulated server: it says how long each request takes and what
// is answered. In the bubble of synctest time passes only when everybody waits,
// so that every latency is known exactly.
type service struct {
	began time.Time
	hits  atomic.Int64
	reply func(hit int64, at time.Duration) (wait time.Duration, answer string)
}

const ok200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"

// simulate runs a profile against a simulated server.
func simulate(t *testing.T, s Scenario, p Profile, reply func(hit int64, at time.Duration) (time.Duration, string)) (*Result, *service) {
	t.Helper()
	sv := &service{began: time.Now(), reply: reply}
	return against(t.Context(), t, s, p, sv.serve), sv
}

// against runs a profile with a simulated server at the other end of every
// connection.
func against(ctx context.Context, t *testing.T, s Scenario, p Profile, serve func(net.Conn)) *Result {
	t.Helper()
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serve(server)
		return client, nil
	}
	s.Target = "http://192.0.2.1"
	before := time.Now()
	r, err := start(ctx, s, p, machine{dial: dial, alarm: plainAlarm})
	if err != nil {
		t.Fatal(err)
	}
	if took, most := time.Since(before), r.WarmUp.Lasted+r.Measured+2*p.Timeout; took > most {
		t.Errorf("the run took %v, at most %v is right", took, most)
	}
	survives(t, r)
	time.Sleep(2 * time.Hour) // every server has ended
	return r
}

func (sv *service) serve(conn net.Conn) {
	defer conn.Close()
	src := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(src)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		wait, answer := sv.reply(sv.hits.Add(1), time.Since(sv.began))
		time.Sleep(wait)
		if _, err := io.WriteString(conn, answer); err != nil || answer == "" {
			return
		}
	}
}

// survives demands that a result is the same after JSON.
func survives(t *testing.T, r *Result) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || string(again) != string(text) {
		t.Errorf("not the same after JSON (%v):\n%s\n%s", err, text, again)
	}
	if !reflect.DeepEqual(&back.Total, &r.Total) {
		t.Error("the total is not the same after JSON")
	}
}

func get(weight int, name string) Request {
	return Request{Name: name, Method: "GET", Path: "/" + name, Weight: weight}
}

func one() Scenario { return Scenario{Requests: []Request{get(1, "list")}} }

func always(wait time.Duration) func(int64, time.Duration) (time.Duration, string) {
	return func(int64, time.Duration) (time.Duration, string) { return wait, ok200 }
}

func TestFixedLatencyIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sv := simulate(t, one(), Profile{Users: 10, Duration: 10 * time.Second, Timeout: time.Second, Budget: 20 * time.Millisecond}, always(20*time.Millisecond))
		const d = 20 * time.Millisecond
		if want := (Latency{N: 5000, Min: d, Mean: d, P50: d, P90: d, P95: d, P99: d, P999: d, Max: d}); r.Total.Latency != want {
			t.Errorf("got %+v", r.Total.Latency)
		}
		if r.Total.Requests != 5000 || r.Total.Answered != 5000 || r.Total.Over != 0 || r.Total.Bytes != 10_000 || sv.hits.Load() != 5000 || r.Rate() != 500 {
			t.Errorf("got %+v, %d hits, rate %v", r.Total, sv.hits.Load(), r.Rate())
		}
		if r.Connections.Made != 10 || r.Measured != 10*time.Second || r.Instrument.OwnTime != 0 || r.Instrument.UsersTime != 100*time.Second {
			t.Errorf("connections %+v, measured %v, own %v of %v", r.Connections, r.Measured, r.Instrument.OwnTime, r.Instrument.UsersTime)
		}
		if r.Stalls != (Stalls{LongestSilence: d, Seconds: 10}) {
			t.Errorf("stalls %+v", r.Stalls)
		}
	})
}

// Exactly 6 of 100 requests are slow: the p95 of a fast service is a slow one,
// and the counter over the budget is exact where a percentile sits on an edge.
func TestBimodalIsCountedExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := func(hit int64, _ time.Duration) (time.Duration, string) {
			if hit%100 < 6 {
				return 200 * time.Millisecond, ok200
			}
			return 5 * time.Millisecond, ok200
		}
		r, _ := simulate(t, one(), Profile{Users: 7, Requests: 10_000, Timeout: time.Second, Budget: 100 * time.Millisecond}, reply)
		l := r.Total.Latency
		if r.Total.Answered != 10_000 || r.Total.Over != 600 || l.P90 != 5*time.Millisecond || !near(l.P95, 200*time.Millisecond) {
			t.Errorf("over %d, %+v", r.Total.Over, l)
		}
		var over, done int64
		for _, w := range r.Series {
			over, done = over+w.Over, done+w.Done
		}
		if over != 600 || done != 10_000 {
			t.Errorf("the windows hold %d done, %d over", done, over)
		}
	})
}

func near(got, want time.Duration) bool {
	off := got - want
	return max(off, -off)*200 <= want // half a percent
}

// frozen stands still during the fifth second of every ten.
func frozen(_ int64, at time.Duration) (time.Duration, string) {
	const base = 5 * time.Millisecond
	if in := at % (10 * time.Second); in >= 4*time.Second && in < 5*time.Second {
		return 5*time.Second - in + base, ok200
	}
	return base, ok200
}

// A tenth of the arrivals meet the stall and wait half a second on average: the
// p95 is 505 ms, the p99 905 ms.
func TestTheOpenModelSeesAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := simulate(t, one(), Profile{Users: 600, Rate: 500, Duration: 20 * time.Second, Timeout: 5 * time.Second, Budget: 100 * time.Millisecond}, frozen)
		l := r.Total.Latency
		if r.Total.Answered != 10_000 || l.P50 != 5*time.Millisecond || !near(l.P95, 505*time.Millisecond) || !near(l.P99, 905*time.Millisecond) {
			t.Errorf("%d answered, %+v", r.Total.Answered, l)
		}
		if d := r.Instrument.Dispatch; d == nil || d.Max != 0 {
			t.Errorf("dispatched %+v late, though time stood still", d)
		}
	})
}

// With few connections the requests queue in front of them. The wait is charged:
// the latency from the actual sending looks healthy, the one that counts does not.
func TestTheOpenModelChargesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := simulate(t, one(), Profile{Users: 16, Rate: 500, Duration: 20 * time.Second, Timeout: 5 * time.Second}, frozen)
		if l, s := r.Total.Latency, r.Total.Service; l.P95 < 505*time.Millisecond || s.P95 != 5*time.Millisecond || r.Total.Answered != 10_000 {
			t.Errorf("from the intended time %+v, from the sending %+v", l, s)
		}
	})
}

// The closed model does not see it in its percentiles, and says so.
func TestTheClosedModelFlagsAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := simulate(t, one(), Profile{Users: 16, Duration: 20 * time.Second, Timeout: 5 * time.Second}, frozen)
		if r.Total.Latency.P99 != 5*time.Millisecond {
			t.Errorf("p99 is %v: the premise is gone", r.Total.Latency.P99)
		}
		if r.Stalls != (Stalls{LongestSilence: 1005 * time.Millisecond, Seconds: 20, LowSeconds: 2}) {
			t.Errorf("stalls %+v", r.Stalls)
		}
	})
}

// A service that stands still for good: nothing is lost, everything is a failure.
func TestTheOpenModelCountsWhatItCouldNotSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sv := simulate(t, one(), Profile{Users: 4, Rate: 100, Duration: 5 * time.Second, Timeout: time.Second}, always(time.Hour))
		e := r.Total
		if e.Requests != 500 || e.Failed != 500 || e.Answered != 0 {
			t.Errorf("%d requests, %d failed", e.Requests, e.Failed)
		}
		if e.Classes[Late] == 0 || e.Classes[Timeout] != sv.hits.Load() || e.Sent != sv.hits.Load() {
			t.Errorf("classes %v, %d sent, the server saw %d", e.Classes, e.Sent, sv.hits.Load())
		}
	})
}

// A stop at the very end is slow, as it would be anywhere else, and no failure.
func TestTheEndOfARunIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := func(_ int64, at time.Duration) (time.Duration, string) {
			if at >= 4*time.Second {
				return max(time.Millisecond, 4900*time.Millisecond-at), ok200
			}
			return time.Millisecond, ok200
		}
		r, sv := simulate(t, one(), Profile{Users: 4, Rate: 100, Duration: 4500 * time.Millisecond, Timeout: 2 * time.Second, Budget: 100 * time.Millisecond}, stop)
		if e := r.Total; e.Requests != 450 || e.Answered != 450 || sv.hits.Load() != 450 || e.Over < 45 {
			t.Errorf("%d requests, %d answered, %d over, classes %v", e.Requests, e.Answered, e.Over, e.Classes)
		}
	})
}

func TestThinkTimeAndLittlesLaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Profile{Users: 50, Think: time.Second, Ramp: 2 * time.Second, WarmUp: 4 * time.Second, Duration: 60 * time.Second, Timeout: time.Second, Seed: 7}
		r, _ := simulate(t, one(), p, always(250*time.Millisecond))
		// N = X (R + Z): 50 users, a quarter of a second each, and a second of thought.
		if x := r.Rate(); x < 39 || x > 41 {
			t.Errorf("rate %v, want 40", x)
		}
		if r.Instrument.OwnTime != 0 {
			t.Errorf("%v of the users' time went astray", r.Instrument.OwnTime)
		}
		if r.WarmUp.Lasted != 4*time.Second || r.WarmUp.Steady || r.WarmUp.Requests == 0 {
			t.Errorf("warm-up %+v", r.WarmUp)
		}
	})
}

// The first two seconds are slow. The warm-up ends by the rule, and what it
// discards is published.
func TestTheWarmUpEndsWhenLatenciesAreSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := func(_ int64, at time.Duration) (time.Duration, string) {
			if at < 2*time.Second {
				return max(5*time.Millisecond, (2*time.Second-at)/20), ok200
			}
			return 5 * time.Millisecond, ok200
		}
		r, sv := simulate(t, one(), Profile{Users: 20, WarmUp: 10 * time.Second, Duration: 2 * time.Second, Timeout: time.Second}, reply)
		if w := r.WarmUp; !w.Steady || w.Lasted < 2*time.Second || w.Lasted > 4*time.Second || w.Latency.Max < 50*time.Millisecond {
			t.Errorf("warm-up %+v", w)
		}
		if r.Total.Latency.Max != 5*time.Millisecond || r.Measured != 2*time.Second {
			t.Errorf("measured %v, %+v", r.Measured, r.Total.Latency)
		}
		if r.Total.Requests != 8000 || r.WarmUp.Requests+8000 != sv.hits.Load() {
			t.Errorf("%d warm and %d measured, the server saw %d", r.WarmUp.Requests, r.Total.Requests, sv.hits.Load())
		}
	})
}

// A warm-up during which nothing works ends by its time and hides nothing.
func TestAFailingWarmUpIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := func(_ int64, at time.Duration) (time.Duration, string) {
			if at < time.Second {
				return time.Millisecond, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
			}
			return time.Millisecond, ok200
		}
		r, _ := simulate(t, one(), Profile{Users: 2, WarmUp: time.Second, Duration: time.Second, Timeout: time.Second}, reply)
		if w := r.WarmUp; w.Steady || w.Failed != 2000 || w.Requests != 2000 || r.Total.Failed != 0 || r.Total.Requests != 2000 {
			t.Errorf("warm-up %+v, then %d failed of %d", w, r.Total.Failed, r.Total.Requests)
		}
	})
}

func TestTheDeckIsDealtExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Scenario{Requests: []Request{get(70, "list"), get(25, "one"), get(3, "rare"), get(2, "list")}}
		r, _ := simulate(t, s, Profile{Users: 9, Requests: 2000, Timeout: time.Second, Seed: 3}, always(time.Millisecond))
		if len(r.Endpoints) != 3 {
			t.Fatalf("%d endpoints", len(r.Endpoints))
		}
		for i, want := range []int64{1440, 500, 60} {
			if e := r.Endpoints[i]; e.Requests != want || e.Answered != want || e.Latency.N != want {
				t.Errorf("%s: %d requests, want %d", e.Name, e.Requests, want)
			}
		}
	})
}

func TestALateAnswerIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := func(hit int64, _ time.Duration) (time.Duration, string) {
			return []time.Duration{time.Millisecond, time.Second, 1001 * time.Millisecond, time.Hour}[hit%4], ok200
		}
		r, _ := simulate(t, one(), Profile{Users: 3, Requests: 40, Timeout: time.Second}, reply)
		if r.Total.Answered != 20 || r.Total.Classes[Timeout] != 20 || r.Total.FailedAfter.Max > 1500*time.Millisecond {
			t.Errorf("%v, failures after %+v", r.Total.Classes, r.Total.FailedAfter)
		}
	})
}

// A server that sends a byte now and then keeps nobody.
func TestADripIsATimeout(t *testing.T) {
	drip := func(server net.Conn) {
		defer server.Close()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		for _, c := range "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("x", 100) {
			time.Sleep(100 * time.Millisecond)
			if _, err := server.Write([]byte{byte(c)}); err != nil {
				return
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := against(t.Context(), t, one(), Profile{Users: 3, Requests: 3, Timeout: time.Second}, drip)
		if r.Total.Classes[Timeout] != 3 || r.Total.FailedAfter.Max > 1500*time.Millisecond {
			t.Errorf("%v after %v", r.Total.Classes, r.Total.FailedAfter.Max)
		}
	})
}

func TestAStopFromOutside(t *testing.T) {
	for _, p := range []Profile{
		{Users: 4, Duration: time.Hour, Timeout: time.Minute},
		{Users: 4, Duration: time.Hour, Timeout: time.Minute, Think: time.Minute},
		{Users: 4, Duration: time.Hour, Timeout: time.Minute, Rate: 10},
		{Users: 4, Duration: time.Hour, Timeout: time.Minute, WarmUp: time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			sv := &service{began: time.Now(), reply: func(hit int64, _ time.Duration) (time.Duration, string) {
				if hit > 20 {
					return 10 * time.Minute, ok200
				}
				return time.Millisecond, ok200
			}}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			r := against(ctx, t, one(), p, sv.serve)
			if !r.Interrupted || r.Total.Failed != 0 || r.WarmUp.Lasted+r.Measured > 30*time.Second {
				t.Errorf("%+v: interrupted %v, measured %v, %v", p, r.Interrupted, r.Measured, r.Total.Classes)
			}
		})
	}
}

// A refusal costs nothing: a user that meets one pauses and does not hammer.
func TestARefusedUserPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one()
		s.Target = "http://192.0.2.1"
		refuse := func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
		r, err := start(t.Context(), s, Profile{Users: 5, Duration: 350 * time.Millisecond, Timeout: time.Second}, machine{dial: refuse, alarm: plainAlarm})
		if err != nil {
			t.Fatal(err)
		}
		if e := r.Total; e.Requests != 5*4 || e.Classes[Connect] != e.Requests { // at 0, 100, 200 and 300 ms
			t.Errorf("got %v", e.Classes)
		}
	})
}

// A simulated machine is believed, and what it measures is exact.
func TestASimulatedMachineIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sv := &service{began: time.Now(), reply: always(5 * time.Millisecond)}
		ctx := Simulate(t.Context(), func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go sv.serve(server)
			return client, nil
		})
		c, err := Calibrate(ctx, 4, time.Second)
		if err != nil || time.Since(sv.began) != 0 {
			t.Fatalf("%v after %v", err, time.Since(sv.began))
		}
		s := one()
		s.Target = "http://192.0.2.1"
		r, err := Run(ctx, s, Profile{Users: 4, Rate: 100, Duration: time.Second, Timeout: time.Second, Budget: 10 * time.Millisecond, Calibration: c})
		if err != nil {
			t.Fatal(err)
		}
		if v := (Promise{Percentile: 95, Errors: 100}).Decide(r); v.Outcome != Holds || r.Total.Latency.Max != 5*time.Millisecond || r.Total.Requests != 100 {
			t.Errorf("%s %s: %+v, %v", v.Outcome, v.Reason, r.Total.Latency, r.Instrument.Reasons)
		}
		p := Profile{Users: 4, Rate: 2000, Duration: time.Second, Timeout: time.Minute, Budget: 10 * time.Millisecond, Calibration: c}
		if r, err = Run(ctx, s, p); err != nil || len(r.Instrument.Reasons) != 1 || !has(r, "connections") {
			t.Errorf("%v: %v", err, r.Instrument.Reasons)
		}
	})
}
