package load

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const milli = time.Millisecond

// stopping stands still for so long of every cycle, and answers at once else.
func stopping(cycle, still, wait time.Duration) func(int64, time.Duration) (time.Duration, string) {
	return func(_ int64, at time.Duration) (time.Duration, string) { return max(0, still-at%cycle) + wait, ok200 }
}

// A schedule without connections enough is refused; a service that is slow, stands
// still or does not answer is none of it, however long the queue in front of it.
func TestTooFewConnections(t *testing.T) {
	second := time.Second
	rare := func(hit int64, _ time.Duration) (time.Duration, string) {
		if hit%25 == 0 {
			return 2 * second, ok200
		}
		return 50 * milli, ok200
	}
	broken := func(int64, time.Duration) (time.Duration, string) {
		return 5 * milli, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
	}
	for name, c := range map[string]struct {
		rate           float64
		users          int
		budget, warmUp time.Duration
		timeout        time.Duration
		reply          func(int64, time.Duration) (time.Duration, string)
		refused        bool
	}{
		"a cap":                              {2000, 4, 100 * milli, 0, 10 * second, always(5 * milli), true},
		"a cap, and errors":                  {2000, 4, 100 * milli, 0, 10 * second, broken, true},
		"a cap, no budget":                   {2000, 4, 0, 0, 10 * second, always(5 * milli), true},
		"a cap from which nobody comes back": {2000, 4, 100 * milli, 3 * second, second, always(5 * milli), true},
		"just as many as are needed":         {800, 4, 100 * milli, 0, 10 * second, always(5 * milli), false}, // nobody waits
		"a few too few":                      {840, 4, 100 * milli, 0, 10 * second, always(5 * milli), true},
		"enough":                             {2000, 16, 100 * milli, 0, 10 * second, always(5 * milli), false},
		"slow, and a cap":                    {2000, 4, 100 * milli, 0, 10 * second, always(101 * milli), false},
		"at the budget, and a cap":           {2000, 4, 100 * milli, 0, 10 * second, always(100 * milli), true},
		"it never answers":                   {100, 4, 100 * milli, 0, second, always(time.Hour), false},
		"it never answers, no budget":        {100, 4, 0, 0, second, always(time.Hour), false},
		"a stop of one in ten seconds":       {500, 16, 100 * milli, 0, 5 * second, frozen, false},
		"it mostly stands still":             {470, 20, 250 * milli, 0, 10 * second, stopping(2*second, 1800*milli, 5*milli), false},
		"it mostly stands still, no budget":  {470, 20, 0, 0, 10 * second, stopping(2*second, 1800*milli, 5*milli), false},
		"one of 25 is slow, connections few": {400, 16, 100 * milli, 0, 30 * second, rare, true},
		"one of 25 is slow, enough of them":  {100, 64, 100 * milli, 0, 30 * second, rare, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := Profile{Users: c.users, Rate: c.rate, WarmUp: c.warmUp, Duration: 6 * second, Timeout: c.timeout, Budget: c.budget}
				r, _ := simulate(t, one(), p, c.reply)
				if has(r, "connections") != c.refused {
					t.Errorf("reasons %v of %+v", r.Instrument.Reasons, *r.Instrument.Occupancy)
				}
			})
		})
	}
}

// The figure is Little's: so many connections the rate needs, so many there are.
func TestTheConnectionsNeededAreLittles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := simulate(t, one(), Profile{Users: 4, Rate: 2000, Duration: time.Second, Timeout: time.Minute, Budget: 100 * milli}, always(5*milli))
		i := slices.IndexFunc(r.Instrument.Reasons, func(x Reason) bool { return x.Name == "connections" })
		if i < 0 || r.Instrument.Reasons[i] != (Reason{"connections", 10, 3.2}) {
			t.Errorf("reasons %v", r.Instrument.Reasons)
		}
		o := r.Instrument.Occupancy
		if o.Held.N != 2000 || o.Waited.N != 2000 || o.Held.Max != 5*milli || o.Waited.Max < time.Second || o.Waited.Max > 2*time.Second {
			t.Errorf("%+v", *o)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r, _ := simulate(t, one(), Profile{Users: 4, Duration: time.Second, Timeout: time.Minute}, always(5*milli))
		if r.Instrument.Occupancy != nil || has(r, "connections") {
			t.Errorf("waiting users have no schedule: %+v", r.Instrument)
		}
	})
}

// Whatever the rate, the times and the number: too few are refused while the service
// keeps the budget, enough never are, and a service over it never is the generator.
func TestAnyCapIsRefusedAndNothingElse(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 21))
	between := func(low, high float64) float64 { return low + (high-low)*random.Float64() }
	for range 60 {
		users, mean := 1+random.IntN(30), time.Duration(between(1, 80)*float64(milli))
		busy := between(0.3, 2.5) // of what there are
		budget := time.Duration(between(0.5, 4) * float64(mean))
		p := Profile{Users: users, Rate: busy * float64(users) / mean.Seconds(), Requests: 2000, Timeout: time.Hour, Budget: budget}
		reply := func(hit int64, _ time.Duration) (time.Duration, string) { // evenly around the mean, whoever asks
			return mean*3/4 + mean/2*time.Duration(hit*7%20)/20, ok200
		}
		slowest := mean*3/4 + mean/2*18/20 // the p95: nineteen of twenty
		synctest.Test(t, func(t *testing.T) {
			r, _ := simulate(t, one(), p, reply)
			o, got := *r.Instrument.Occupancy, has(r, "connections")
			switch {
			case slowest > budget*101/100 && got:
				t.Errorf("a slow service: %d connections, %.2f busy, mean %v, budget %v: %+v", users, busy, mean, budget, o)
			case busy < 0.79 && got:
				t.Errorf("enough: %d connections, %.2f busy, mean %v: %+v", users, busy, mean, o)
			case busy > 1.1 && slowest < budget*99/100 && !got:
				t.Errorf("too few: %d connections, %.2f busy, mean %v, budget %v: %+v", users, busy, mean, budget, o)
			}
		})
	}
}

// However long and often a service stands still, the queue is its own while the
// connections are enough for what it does else.
func TestNoStopIsTheGenerators(t *testing.T) {
	random := rand.New(rand.NewPCG(22, 22))
	for range 30 {
		users, wait := 2+random.IntN(40), time.Duration(1+random.Int64N(10))*milli
		cycle := time.Duration(300+random.Int64N(1500)) * milli
		still := time.Duration(float64(cycle) * (0.1 + 0.85*random.Float64()))
		budget := time.Duration(float64(still) * (0.2 + 0.7*random.Float64()))
		p := Profile{Users: users, Rate: 0.5 * float64(users) / wait.Seconds(), Duration: 4 * time.Second, Timeout: 20 * time.Second, Budget: max(budget, 2*wait)}
		if p.Rate > 2000 {
			p.Rate = 2000
		}
		if p.Budget >= still {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			if r, _ := simulate(t, one(), p, stopping(cycle, still, wait)); has(r, "connections") {
				t.Errorf("%d connections at %.0f/s of %v, still for %v of %v: %+v", users, p.Rate, wait, still, cycle, *r.Instrument.Occupancy)
			}
		})
	}
}
