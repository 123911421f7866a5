package load

import (
	"encoding/json"
	"errors"
)

// Sparse is a histogram that keeps only the buckets that hold something, each as
// its place and its count, in order of place. It is the form of a histogram at
// rest: as JSON, and in the closed windows of a series.
type Sparse struct {
	Sum     uint64      `json:"sum_ns"`
	Least   uint64      `json:"min_ns"`
	Most    uint64      `json:"max_ns"`
	Buckets [][2]uint64 `json:"buckets"`
}

func (h *Histogram) sparse() *Sparse {
	used := 0
	for _, c := range h.counts {
		if c > 0 {
			used++
		}
	}
	s := &Sparse{Sum: h.sum, Least: h.least, Most: h.most, Buckets: make([][2]uint64, 0, used)}
	for i, c := range h.counts {
		if c > 0 {
			s.Buckets = append(s.Buckets, [2]uint64{uint64(i), c})
		}
	}
	return s
}

// histogram gives the full form, or refuses what was not written by this package.
func (s *Sparse) histogram() (*Histogram, error) {
	h := &Histogram{sum: s.Sum, least: s.Least, most: s.Most}
	next := uint64(0)
	for _, b := range s.Buckets {
		if b[0] < next || b[0] >= buckets || b[1] == 0 {
			return nil, errors.New("histogram: the buckets are not in order or hold nothing: it was not written by this package")
		}
		next = b[0] + 1
		h.counts[b[0]] = b[1]
		h.n += b[1]
	}
	if h.n > 0 && (bucket(s.Least) != int(s.Buckets[0][0]) || bucket(s.Most) != int(next-1)) {
		return nil, errors.New("histogram: min_ns or max_ns lies outside the buckets: it was not written by this package")
	}
	return h, nil
}

// MarshalJSON writes the sparse form.
func (h *Histogram) MarshalJSON() ([]byte, error) { return json.Marshal(h.sparse()) }

// UnmarshalJSON reads what MarshalJSON wrote and refuses anything else.
func (h *Histogram) UnmarshalJSON(text []byte) error {
	var s Sparse
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	read, err := s.histogram()
	if err != nil {
		return err
	}
	*h = *read
	return nil
}
