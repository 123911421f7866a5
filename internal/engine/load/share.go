package load

import (
	"math"
	"time"
)

// confidence is the quantile of the normal distribution for a one-sided bound of
// 95 %.
const confidence = 1.6449

// Share is how many of so many, with what is known of its reliability.
type Share struct {
	Count int64 `json:"count"`
	Of    int64 `json:"of"`
	// Spread says how much less independent the observations are than their number
	// pretends: 1 when each second is like the others, more when they come in
	// clumps, as in a stall (the design effect of sampling in clusters).
	Spread float64 `json:"spread"`
}

// Percent is the share itself.
func (s Share) Percent() float64 {
	if s.Of == 0 {
		return 0
	}
	return 100 * float64(s.Count) / float64(s.Of)
}

// Bounds gives the one-sided 95 % bounds of the true share, in percent (Wilson's
// interval; E. B. Wilson, JASA 22, 1927).
func (s Share) Bounds() (low, high float64) {
	n := float64(s.Of) / max(1, s.Spread)
	if n <= 0 {
		return 0, 100
	}
	p, z2 := float64(s.Count)/float64(s.Of), confidence*confidence
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := confidence / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return 100 * max(0, middle-half), 100 * min(1, middle+half)
}

// Over tells that the true share is above the limit, in percent, and Under that it
// is not, both with 95 % confidence. Neither means that more must be sent.
func (s Share) Over(limit float64) bool {
	low, _ := s.Bounds()
	return s.Of > 0 && low > limit
}

// Under is the counterpart of Over.
func (s Share) Under(limit float64) bool {
	_, high := s.Bounds()
	return s.Of > 0 && high <= limit
}

// Add pools two shares; the worse spread holds for both.
func (s Share) Add(o Share) Share {
	return Share{s.Count + o.Count, s.Of + o.Of, max(s.Spread, o.Spread)}
}

// Spread compares how a share varies from block to block with how it would if
// every request were on its own (the chi-squared statistic per degree of freedom).
func Spread(blocks []Share) float64 {
	const fewest = 3
	var count, of int64
	for _, b := range blocks {
		count, of = count+b.Count, of+b.Of
	}
	p := float64(count) / max(1, float64(of))
	if len(blocks) < fewest || p <= 0 || p >= 1 {
		return 1
	}
	chi := 0.0
	for _, b := range blocks {
		if b.Of > 0 {
			d := float64(b.Count) - float64(b.Of)*p
			chi += d * d / (float64(b.Of) * p * (1 - p))
		}
	}
	return max(1, chi/float64(len(blocks)-1))
}

// Spreads says how much less independent the slow answers and the failures of a
// run are than their number pretends: it compares its whole seconds.
func (r *Result) Spreads() (slow, wrong float64) {
	const perSecond = int(time.Second / WindowLength)
	first := int((r.WarmUp.Lasted + WindowLength - 1) / WindowLength)
	var slows, wrongs []Share
	for i := first; i+perSecond <= len(r.Series); i += perSecond {
		var s, w Share
		for _, window := range r.Series[i : i+perSecond] {
			s.Count, s.Of = s.Count+window.Over, s.Of+window.Done
			w.Count, w.Of = w.Count+window.Failed, w.Of+window.Done+window.Failed
		}
		slows, wrongs = append(slows, s), append(wrongs, w)
	}
	return Spread(slows), Spread(wrongs)
}
