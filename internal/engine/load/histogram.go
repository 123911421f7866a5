package load

import (
	"math/bits"
	"time"
)

// The layout never changes: histograms of two runs, two machines or two versions
// add up count by count. Durations below 2^7 ns have a bucket each; above, every
// power of two is cut into 2^7 buckets, so that the middle of a bucket is within
// 1/256 (0.39 %) of every value in it. Values of 2^40 ns (18 minutes) and more
// share the last bucket.
const (
	cutBits = 7
	topBits = 40
	buckets = (topBits - cutBits + 1) << cutBits
)

// Histogram counts durations in a fixed layout. Its zero value is empty and
// ready. It is 34 KiB large: hold it by pointer.
type Histogram struct {
	n, sum, least, most uint64 // durations in nanoseconds
	counts              [buckets]uint64
}

// bucket gives the place of a value.
func bucket(v uint64) int {
	if v < 1<<cutBits {
		return int(v)
	}
	if v >= 1<<topBits {
		return buckets - 1
	}
	shift := bits.Len64(v) - cutBits - 1
	return shift<<cutBits + int(v>>shift)
}

// middle gives the value in the middle of a bucket.
func middle(b int) uint64 {
	if b < 2<<cutBits {
		return uint64(b)
	}
	shift := b>>cutBits - 1
	low := uint64(b-shift<<cutBits) << shift
	return low + 1<<shift/2
}

// Record counts one duration; a negative one counts as zero.
func (h *Histogram) Record(d time.Duration) {
	v := uint64(max(d, 0))
	if h.n == 0 || v < h.least {
		h.least = v
	}
	if v > h.most {
		h.most = v
	}
	h.n++
	h.sum += v
	h.counts[bucket(v)]++
}

// Merge adds the counts of another histogram. The parts of a run merge to
// exactly what one histogram over the whole run would hold.
func (h *Histogram) Merge(o *Histogram) {
	if o == nil || o.n == 0 {
		return
	}
	if h.n == 0 || o.least < h.least {
		h.least = o.least
	}
	h.most = max(h.most, o.most)
	h.n += o.n
	h.sum += o.sum
	for i, c := range o.counts {
		h.counts[i] += c
	}
}

// N is the number of durations recorded.
func (h *Histogram) N() int64 { return int64(h.n) }

// Quantile gives the duration at rank ceil(n*part/whole), the nearest-rank
// definition, within 0.39 %: Quantile(95, 100) is the 95th percentile. It is 0
// when nothing was recorded.
func (h *Histogram) Quantile(part, whole uint64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := max(1, (h.n*part+whole-1)/whole)
	if rank >= h.n {
		return time.Duration(h.most)
	}
	var below uint64
	for i, c := range h.counts {
		if below += c; below >= rank {
			return time.Duration(h.value(i))
		}
	}
	return time.Duration(h.most)
}

// value stands for all values of a bucket.
func (h *Histogram) value(b int) uint64 { return min(max(middle(b), h.least), h.most) }

// MeanBelow gives the mean of the durations up to a quantile, within 0.39 %:
// MeanBelow(95, 100) leaves out the longest twentieth. It is 0 when nothing was
// recorded.
func (h *Histogram) MeanBelow(part, whole uint64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := min(h.n, max(1, (h.n*part+whole-1)/whole))
	var sum uint64
	left := rank
	for i, c := range h.counts {
		taken := min(c, left)
		sum += taken * h.value(i)
		if left -= taken; left == 0 {
			break
		}
	}
	return time.Duration(sum / rank)
}

// Latency is what a histogram says, in words that people use. Percentiles are
// nearest rank; Min, Mean and Max are exact.
type Latency struct {
	N    int64         `json:"n"`
	Min  time.Duration `json:"min_ns"`
	Mean time.Duration `json:"mean_ns"`
	P50  time.Duration `json:"p50_ns"`
	P90  time.Duration `json:"p90_ns"`
	P95  time.Duration `json:"p95_ns"`
	P99  time.Duration `json:"p99_ns"`
	P999 time.Duration `json:"p99_9_ns"`
	Max  time.Duration `json:"max_ns"`
}

// Summary reads the usual figures off the histogram.
func (h *Histogram) Summary() Latency {
	if h.n == 0 {
		return Latency{}
	}
	return Latency{
		N:    int64(h.n),
		Min:  time.Duration(h.least),
		Mean: time.Duration(h.sum / h.n),
		P50:  h.Quantile(50, 100),
		P90:  h.Quantile(90, 100),
		P95:  h.Quantile(95, 100),
		P99:  h.Quantile(99, 100),
		P999: h.Quantile(999, 1000),
		Max:  time.Duration(h.most),
	}
}
