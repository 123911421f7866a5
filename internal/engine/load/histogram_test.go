package load

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// durations spread over all powers of two, as no real service would.
func durations(random *rand.Rand, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = time.Duration(random.Uint64N(1 << (1 + random.UintN(topBits))))
	}
	return all
}

func TestEveryBucketIsWithinHalfAPercent(t *testing.T) {
	for b := range buckets {
		m := middle(b)
		if bucket(m) != b {
			t.Fatalf("the middle %d of bucket %d lies in bucket %d", m, b, bucket(m))
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, d := range durations(random, 200_000) {
		v := float64(d)
		if off := math.Abs(float64(middle(bucket(uint64(d))))-v) / max(v, 1); off > 0.005 {
			t.Fatalf("%v is off by %.3f %%", d, 100*off)
		}
	}
}

func TestBucketsAreInOrder(t *testing.T) {
	last := 0
	for v := uint64(0); v < 1<<42; v += 1 + v/300 {
		b := bucket(v)
		if b < last || b > last+1 {
			t.Fatalf("%d lies in bucket %d, the value before in %d", v, b, last)
		}
		last = b
	}
	if last != buckets-1 {
		t.Errorf("the last bucket reached is %d of %d", last, buckets)
	}
}

func TestQuantileIsNearestRank(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		n := 1 + random.IntN(400)
		all := make([]time.Duration, n)
		var h Histogram
		for i := range all {
			all[i] = time.Duration(random.IntN(2 << cutBits)) // one bucket each: exact
			h.Record(all[i])
		}
		slices.Sort(all)
		for _, q := range [][2]uint64{{0, 100}, {1, 100}, {50, 100}, {95, 100}, {99, 100}, {999, 1000}, {1, 1}} {
			rank := max(1, (uint64(n)*q[0]+q[1]-1)/q[1])
			if got, want := h.Quantile(q[0], q[1]), all[rank-1]; got != want {
				t.Fatalf("%d of %d of %d values is %v, want %v", q[0], q[1], n, got, want)
			}
		}
	}
}

// What lies above the quantile is no part of the mean below it.
func TestMeanBelow(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 12))
	for range 100 {
		n := 1 + random.IntN(400)
		all := make([]time.Duration, n)
		var h Histogram
		for i := range all {
			all[i] = time.Duration(random.IntN(2 << cutBits)) // one bucket each: exact
			h.Record(all[i])
		}
		slices.Sort(all)
		for _, q := range []uint64{0, 50, 95, 100} {
			rank := max(1, (uint64(n)*q+99)/100)
			var sum time.Duration
			for _, d := range all[:rank] {
				sum += d
			}
			if got, want := h.MeanBelow(q, 100), sum/time.Duration(rank); got != want {
				t.Fatalf("the mean of %d %% of %d values is %v, want %v", q, n, got, want)
			}
		}
	}
	var h Histogram
	if h.MeanBelow(95, 100) != 0 {
		t.Error("an empty histogram has a mean")
	}
}

func TestExtremes(t *testing.T) {
	var h Histogram
	if h.Quantile(95, 100) != 0 || h.Summary() != (Latency{}) {
		t.Error("an empty histogram says something")
	}
	h.Record(-time.Second)
	h.Record(3 * time.Hour)
	want := Latency{N: 2, Mean: 90 * time.Minute, P90: 3 * time.Hour, P95: 3 * time.Hour, P99: 3 * time.Hour, P999: 3 * time.Hour, Max: 3 * time.Hour}
	if got := h.Summary(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The parts of a run, sent through JSON from anywhere, add up to the whole.
func TestMergeIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		var whole, merged Histogram
		parts := make([]Histogram, 1+random.IntN(9))
		for _, d := range durations(random, random.IntN(3000)) {
			whole.Record(d)
			parts[random.IntN(len(parts))].Record(d)
		}
		for i := range parts {
			merged.Merge(through(t, &parts[i]))
		}
		if merged != whole {
			t.Fatal("the parts do not add up to the whole")
		}
	}
}

func through(t *testing.T, h *Histogram) *Histogram {
	t.Helper()
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back Histogram
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if back != *h {
		t.Fatalf("not the same after JSON: %s", text)
	}
	return &back
}

func TestHistogramRefusesWhatItDidNotWrite(t *testing.T) {
	for _, text := range []string{
		`{"sum_ns":1,"min_ns":1,"max_ns":1,"buckets":[[1,0]]}`,
		`{"sum_ns":3,"min_ns":1,"max_ns":2,"buckets":[[2,1],[1,1]]}`,
		`{"sum_ns":1,"min_ns":1,"max_ns":1,"buckets":[[4352,1]]}`,
		`{"sum_ns":1,"min_ns":1,"max_ns":9,"buckets":[[1,1]]}`,
		`{"sum_ns":1,"min_ns":1,"max_ns":1,"buckets":[[1,-1]]}`,
		`[]`,
	} {
		var h Histogram
		if json.Unmarshal([]byte(text), &h) == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	all := durations(rand.New(rand.NewPCG(4, 4)), 1<<12)
	for i := range all {
		all[i] = time.Millisecond + all[i]%time.Millisecond
	}
	h := new(Histogram)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.Record(all[i&(1<<12-1)])
	}
}
