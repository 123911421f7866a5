package pool

import "slices"

const (
	// sweepFurther bounds how many requests are sent at once in search of a
	// plateau above the declared size.
	sweepFurther = 128
	// spareSlots of the server are never filled by our requests.
	spareSlots = 3
	// largePool is the size above which 3N would be too many requests.
	largePool = 32
)

// sweep gives the numbers of simultaneous requests at which the pool is read,
// largest first, so that the slow opening of connections is met first: 1, N/2,
// N, N+1, 2N, 3N (not of a large pool) and the brief's own concurrency, none
// above room.
func sweep(declared, concurrency, room int) []int {
	largest := 3 * declared
	if declared > largePool {
		largest = 2 * declared
	}
	all := []int{}
	for _, k := range []int{1, declared / 2, declared, declared + 1, 2 * declared, largest, concurrency} {
		if k = min(k, room); k >= 1 {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return all
}

// shape is what the readings of one endpoint come to.
type shape struct {
	agree  bool // all repeats of every k gave the same number
	exact  bool // every k gave min(k, declared)
	most   int  // the largest number read
	at     int  // the smallest k at which it was read
	capped bool // it was read with more requests than that: there is a plateau
}

func shapeOf(readings []Reading, declared int) shape {
	s := shape{agree: true, exact: len(readings) > 0}
	first := map[int]int{}
	for _, r := range readings {
		if n, seen := first[r.K]; seen && n != r.Waiting {
			s.agree = false
		}
		first[r.K] = r.Waiting
		s.exact = s.exact && r.Waiting == min(r.K, declared)
		if r.Waiting > s.most || r.Waiting == s.most && r.K < s.at {
			s.most, s.at = r.Waiting, r.K
		}
	}
	for _, r := range readings {
		s.capped = s.capped || r.Waiting == s.most && r.K > s.most
	}
	return s
}
