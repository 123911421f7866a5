package load

import (
	"slices"
	"time"
)

// WindowLength is the width of the windows of a series.
const WindowLength = 250 * time.Millisecond

// Window is what happened within one WindowLength of a run.
type Window struct {
	// Offered counts the requests that fell due in this window: begun in the
	// closed model, scheduled in the open one.
	Offered int64 `json:"offered"`
	// Done counts the right answers that ended in this window, Failed what failed
	// in it, Over the right answers over the budget.
	Done   int64 `json:"done"`
	Failed int64 `json:"failed"`
	Over   int64 `json:"over"`
	// The latencies of Done.
	P50 time.Duration `json:"p50_ns"`
	P95 time.Duration `json:"p95_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
	// Latencies are behind them; nil when nothing was done.
	Latencies *Sparse `json:"latencies,omitempty"`
}

// series cuts a run into windows. One histogram serves them all, one after the
// other: a closed window keeps its figures and the buckets that hold something.
type series struct {
	windows []Window
	live    Histogram
}

// advance closes the windows that end at or before now and opens the one that
// now falls into. It says whether it opened one.
func (s *series) advance(now time.Duration) bool {
	current := int(now / WindowLength)
	if current < len(s.windows) {
		return false
	}
	s.close()
	for len(s.windows) <= current {
		s.windows = append(s.windows, Window{})
	}
	return true
}

// close writes the figures of the last window.
func (s *series) close() {
	if len(s.windows) == 0 {
		return
	}
	if s.live.n > 0 {
		s.windows[len(s.windows)-1].keep(&s.live)
		s.live = Histogram{}
	}
}

// keep writes down the latencies of a window.
func (w *Window) keep(h *Histogram) {
	w.P50, w.P95, w.P99, w.Max = h.Quantile(50, 100), h.Quantile(95, 100), h.Quantile(99, 100), h.Quantile(1, 1)
	w.Latencies = h.sparse()
}

// record counts one request in the window where it ended, and in the one where
// it fell due.
func (s *series) record(due, ended, latency time.Duration, c Class, over bool) {
	s.windows[int(due/WindowLength)].Offered++
	w := &s.windows[len(s.windows)-1]
	switch {
	case c == Answered:
		w.Done++
		s.live.Record(latency)
		if over {
			w.Over++
		}
	case c.Failed():
		w.Failed++
	}
}

const (
	// steadyWindows in a row must agree for the warm-up to end early,
	steadyWindows = 3
	// each with as many right answers as make a p95 worth comparing,
	steadyAnswers = 20
	// and the largest p95 at most this many percent above the smallest.
	steadyPercent = 10
)

// steady says whether the last closed windows agree on their p95.
func (s *series) steady() bool {
	closed := s.windows[:max(0, len(s.windows)-1)]
	if len(closed) < steadyWindows {
		return false
	}
	last := closed[len(closed)-steadyWindows:]
	if slices.ContainsFunc(last, func(w Window) bool { return w.Done < steadyAnswers }) {
		return false
	}
	byP95 := func(a, b Window) int { return int(a.P95 - b.P95) }
	return slices.MaxFunc(last, byP95).P95*100 <= slices.MinFunc(last, byP95).P95*(100+steadyPercent)
}
