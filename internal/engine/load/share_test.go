package load

import (
	"math"
	"testing"
)

// The bounds are those of Wilson's interval, by its own formula solved for the
// share at which the observed one is just as far off as the confidence allows.
func TestBoundsSolveTheirEquation(t *testing.T) {
	for _, s := range []Share{{1, 10, 1}, {12, 100, 1}, {50, 1000, 1}, {50, 1000, 4}, {999, 1000, 1}} {
		n, p := float64(s.Of)/s.Spread, float64(s.Count)/float64(s.Of)
		low, high := s.Bounds()
		for _, b := range []float64{low / 100, high / 100} {
			if off := math.Abs(p-b) / math.Sqrt(b*(1-b)/n); math.Abs(off-confidence) > 1e-6 {
				t.Errorf("%+v: %v is %v standard errors off", s, b, off)
			}
		}
		if low > s.Percent() || high < s.Percent() {
			t.Errorf("%+v: %v to %v", s, low, high)
		}
	}
}

func TestNothingSeenIsNothingKnown(t *testing.T) {
	var s Share
	if low, high := s.Bounds(); low != 0 || high != 100 || s.Over(0) || s.Under(100) || s.Percent() != 0 {
		t.Errorf("%v to %v", low, high)
	}
}

// So many requests without a failure it takes to know a limit kept.
func TestHowManyItTakes(t *testing.T) {
	for limit, least := range map[float64]int64{1: 268, 5: 52} {
		if (Share{0, least - 1, 1}).Under(limit) || !(Share{0, least, 1}).Under(limit) {
			t.Errorf("limit %v: not %d", limit, least)
		}
	}
}

func TestSpread(t *testing.T) {
	even := []Share{{5, 100, 0}, {5, 100, 0}, {5, 100, 0}, {5, 100, 0}}
	clump := []Share{{0, 100, 0}, {20, 100, 0}, {0, 100, 0}, {0, 100, 0}}
	if got := Spread(even); got != 1 {
		t.Errorf("even: %v", got)
	}
	if got := Spread(clump); got < 15 {
		t.Errorf("a clump: %v", got)
	}
	for _, none := range [][]Share{nil, {{5, 100, 0}}, {{0, 9, 0}, {0, 9, 0}, {0, 9, 0}}, {{9, 9, 0}, {9, 9, 0}, {9, 9, 0}}, {{0, 0, 0}, {0, 0, 0}, {1, 2, 0}}} {
		if got := Spread(none); got != 1 || math.IsNaN(got) {
			t.Errorf("%v: %v", none, got)
		}
	}
	if got := (Share{1, 10, 1}).Add(Share{2, 20, 3}); got != (Share{3, 30, 3}) {
		t.Errorf("sum %+v", got)
	}
}
