package alerts

import (
	"strings"
	"testing"
	"time"
)

const errorRule = `groups:
- name: g
  labels: {team: a}
  rules:
  - record: r:errors
    expr: sum(rate(requests_total{status=~"5.."}[1m])) / sum(rate(requests_total[1m]))
  - alert: Errors
    expr: r:errors > 0.01
    for: 1m
    labels: {severity: page}
    annotations: {summary: "{{ $value }} errors"}
  - alert: Gone
    expr: absent(requests_total)
    for: 1m
`

func parse(t *testing.T, text string) *Rules {
	t.Helper()
	r, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counter grows by perStep(since) at every scrape; a negative rate is absence.
func counter(name, status string, perStep func(time.Duration) float64) Series {
	total := 0.0
	return Series{Labels: map[string]string{"__name__": name, "status": status}, At: func(since time.Duration) (float64, bool) {
		n := perStep(since)
		if n < 0 {
			return 0, false
		}
		total += n
		return total, true
	}}
}

func steady(n float64) func(time.Duration) float64 { return func(time.Duration) float64 { return n } }

func during(from, until time.Duration, n, otherwise float64) func(time.Duration) float64 {
	return func(since time.Duration) float64 {
		if since >= from && since < until {
			return n
		}
		return otherwise
	}
}

func TestPlay(t *testing.T) {
	for _, c := range []struct {
		name   string
		series []Series
		want   []string // alerts in the order of firing
	}{
		{"healthy", []Series{counter("requests_total", "200", steady(300)), counter("requests_total", "500", steady(0))}, nil},
		{"errors", []Series{counter("requests_total", "200", steady(300)), counter("requests_total", "500", during(5*time.Minute, 10*time.Minute, 15, 0))}, []string{"Errors"}},
		{"gone", []Series{counter("requests_total", "200", during(5*time.Minute, 10*time.Minute, -1, 300))}, []string{"Gone"}},
		{"nothing at all", nil, []string{"Gone"}},
		{"another name", []Series{counter("http_requests_total", "500", steady(300))}, []string{"Gone"}},
	} {
		spells, err := parse(t, errorRule).Play(t.Context(), c.series, 20*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var fired []string
		for _, s := range spells {
			fired = append(fired, s.Alert)
		}
		if strings.Join(fired, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: %+v, want %v", c.name, spells, c.want)
		}
	}
}

func TestSpellsHaveTimes(t *testing.T) {
	series := []Series{counter("requests_total", "200", steady(300)), counter("requests_total", "500", during(5*time.Minute, 10*time.Minute, 15, 0))}
	spells, err := parse(t, errorRule).Play(t.Context(), series, 20*time.Minute)
	if err != nil || len(spells) != 1 {
		t.Fatal(spells, err)
	}
	// One scrape until the ratio is over, a minute of waiting; a minute until the
	// window holds no error.
	if s := spells[0]; s.From < 6*time.Minute || s.From > 6*time.Minute+30*time.Second || s.Until < 10*time.Minute || s.Until > 11*time.Minute+15*time.Second {
		t.Errorf("%+v", s)
	}
	spells, err = parse(t, errorRule).Play(t.Context(), series[:0], 3*time.Minute)
	if err != nil || len(spells) != 1 || spells[0].Until >= 0 {
		t.Errorf("an alert that does not end: %+v %v", spells, err)
	}
}

func TestAll(t *testing.T) {
	all, err := parse(t, errorRule).All()
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	if r := all[0]; r.Record != "r:errors" || len(r.Selectors) != 2 || r.Selectors[0].Metric != "requests_total" || len(r.Selectors[0].Matchers) != 1 ||
		r.Selectors[0].Matchers[0].Label != "status" || !r.Selectors[0].Matchers[0].Matches("503") || r.Selectors[0].Matchers[0].Matches("200") {
		t.Errorf("%+v", r)
	}
	if r := all[1]; r.Alert != "Errors" || r.For != time.Minute || r.Labels["severity"] != "page" || r.Labels["team"] != "a" || r.Selectors[0].Metric != "r:errors" {
		t.Errorf("%+v", r)
	}
	if r := all[2]; !r.Selectors[0].Absent {
		t.Errorf("%+v", r)
	}
	named := parse(t, "groups: [{name: g, rules: [{alert: A, expr: '{__name__=\"x\"} > 0'}, {alert: B, expr: '{__name__=~\"x.*\"} > 0'}]}]")
	if all, err := named.All(); err != nil || all[0].Selectors[0].Metric != "x" || all[1].Selectors[0].Metric != "" {
		t.Errorf("%+v %v", all, err)
	}
}

func TestWhatPrometheusWouldNotLoad(t *testing.T) {
	for name, text := range map[string]string{
		"no YAML":     "groups: [",
		"unknown key": "groups: [{name: g, rules: [{alert: A, expr: up, severity: x}]}]",
		"no PromQL":   "groups: [{name: g, rules: [{alert: A, expr: 'rate(x)'}]}]",
		"two groups":  "groups: [{name: g, rules: []}, {name: g, rules: []}]",
		"no name":     "groups: [{name: g, rules: [{expr: up}]}]",
		"too long":    strings.Repeat("#", MaxSize+1),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestARuleThatCannotBeEvaluated(t *testing.T) {
	r := parse(t, "groups: [{name: g, rules: [{alert: A, expr: 'x * on(a) y > 0'}]}]")
	labelled := func(name, b string) Series {
		return Series{Labels: map[string]string{"__name__": name, "a": "1", "b": b}, At: func(time.Duration) (float64, bool) { return 1, true }}
	}
	_, err := r.Play(t.Context(), []Series{labelled("x", "1"), labelled("y", "1"), labelled("y", "2"), labelled("x", "2")}, time.Minute)
	if err == nil || !strings.HasPrefix(err.Error(), "alerts: A after 0s: ") {
		t.Errorf("%v", err)
	}
}
