package load

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Merge adds up the results of runs that went on side by side, such as one from
// each of several machines. All that is counted comes out bit for bit as if one
// run had sent everything: every histogram and so every percentile, classes,
// statuses, the answers over the budget, bytes, each endpoint, the warm-up,
// connections, and the series window by window, all runs taken to have begun at
// the same time.
//
// Three things do not add up. The longest silence is the worst of the parts: each
// sees only its own answers. Of the instruments the worst figure of any is kept,
// since a sum would hide the one that was out of breath, and the merged one is
// saturated if one of them was. Of error texts the first part's is kept.
func Merge(parts ...*Result) (*Result, error) {
	if len(parts) == 0 {
		return nil, errors.New("merge: there are no results: name at least one")
	}
	m := &Result{Profile: parts[0].Profile, WarmUp: WarmUp{Steady: true}, Examples: map[Class]string{}}
	m.Profile.Users, m.Profile.Rate, m.Profile.Requests, m.Profile.Calibration = 0, 0, 0, Calibration{}
	sum := &sum{byName: map[string]*tally{}}
	for i, p := range parts {
		err := parts[0].Profile.alike(p.Profile)
		if err == nil {
			err = p.whole()
		}
		if err == nil {
			err = sum.add(p)
		}
		if err != nil {
			return nil, fmt.Errorf("merge: result %d: %w", i+1, err)
		}
		m.take(p)
	}
	sum.into(m)
	silence := m.Stalls.LongestSilence
	m.Stalls = stalls(m.Series, m.WarmUp.Lasted, m.Measured)
	m.Stalls.LongestSilence = silence
	m.Instrument = mergeInstruments(parts)
	if len(m.Examples) == 0 {
		m.Examples = nil
	}
	return m, nil
}

// whole refuses a result from which the counts cannot be had again.
func (r *Result) whole() error {
	if r.WarmUp.Histogram == nil || r.Connections.Histogram == nil {
		return errors.New("it holds no histograms: write it with --out")
	}
	for _, e := range r.Endpoints {
		if e.Histogram == nil || e.FailedHistogram == nil || r.Profile.open() && e.ServiceHistogram == nil {
			return fmt.Errorf("%s holds no histograms: write it with --out", e.Name)
		}
		if e.Histogram.N() != e.Classes[Answered] {
			return fmt.Errorf("%s counts %d answers and has the latencies of %d: it was changed after the run", e.Name, e.Classes[Answered], e.Histogram.N())
		}
	}
	return nil
}

// alike refuses a part that was measured by other rules than the first. Only how
// many there were and how they were dealt may differ.
func (p Profile) alike(o Profile) error {
	if p.open() != o.open() {
		return errors.New("it is of the other model: closed and open results do not add up")
	}
	o.Users, o.Rate, o.Requests, o.Seed, o.Calibration = p.Users, p.Rate, p.Requests, p.Seed, p.Calibration
	if o != p {
		return errors.New("its budget, times or limits are not those of the first: measure all parts in the same way")
	}
	return nil
}

// take adds what needs no counting again.
func (r *Result) take(p *Result) {
	r.Parts += max(1, p.Parts)
	r.Profile.Users += p.Profile.Users
	r.Profile.Rate += p.Profile.Rate
	r.Profile.Requests += p.Profile.Requests
	r.Profile.Calibration.add(p.Profile.Calibration)
	r.Interrupted = r.Interrupted || p.Interrupted
	r.Measured = max(r.Measured, p.Measured)
	r.Stalls.LongestSilence = max(r.Stalls.LongestSilence, p.Stalls.LongestSilence)
	if !slices.Contains(strings.Split(r.Address, ", "), p.Address) {
		r.Address = strings.TrimPrefix(r.Address+", "+p.Address, ", ")
	}
	for c, text := range p.Examples {
		r.Examples[c] = cmp.Or(r.Examples[c], text)
	}
	w := &r.WarmUp
	w.Steady = w.Steady && p.WarmUp.Steady
	w.Lasted = max(w.Lasted, p.WarmUp.Lasted)
	w.Requests += p.WarmUp.Requests
	w.Failed += p.WarmUp.Failed
	c := &r.Connections
	c.Made += p.Connections.Made
	c.Asked += p.Connections.Asked
	c.WhileIdle += p.Connections.WhileIdle
	c.Unasked += p.Connections.Unasked
}

// sum is everything counted.
type sum struct {
	names          []string
	byName         map[string]*tally
	warm, connects Histogram
	windows        []Window
	latencies      []*Histogram // by window
}

func (s *sum) add(p *Result) error {
	for _, e := range p.Endpoints {
		t, known := s.byName[e.Name]
		if !known {
			t = &tally{}
			s.byName[e.Name] = t
			s.names = append(s.names, e.Name)
		}
		read, err := e.tally()
		if err != nil {
			return err
		}
		t.merge(read)
	}
	s.warm.Merge(p.WarmUp.Histogram)
	s.connects.Merge(p.Connections.Histogram)
	for i, w := range p.Series {
		if err := s.window(i, w); err != nil {
			return fmt.Errorf("window %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *sum) window(i int, w Window) error {
	if i == len(s.windows) {
		s.windows, s.latencies = append(s.windows, Window{}), append(s.latencies, nil)
	}
	into := &s.windows[i]
	into.Offered += w.Offered
	into.Done += w.Done
	into.Failed += w.Failed
	into.Over += w.Over
	if w.Latencies == nil {
		if w.Done > 0 {
			return errors.New("it holds no latencies: write it with --out")
		}
		return nil
	}
	h, err := w.Latencies.histogram()
	if err != nil {
		return err
	}
	if s.latencies[i] == nil {
		s.latencies[i] = &Histogram{}
	}
	s.latencies[i].Merge(h)
	return nil
}

// into writes the sums down as a run writes its own.
func (s *sum) into(r *Result) {
	total := &tally{}
	for _, name := range s.names {
		total.merge(s.byName[name])
		r.Endpoints = append(r.Endpoints, s.byName[name].endpoint(name, r.Profile))
	}
	r.Total = total.endpoint("total", r.Profile)
	r.WarmUp.Latency, r.WarmUp.Histogram = s.warm.Summary(), &s.warm
	r.Connections.Took, r.Connections.Histogram = s.connects.Summary(), &s.connects
	for i, h := range s.latencies {
		if h != nil {
			s.windows[i].keep(h)
		}
	}
	r.Series = s.windows
}

// tally reads an endpoint back.
func (e Endpoint) tally() (*tally, error) {
	t := &tally{over: e.Over, bytes: e.Bytes}
	for c, n := range e.Classes {
		if c >= classes || n < 0 {
			return nil, fmt.Errorf("%s: a count of class %d: it was not written by this package", e.Name, c)
		}
		t.classes[c] = n
	}
	for status, n := range e.Statuses {
		if status < 1 || status >= maxStatus || n < 0 {
			return nil, fmt.Errorf("%s: a count of status %d: it was not written by this package", e.Name, status)
		}
		t.statuses[status] = n
	}
	t.latency.Merge(e.Histogram)
	t.service.Merge(e.ServiceHistogram)
	t.failed.Merge(e.FailedHistogram)
	return t, nil
}
