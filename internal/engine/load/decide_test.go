package load

import (
	"testing"
	"time"
)

// seen is a result with so many right answers, some of them over the budget, and
// so many failures of a class.
func seen(answered, over int64, failed map[Class]int64) *Result {
	e := Endpoint{Name: "total", Answered: answered, Over: over, Requests: answered, Classes: map[Class]int64{Answered: answered}}
	for c, n := range failed {
		e.Classes[c] = n
		e.Requests += n
		if c.Failed() {
			e.Failed += n
		}
	}
	e.Sent = e.Requests - e.Classes[Connect] - e.Classes[Generator] - e.Classes[Late]
	return &Result{Total: e, Endpoints: []Endpoint{e}}
}

func TestDecide(t *testing.T) {
	p95 := Promise{Percentile: 95, Errors: 1}
	saturated := seen(1000, 0, nil)
	saturated.Instrument.Saturated = true
	slowAndSaturated := seen(1000, 1000, nil)
	slowAndSaturated.Instrument.Saturated = true
	stopped := seen(1000, 0, nil)
	stopped.Interrupted = true
	rare := seen(10_000, 100, nil)
	rare.Endpoints = []Endpoint{seen(9_800, 0, nil).Total, seen(200, 100, nil).Total}
	rare.Endpoints[1].Name = "GET /rare"
	still := func(rate float64, silence time.Duration, low int) *Result {
		r := seen(1000, 2, nil)
		r.Profile.Rate, r.Profile.Budget = rate, 100*time.Millisecond
		r.Stalls = Stalls{LongestSilence: silence, Seconds: 20, LowSeconds: low}
		return r
	}
	for name, c := range map[string]struct {
		promise Promise
		result  *Result
		outcome Outcome
		reason  string
	}{
		"all is well":                        {p95, seen(1000, 0, nil), Holds, Within},
		"a few over":                         {p95, seen(1000, 30, nil), Holds, Within},
		"too many over":                      {p95, seen(1000, 80, nil), Broken, Slow},
		"on the knife's edge":                {p95, seen(1000, 50, nil), Unproven, Few},
		"another percentile":                 {Promise{Percentile: 99.9, Errors: 1}, seen(100_000, 200, nil), Broken, Slow},
		"a timeout is slow too":              {Promise{Percentile: 95, Errors: 100}, seen(1000, 0, map[Class]int64{Timeout: 100}), Broken, Slow},
		"nobody asked about latency":         {Promise{Errors: 1}, seen(1000, 1000, nil), Holds, Within},
		"failures":                           {p95, seen(1000, 0, map[Class]int64{ServerError: 30}), Broken, Errors},
		"too few to know":                    {p95, seen(40, 0, nil), Unproven, Few},
		"nothing sent":                       {p95, seen(0, 0, nil), Unproven, NothingSent},
		"nobody listens":                     {p95, seen(0, 0, map[Class]int64{Connect: 500}), Unproven, NothingSent},
		"sent and none right":                {p95, seen(0, 0, map[Class]int64{ResetFirstUse: 3}), Broken, NoneRight},
		"a rate limit":                       {p95, seen(1000, 0, map[Class]int64{TooMany: 1}), Unproven, Throttled},
		"a rate limit alone":                 {p95, seen(0, 0, map[Class]int64{TooMany: 500}), Unproven, Throttled},
		"a tired generator never passes":     {p95, saturated, Unproven, Saturated},
		"and blames nobody":                  {p95, slowAndSaturated, Unproven, Saturated},
		"stopped":                            {p95, stopped, Unproven, Stopped},
		"an endpoint that the total hides":   {p95, rare, Broken, Slow},
		"stalls that waiting users hide":     {p95, still(0, time.Second, 2), Unproven, Hidden},
		"a schedule hides nothing":           {p95, still(100, time.Second, 2), Holds, Within},
		"stalls within the budget":           {p95, still(0, 90*time.Millisecond, 2), Holds, Within},
		"stalls no more than are allowed":    {p95, still(0, time.Second, 1), Holds, Within},
		"stalls, and no latency asked for":   {Promise{Errors: 1}, still(0, time.Second, 2), Holds, Within},
		"the generator's own failures aside": {p95, seen(1000, 0, map[Class]int64{Generator: 500}), Holds, Within},
	} {
		v := c.promise.Decide(c.result)
		if v.Outcome != c.outcome || v.Reason != c.reason {
			t.Errorf("%s: %s, %s; want %s, %s", name, v.Outcome, v.Reason, c.outcome, c.reason)
		}
		if v.Deciding >= len(v.Questions) || (v.Outcome == Holds || v.Reason == Few || v.Reason == Slow || v.Reason == Errors) != (v.Deciding >= 0) {
			t.Errorf("%s: question %d of %d decided", name, v.Deciding, len(v.Questions))
		}
	}
	if v := p95.Decide(rare); v.Questions[v.Deciding].Endpoint != "GET /rare" {
		t.Errorf("%+v decided", v.Questions[v.Deciding])
	}
}
