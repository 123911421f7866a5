package harden

// soonest is a binary heap of buckets: the one that is whole again first stands at the top. A bucket knows its place, and
// only ever moves back: time taken is not given back.
type soonest struct{ all []*bucket }

func (h *soonest) first() *bucket {
	if len(h.all) == 0 {
		return nil
	}
	return h.all[0]
}

func (h *soonest) add(b *bucket) {
	b.at = len(h.all)
	h.all = append(h.all, b)
	for i := b.at; i > 0; {
		parent := (i - 1) / 2
		if h.all[parent].whole <= h.all[i].whole {
			return
		}
		h.swap(parent, i)
		i = parent
	}
}

func (h *soonest) dropFirst() {
	last := len(h.all) - 1
	h.swap(0, last)
	h.all[last] = nil
	h.all = h.all[:last]
	h.later(0)
}

// later puts the bucket at i where it belongs after it grew.
func (h *soonest) later(i int) {
	for {
		child := 2*i + 1
		if child >= len(h.all) {
			return
		}
		if right := child + 1; right < len(h.all) && h.all[right].whole < h.all[child].whole {
			child = right
		}
		if h.all[i].whole <= h.all[child].whole {
			return
		}
		h.swap(i, child)
		i = child
	}
}

func (h *soonest) swap(i, j int) {
	h.all[i], h.all[j] = h.all[j], h.all[i]
	h.all[i].at, h.all[j].at = i, j
}
