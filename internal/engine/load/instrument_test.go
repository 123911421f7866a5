package load

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func has(r *Result, name string) bool {
	return slices.ContainsFunc(r.Instrument.Reasons, func(x Reason) bool { return x.Name == name })
}

// healthy is a result whose instrument can be believed, close to every limit.
func healthy() *Result {
	return &Result{
		Profile:  Profile{Users: 10, Rate: 1000, Timeout: time.Second, Budget: 100 * time.Millisecond, Calibration: Calibration{Rate: 2000}},
		Measured: 10 * time.Second,
		Total:    Endpoint{Requests: 1000, Sent: 10_000, Classes: map[Class]int64{Answered: 10_000}},
		Instrument: Instrument{
			Watched: 10 * time.Second, Cores: 2, CPUShare: 0.8,
			Lag:      Latency{P99: 10 * time.Millisecond},
			Dispatch: &Latency{P99: 10 * time.Millisecond},
			Occupancy: &Occupancy{ // any two of its figures may be beyond
				Waited: Latency{P99: 10*time.Millisecond + 1}, Held: Latency{P95: 100 * time.Millisecond}, Typical: 8 * time.Millisecond,
			},
			RunDelay: 5 * time.Second, LongestPause: 5 * time.Millisecond,
			UsersTime: time.Minute, OwnTime: 3 * time.Second,
		},
	}
}

func TestTheInstrumentIsJudged(t *testing.T) {
	r := healthy()
	if r.Instrument.judge(r); r.Instrument.Saturated || len(r.Instrument.Reasons) > 0 {
		t.Fatalf("a healthy instrument: %v", r.Instrument.Reasons)
	}
	for name, harm := range map[string]func(*Result){
		"lag_p99":          func(r *Result) { r.Instrument.Lag.P99++ },
		"dispatch_p99":     func(r *Result) { r.Instrument.Dispatch.P99++ },
		"connections":      func(r *Result) { r.Instrument.Occupancy.Typical += time.Microsecond },
		"cpu_share":        func(r *Result) { r.Instrument.CPUShare += 0.01 },
		"run_delay":        func(r *Result) { r.Instrument.RunDelay += time.Microsecond },
		"throttled":        func(r *Result) { r.Instrument.Throttled++ },
		"collector_pause":  func(r *Result) { r.Instrument.LongestPause += time.Microsecond },
		"own_time":         func(r *Result) { r.Instrument.OwnTime++ },
		"generator_errors": func(r *Result) { r.Total.Classes[Generator]++ },
		"rate_of_ceiling":  func(r *Result) { r.Total.Sent++ },
		"uncalibrated":     func(r *Result) { r.Profile.Calibration = Calibration{} },
		"unwatched":        func(r *Result) { r.Instrument.Watched, r.Instrument.RunDelay = 0, 0 },
	} {
		r := healthy()
		harm(r)
		if r.Instrument.judge(r); !r.Instrument.Saturated || len(r.Instrument.Reasons) != 1 || !has(r, name) {
			t.Errorf("%s: reasons %v", name, r.Instrument.Reasons)
		}
	}
}

// Without a budget nothing says how much of a latency the generator may take.
func TestRunDelayWithoutABudget(t *testing.T) {
	r := healthy()
	r.Profile.Budget, r.Instrument.RunDelay, r.Instrument.LongestPause = 0, time.Second, 0
	r.Instrument.Lag.P99, r.Instrument.Dispatch.P99 = maxLag, maxLag
	if r.Instrument.judge(r); r.Instrument.Saturated {
		t.Fatalf("reasons %v", r.Instrument.Reasons)
	}
	r.Instrument.RunDelay++
	if r.Instrument.judge(r); !has(r, "run_delay") {
		t.Errorf("reasons %v", r.Instrument.Reasons)
	}
}

// A stop of half a second is not one late waking among thousands of good ones.
func TestALongStopWeighsWhatItLasted(t *testing.T) {
	var h Histogram
	for range 900 { // four seconds and a half of punctual wakings
		h.recordMissed(0)
	}
	h.recordMissed(500 * time.Millisecond)
	if got := h.Quantile(95, 100); got < 200*time.Millisecond || h.N() != 900+101 {
		t.Errorf("p95 %v of %d", got, h.N())
	}
}

func TestNothingIsProvedByNothing(t *testing.T) {
	var r Result
	if r.Instrument.judge(&r); !r.Instrument.Saturated {
		t.Error("the zero result has a healthy instrument")
	}
}

// Every processor is kept busy by ourselves: whether the system grants the time
// or not, the instrument was not free.
func TestABusyGeneratorSaysSo(t *testing.T) {
	null, err := startNull()
	if err != nil {
		t.Fatal(err)
	}
	defer null.stop()
	var stop atomic.Bool
	var busy sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			for !stop.Load() {
			}
		})
	}
	s := one()
	s.Target = "http://" + null.listener.Addr().String()
	r := run1(t, s, Profile{Users: 2, Think: 10 * time.Millisecond, Duration: time.Second})
	stop.Store(true)
	busy.Wait()
	if !has(r, "cpu_share") && !has(r, "run_delay") && !has(r, "lag_p99") {
		t.Errorf("reasons %v of %+v", r.Instrument.Reasons, r.Instrument)
	}
	in := r.Instrument
	if in.Lag.N == 0 || in.CPU == 0 || in.Watched < time.Second || in.Descriptors == 0 || in.DescriptorLimit == 0 || len(in.Health) == 0 {
		t.Errorf("the watch saw too little: %+v", in)
	}
}

func TestCalibration(t *testing.T) {
	c, err := Calibrate(t.Context(), 8, 600*time.Millisecond)
	for lasting := 1200 * time.Millisecond; err != nil && lasting < patience; lasting *= 2 { // a busy machine answers nothing so soon
		c, err = Calibrate(t.Context(), 8, lasting)
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.Rate <= 0 || c.Floor.N == 0 || c.Floor.P50 <= 0 || c.Failed != 0 || c.Users != 8 {
		t.Errorf("got %+v", c)
	}
}

// One exchange over the loopback device, judged and recorded; half of it is the
// null server's.
func BenchmarkRequest(b *testing.B) {
	null, err := startNull()
	if err != nil {
		b.Fatal(err)
	}
	defer null.stop()
	s := Scenario{Target: "http://" + null.listener.Addr().String(), Requests: []Request{{
		Name: "null", Method: "GET", Path: "/", Weight: 1, Expect: Expect{MediaType: "application/json", JSON: true, NonEmpty: true},
	}}}
	r, err := newRun(b.Context(), s, Profile{Users: 1, Requests: 1, Timeout: patience}, thisMachine())
	if err != nil {
		b.Fatal(err)
	}
	r.began = time.Now()
	u := r.users[0]
	defer u.drop()
	b.ReportAllocs()
	for b.Loop() {
		at, measured, _ := r.begin()
		if got := u.request(b.Context(), r.next(), at, measured); got.class != Answered {
			b.Fatal(got.class)
		}
	}
}
