package alerts

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory keeps samples, in order of time per series. It is used by one goroutine.
type memory struct{ series map[string]*kept }

type kept struct {
	labels  labels.Labels
	samples []chunks.Sample
}

func newMemory() *memory { return &memory{map[string]*kept{}} }

func (m *memory) add(l labels.Labels, ms int64, v float64) {
	key := l.String()
	s := m.series[key]
	if s == nil {
		s = &kept{labels: l}
		m.series[key] = s
	}
	if n := len(s.samples); n > 0 && s.samples[n-1].T() >= ms {
		return // the stale mark of a rule's series may come twice
	}
	s.samples = append(s.samples, sample{ms, v})
}

// Querier is storage.Queryable.
func (m *memory) Querier(mint, maxt int64) (storage.Querier, error) {
	return &window{m, mint, maxt}, nil
}

// AppenderV2 is storage.AppendableV2: the rules write what they record.
func (m *memory) AppenderV2(context.Context) storage.AppenderV2 { return &appender{m} }

type appender struct{ m *memory }

func (a *appender) Append(_ storage.SeriesRef, l labels.Labels, _, ms int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, _ storage.AppendV2Options) (storage.SeriesRef, error) {
	if h != nil || fh != nil {
		return 0, errNative
	}
	a.m.add(l, ms, v)
	return 0, nil
}

func (a *appender) Commit() error   { return nil }
func (a *appender) Rollback() error { return nil }

var (
	errNative   = errors.New("alerts: a native histogram was recorded, which is not kept here")
	errNoLabels = errors.New("alerts: labels are not listed here")
)

// window is the samples from mint to maxt, both included, in milliseconds.
type window struct {
	m          *memory
	mint, maxt int64
}

func (w *window) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var found []storage.Series
	for _, s := range w.m.series {
		if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.labels.Get(m.Name)) }) {
			continue
		}
		from := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].T() >= w.mint })
		to := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].T() > w.maxt })
		if from < to {
			found = append(found, storage.NewListSeries(s.labels, s.samples[from:to:to]))
		}
	}
	slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &set{found, -1}
}

func (w *window) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNoLabels
}

func (w *window) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNoLabels
}

func (w *window) Close() error { return nil }

type set struct {
	series []storage.Series
	at     int
}

func (s *set) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *set) At() storage.Series                { return s.series[s.at] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

// sample is a float at a time.
type sample struct {
	ms int64
	v  float64
}

func (s sample) T() int64                      { return s.ms }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }
