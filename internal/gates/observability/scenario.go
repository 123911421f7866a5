package observability

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"

	"listo/internal/engine/alerts"
)

// A play lasts playLength of virtual time; what happens in it happens from trouble
// until relief.
const (
	trouble    = 10 * time.Minute
	relief     = 26 * time.Minute
	playLength = 45 * time.Minute
	// rate is how many requests a second a play has.
	rate = 20.0
	// The errors and the slow requests of an ordinary day, as shares.
	calmErrors, calmSlow = 0.001, 0.02
)

// scenario is a course of events that the rules are shown. Each share is of the
// requests, each function of the time since the beginning.
type scenario struct {
	name   string
	want   string // "" silence; "errors", "slow", "gone": somebody must say so
	errors func(time.Duration) float64
	slow   func(time.Duration) float64
	rate   func(time.Duration) float64 // requests a second
	gone   func(time.Duration) bool
	// restart is when all counters begin at zero again; 0 is never.
	restart time.Duration
}

// scenarios are those an alert must get right.
func scenarios() []scenario {
	return []scenario{
		{name: "healthy"},
		{name: "errors", want: "errors", errors: during(trouble, relief, .05, calmErrors)},
		{name: "slow", want: "slow", slow: during(trouble, relief, .2, calmSlow)},
		{name: "gone", want: "gone", gone: func(t time.Duration) bool { return t >= trouble && t < relief }},
		{name: "spike", errors: during(trouble, trouble+30*time.Second, .5, calmErrors)},
		{name: "blip", errors: during(trouble, trouble+alerts.Step, 1.0/(rate*15), 0), slow: always(0)},
		{name: "silence", rate: during(trouble, relief, 0, rate)},
		{name: "restart", restart: trouble},
	}
}

func always(v float64) func(time.Duration) float64 { return func(time.Duration) float64 { return v } }

func during(from, until time.Duration, v, otherwise float64) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		if t >= from && t < until {
			return v
		}
		return otherwise
	}
}

// stage is what the service really exposes, from which the series of a play are
// made: the names and labels are its own, only the numbers are ours.
type stage struct {
	settings *Settings
	job      string
	seen     exposed
	asked    map[string]bool   // families that the rules read; nil for all
	good     map[string]string // labels of a request that succeeded
	bad      map[string]string // labels of one that ended in 5xx
	timed    map[string]string // labels of the histogram of the good one
}

// set looks for the series that a play needs; what is missing is named.
func set(s *Settings, job string, seen exposed) (stage, string) {
	st := stage{settings: s, job: job, seen: seen}
	for _, l := range seen.series(s.Series.Requests) {
		status := l.labels[s.Series.Status]
		switch {
		case len(status) != 3:
		case status[0] == '2' && (st.good == nil || l.labels[s.Series.Route] == s.Traffic[0].Route):
			st.good = l.labels
		case status[0] == '5' && (st.bad == nil || l.labels[s.Series.Route] == s.Traffic[0].Route):
			st.bad = l.labels
		}
	}
	for _, l := range seen.series(s.Series.Duration) {
		if st.timed == nil || agrees(l.labels, st.good) {
			st.timed = l.labels
		}
	}
	switch {
	case st.good == nil:
		return st, "2xx"
	case st.bad == nil:
		return st, "5xx"
	case st.timed == nil:
		return st, "histogram"
	}
	return st, ""
}

// agrees tells whether no label says otherwise.
func agrees(a, b map[string]string) bool {
	for name, v := range a {
		if other, ok := b[name]; ok && other != v {
			return false
		}
	}
	return true
}

// series makes the series of a play.
func (st stage) series(sc scenario) []alerts.Series {
	var all []alerts.Series
	for name, f := range st.seen.families {
		if st.asked != nil && !st.asked[name] {
			continue
		}
		for _, m := range f.GetMetric() {
			all = append(all, st.ofMetric(sc, name, f.GetType(), m)...)
		}
	}
	up := func(t time.Duration) (float64, bool) {
		if sc.gone != nil && sc.gone(t) {
			return 0, true
		}
		return 1, true
	}
	return append(all, alerts.Series{Labels: st.labels("up", nil), At: up})
}

func (st stage) labels(name string, own map[string]string) map[string]string {
	l := map[string]string{"job": st.job, "instance": st.job + ":1"}
	maps.Copy(l, own)
	l["__name__"] = name
	return l
}

func (st stage) ofMetric(sc scenario, name string, kind dto.MetricType, m *dto.Metric) []alerts.Series {
	own := map[string]string{}
	for _, l := range m.GetLabel() {
		own[l.GetName()] = l.GetValue()
	}
	one := func(name string, more map[string]string, perSecond func(time.Duration) float64) alerts.Series {
		l := st.labels(name, own)
		maps.Copy(l, more)
		return alerts.Series{Labels: l, At: sc.counter(perSecond)}
	}
	s := st.settings.Series
	switch {
	case name == s.Requests:
		return []alerts.Series{one(name, nil, sc.requests(st.share(own)))}
	case m.GetHistogram() != nil:
		timed, perSecond := name == s.Duration && maps.Equal(own, st.timed), always(0)
		switch {
		case name+"_count" == s.Requests: // the histogram is the counter too
			timed, perSecond = st.share(own) != "", sc.requests(st.share(own))
		case timed:
			perSecond = sc.requests("all")
		}
		return st.histogram(sc, name, m.GetHistogram(), timed, perSecond, one)
	case kind == dto.MetricType_COUNTER:
		return []alerts.Series{one(name, nil, always(0))}
	}
	value := m.GetGauge().GetValue() + m.GetUntyped().GetValue()
	return []alerts.Series{{Labels: st.labels(name, own), At: func(t time.Duration) (float64, bool) { return value, !sc.away(t) }}}
}

// share says which part of the requests a series of the counter stands for.
func (st stage) share(own map[string]string) string {
	switch {
	case maps.Equal(own, st.good):
		return "good"
	case maps.Equal(own, st.bad):
		return "bad"
	}
	return ""
}

func (st stage) histogram(sc scenario, name string, h *dto.Histogram, timed bool, perSecond func(time.Duration) float64,
	one func(string, map[string]string, func(time.Duration) float64) alerts.Series) []alerts.Series {
	all := []alerts.Series{one(name+"_count", nil, perSecond), one(name+"_sum", nil, func(t time.Duration) float64 { return perSecond(t) * .02 })}
	edges := []float64{}
	for _, b := range h.GetBucket() {
		if !math.IsInf(b.GetUpperBound(), 1) {
			edges = append(edges, b.GetUpperBound())
		}
	}
	budget := st.settings.P95MS / 1000
	for i, edge := range append(edges, math.Inf(1)) {
		below := always(1.0)
		if i < len(edges) && timed {
			quick, slow := edge >= budget/4, i > 0 && edges[i-1] >= budget*.999
			below = func(t time.Duration) float64 { return sc.below(t, quick, slow) }
		}
		le := strconv.FormatFloat(edge, 'g', -1, 64)
		if math.IsInf(edge, 1) {
			le = "+Inf"
		}
		all = append(all, one(name+"_bucket", map[string]string{"le": le}, func(t time.Duration) float64 { return perSecond(t) * below(t) }))
	}
	return all
}

// below is the share of the requests at or below an edge: the quick ones take less
// than a quarter of the budget, the slow ones end in the first bucket that begins
// at it or above.
func (sc scenario) below(t time.Duration, quick, slow bool) float64 {
	switch {
	case slow:
		return 1
	case quick:
		return 1 - sc.slowly(t)
	}
	return 0
}

func (sc scenario) slowly(t time.Duration) float64 {
	if sc.slow == nil {
		return calmSlow
	}
	return sc.slow(t)
}

func (sc scenario) away(t time.Duration) bool { return sc.gone != nil && sc.gone(t) }

// requests gives the requests a second of one share.
func (sc scenario) requests(share string) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		all, bad := rate, calmErrors
		if sc.rate != nil {
			all = sc.rate(t)
		}
		if sc.errors != nil {
			bad = sc.errors(t)
		}
		return all * map[string]float64{"all": 1, "good": 1 - bad, "bad": bad}[share]
	}
}

// counter adds up what happens between two scrapes.
func (sc scenario) counter(perSecond func(time.Duration) float64) func(time.Duration) (float64, bool) {
	total := 0.0
	return func(t time.Duration) (float64, bool) {
		if sc.restart > 0 && t == sc.restart {
			total = 0
		}
		total += perSecond(t) * alerts.Step.Seconds()
		return total, !sc.away(t)
	}
}

// String names the scenario in an error.
func (sc scenario) String() string { return fmt.Sprintf("scenario %s", sc.name) }
