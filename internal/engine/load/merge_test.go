package load

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// recording is a run that nobody sends for: samples are given to it.
func recording(t *testing.T, p Profile) *run {
	t.Helper()
	s := Scenario{Target: "http://127.0.0.1:1", Requests: []Request{
		{Name: "GET /a", Method: "GET", Path: "/a", Weight: 3},
		{Name: "GET /b", Method: "GET", Path: "/b", Weight: 1},
		{Name: "GET /a", Method: "GET", Path: "/a?x", Weight: 1},
	}}
	r, err := newRun(t.Context(), s, p, machine{})
	if err != nil {
		t.Fatal(err)
	}
	r.began = time.Now().Add(-time.Hour)
	r.settle(time.Second, true) // the warm-up
	r.advance(0)
	return r
}

// course makes up what came of requests, in the order in which they ended.
func course(random *rand.Rand, n int, lasting time.Duration) []sample {
	all := make([]sample, n)
	at := time.Duration(0)
	for i := range all {
		at += time.Duration(random.Int64N(int64(2 * lasting / time.Duration(n))))
		at = min(at, lasting)
		s := sample{request: random.IntN(3), ended: at, class: Answered, status: 200, bytes: random.Int64N(5000)}
		s.due = at - time.Duration(random.Int64N(int64(at)+1))>>random.UintN(20)
		s.sent = s.due + time.Duration(random.Int64N(int64(s.ended-s.due)+1))
		s.measured = s.due >= time.Second
		if random.IntN(10) == 0 {
			s.class, s.status = Class(random.IntN(int(classes))), random.IntN(maxStatus)
		}
		all[i] = s
	}
	return all
}

// taken gives the result of a run that saw the samples, sent through JSON as a
// file from another machine is.
func taken(t *testing.T, r *run, ended time.Duration) *Result {
	t.Helper()
	r.advance(ended)
	text, err := json.Marshal(r.result(nil))
	if err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

// Whatever requests there were and whoever sent them: the parts add up to the
// whole, bit for bit, in all that Merge says adds up.
func TestPartsAddUpToTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for i := range 40 {
		k, lasting := 1+random.IntN(6), 3*time.Second+time.Duration(random.Int64N(int64(4*time.Second)))
		p := Profile{Users: 2, Duration: lasting - time.Second, Timeout: time.Second, Budget: time.Duration(1 + random.Int64N(int64(time.Second)))}
		if i%2 == 0 {
			p.Rate = 10
		}
		all := p
		all.Users, all.Rate = p.Users*k, p.Rate*float64(k)
		whole := recording(t, all)
		parts := make([]*run, k)
		for j := range parts {
			parts[j] = recording(t, p)
		}
		for _, s := range course(random, 200+random.IntN(3000), lasting) {
			whole.record(s)
			part := parts[random.IntN(k)]
			part.record(s)
			if random.IntN(50) == 0 {
				whole.connected(s.ended - s.due)
				part.connected(s.ended - s.due)
				whole.closed(whileIdle)
				part.closed(whileIdle)
			}
		}
		var results []*Result
		for _, part := range parts {
			results = append(results, taken(t, part, lasting))
		}
		want := taken(t, whole, lasting)
		got, err := Merge(results...)
		if err != nil {
			t.Fatal(err)
		}
		if got.Parts != k || want.Total.Requests == 0 || want.Total.Over == 0 {
			t.Fatalf("%d parts, %+v", got.Parts, want.Total)
		}
		sameButForWhatDoesNotAddUp(t, got, want)
	}
}

func sameButForWhatDoesNotAddUp(t *testing.T, got, want *Result) {
	t.Helper()
	a, b := *got, *want
	for _, r := range []*Result{&a, &b} {
		r.Parts, r.Stalls.LongestSilence, r.Instrument = 0, 0, Instrument{}
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("the parts do not add up to the whole:\n%s\n%s", compactly(t, a), compactly(t, b))
	}
}

func compactly(t *testing.T, r Result) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[:min(len(text), 3000)])
}

// It makes no difference which parts are added up first.
func TestMergeOfMerges(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	p := Profile{Users: 1, Duration: 3 * time.Second, Timeout: time.Second, Budget: time.Millisecond}
	var all []*Result
	for range 4 {
		r := recording(t, p)
		for _, s := range course(random, 500, 4*time.Second) {
			r.record(s)
		}
		all = append(all, taken(t, r, 4*time.Second))
	}
	merge := func(parts ...*Result) *Result {
		m, err := Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	flat := merge(all...)
	for _, other := range []*Result{merge(merge(all[0], all[1]), merge(all[2], all[3])), merge(all[0], merge(all[1], merge(all[2], all[3])))} {
		if !reflect.DeepEqual(flat, other) {
			t.Errorf("%s\n%s", compactly(t, *flat), compactly(t, *other))
		}
	}
}

// A part does not change by being added up.
func TestMergeLeavesItsPartsAlone(t *testing.T) {
	r := recording(t, Profile{Users: 1, Duration: time.Second, Timeout: time.Second})
	for _, s := range course(rand.New(rand.NewPCG(7, 7)), 200, 2*time.Second) {
		r.record(s)
	}
	part := taken(t, r, 2*time.Second)
	before := compactly(t, *part)
	if _, err := Merge(part, part, part); err != nil || compactly(t, *part) != before {
		t.Errorf("%v: the part was changed", err)
	}
}

func TestMergeKeepsTheWorstInstrument(t *testing.T) {
	fresh := func() *Result {
		return taken(t, recording(t, Profile{Users: 1, Duration: time.Second, Timeout: time.Second}), 2*time.Second)
	}
	a, b := fresh(), fresh()
	a.Instrument = Instrument{CPU: 3, Cores: 2, CPUShare: 0.2, Lag: Latency{N: 1, P99: 5}, Descriptors: 9, DescriptorLimit: 10, LongestPause: 1,
		Collections: 1, UsersTime: 5, OwnTime: 1, Unknown: []string{"pressure"}, Health: []Health{{1, 0.1, 7}},
		Occupancy: &Occupancy{Waited: Latency{N: 3, P99: 2}, Held: Latency{N: 3, P95: 9}, Typical: 4}}
	b.Instrument = Instrument{Saturated: true, Reasons: []Reason{{"cpu_share", 0.9, 0.8}}, CPU: 4, Cores: 1, CPUShare: 0.9, Lag: Latency{N: 2, P99: 4}, Descriptors: 10,
		DescriptorLimit: 100, LongestPause: 2, Collections: 1, UsersTime: 5, OwnTime: 2, Dispatch: &Latency{N: 1, Max: 3}, Health: []Health{{2, 0.9, 1}, {3, 0.5, 2}},
		Occupancy: &Occupancy{Waited: Latency{N: 4, P99: 7}, Held: Latency{N: 2, P95: 8}, Typical: 5}}
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := Instrument{Saturated: true, Reasons: []Reason{{"cpu_share", 0.9, 0.8}}, CPU: 7, Cores: 3, CPUShare: 0.9, Lag: Latency{N: 3, P99: 5}, Descriptors: 9,
		DescriptorLimit: 10, LongestPause: 2, Collections: 2, UsersTime: 10, OwnTime: 3, Unknown: []string{"pressure"}, Dispatch: &Latency{N: 1, Max: 3},
		Occupancy: &Occupancy{Waited: Latency{N: 7, P99: 7}, Held: Latency{N: 5, P95: 9}, Typical: 5}, Health: []Health{{2, 0.9, 7}, {3, 0.5, 2}}}
	if !reflect.DeepEqual(m.Instrument, want) {
		t.Errorf("got  %+v\nwant %+v", m.Instrument, want)
	}
}

func TestMergeRefuses(t *testing.T) {
	fresh := func() *Result {
		r := recording(t, Profile{Users: 1, Duration: time.Second, Timeout: time.Second, Budget: time.Second})
		for _, s := range course(rand.New(rand.NewPCG(8, 8)), 300, 2*time.Second) {
			r.record(s)
		}
		return taken(t, r, 2*time.Second)
	}
	for say, harm := range map[string]func(*Result){
		"not those of the first":  func(r *Result) { r.Profile.Budget++ },
		"of the other model":      func(r *Result) { r.Profile.Rate = 1 },
		"result 2: it holds no":   func(r *Result) { r.WarmUp.Histogram = nil },
		"GET /b holds no":         func(r *Result) { r.Endpoints[1].FailedHistogram = nil },
		"holds no latencies":      func(r *Result) { r.Series[5].Latencies = nil },
		"changed after the run":   func(r *Result) { r.Endpoints[0].Classes[Answered]++ },
		"a count of status 70000": func(r *Result) { r.Endpoints[0].Statuses[70000] = 1 },
		"a count of class":        func(r *Result) { r.Endpoints[0].Classes[classes] = 1 },
		"not in order":            func(r *Result) { r.Series[5].Latencies.Buckets[0][1] = 0 },
	} {
		bad := fresh()
		harm(bad)
		if _, err := Merge(fresh(), bad); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: got %v", say, err)
		}
	}
	if _, err := Merge(); err == nil {
		t.Error("nothing was added up")
	}
}

// Recording allocates nothing, whatever is recorded.
func TestRecordingAllocatesNothing(t *testing.T) {
	h, all := new(tally), course(rand.New(rand.NewPCG(9, 9)), 1000, 4*time.Second)
	p := &Profile{Rate: 1, Budget: time.Millisecond}
	i := 0
	if n := testing.AllocsPerRun(5000, func() { h.record(all[i%len(all)], p); i++ }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTally(b *testing.B) {
	all := course(rand.New(rand.NewPCG(9, 9)), 1<<12, 4*time.Second)
	h, p := new(tally), &Profile{Budget: time.Millisecond}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.record(all[i&(1<<12-1)], p)
	}
}
