package performance

import (
	"math"
	"testing"
)

// The bounds are those of Wilson's interval, by its own formula solved for the
// share at which the observed one is just as far off as the confidence allows.
func TestBoundsSolveTheirEquation(t *testing.T) {
	for _, s := range []Share{{1, 10, 1}, {12, 100, 1}, {50, 1000, 1}, {50, 1000, 4}, {999, 1000, 1}} {
		n, p := float64(s.Of)/s.Spread, float64(s.Count)/float64(s.Of)
		low, high := s.bounds()
		for _, b := range []float64{low / 100, high / 100} {
			if off := math.Abs(p-b) / math.Sqrt(b*(1-b)/n); math.Abs(off-confidence) > 1e-6 {
				t.Errorf("%+v: %v is %v standard errors off", s, b, off)
			}
		}
		if low > s.percent() || high < s.percent() {
			t.Errorf("%+v: %v to %v", s, low, high)
		}
	}
}

func TestNothingSeenIsNothingKnown(t *testing.T) {
	var s Share
	if low, high := s.bounds(); low != 0 || high != 100 || s.over(0) || s.under(100) || s.percent() != 0 {
		t.Errorf("%v to %v", low, high)
	}
}

// So many requests without a failure it takes to know a limit kept.
func TestHowManyItTakes(t *testing.T) {
	for limit, least := range map[float64]int64{1: 268, 5: 52} {
		if (Share{0, least - 1, 1}).under(limit) || !(Share{0, least, 1}).under(limit) {
			t.Errorf("limit %v: not %d", limit, least)
		}
	}
}

func TestSpread(t *testing.T) {
	even := []Share{{5, 100, 0}, {5, 100, 0}, {5, 100, 0}, {5, 100, 0}}
	clump := []Share{{0, 100, 0}, {20, 100, 0}, {0, 100, 0}, {0, 100, 0}}
	if got := spread(even); got != 1 {
		t.Errorf("even: %v", got)
	}
	if got := spread(clump); got < 15 {
		t.Errorf("a clump: %v", got)
	}
	for _, none := range [][]Share{nil, {{5, 100, 0}}, {{0, 9, 0}, {0, 9, 0}, {0, 9, 0}}, {{9, 9, 0}, {9, 9, 0}, {9, 9, 0}}, {{0, 0, 0}, {0, 0, 0}, {1, 2, 0}}} {
		if got := spread(none); got != 1 || math.IsNaN(got) {
			t.Errorf("%v: %v", none, got)
		}
	}
	if got := (Share{1, 10, 1}).add(Share{2, 20, 3}); got != (Share{3, 30, 3}) {
		t.Errorf("sum %+v", got)
	}
}
