package observability

import (
	"testing"

	"listo/internal/evidence"
)

func served() Scrape {
	return Scrape{URL: "/metrics", Status: 200, Families: 10, Series: 40, Bytes: 4000}
}

func TestJudgeMetrics(t *testing.T) {
	whole := func() Counted {
		return Counted{Scrape: served(), Name: "http_requests_total", Hist: "http_request_duration_seconds", HasCounter: true, HasHist: true, Sent: 200,
			Statuses: map[string]int{"200": 190, "503": 10}, Rows: []Row{{"GET", "/a", "200", 190, 190}, {"GET", "/a", "503", 10, 10}}, HistCount: 200, Excerpt: []string{}}
	}
	judges(t, metricsID, whole, []verdict[Counted]{
		{"exact", func(*Counted) {}, evidence.Pass, "exact"},
		{"absent", func(o *Counted) { o.Scrape = Scrape{URL: "/metrics", Status: 404} }, evidence.Fail, "absent"},
		{"nobody listens", func(o *Counted) { o.Scrape = Scrape{URL: "/metrics"} }, evidence.Fail, "absent"},
		{"a page", func(o *Counted) { o.Scrape.Err = "text format parsing error in line 1" }, evidence.Fail, "malformed"},
		{"no counter", func(o *Counted) { o.HasCounter = false }, evidence.Fail, "no_counter"},
		{"no histogram", func(o *Counted) { o.HasHist = false }, evidence.Fail, "no_histogram"},
		{"errors not counted", func(o *Counted) { o.Rows[1].Counted = 0 }, evidence.Fail, "differs"},
		{"one too many", func(o *Counted) { o.Rows[0].Counted = 191 }, evidence.Fail, "differs"},
		{"histogram without errors", func(o *Counted) { o.HistCount = 190 }, evidence.Fail, "histogram_differs"},
		{"one lost", func(o *Counted) { o.Lost = 1 }, evidence.Unproven, "lost"},
		{"no errors to count", func(o *Counted) {
			o.Statuses, o.Rows = map[string]int{"200": 200}, []Row{{"GET", "/a", "200", 200, 200}}
		}, evidence.Unproven, "no_errors"},
		{"dead", func(o *Counted) { o.Ended = "exit status 1" }, evidence.Unproven, "ended"},
		{"too few", func(o *Counted) {
			o.Sent, o.Rows, o.HistCount = 100, []Row{{"GET", "/a", "200", 90, 90}, {"GET", "/a", "503", 10, 10}}, 100
		}, evidence.Unproven, "incomplete"},
		{"no rows", func(o *Counted) { o.Rows = []Row{} }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeLatency(t *testing.T) {
	whole := func() Latency {
		edges := []float64{.005, .01, .025, .05, .1, .25, .5, 1}
		calm := Window{Sent: 200, Seconds: 1, WaitedS: 1.2, P50MS: 6, P95MS: 12, P99MS: 20, Service: histogram{200, 1, edges, []float64{150, 180, 196, 200, 200, 200, 200, 200}}, ServiceSeconds: 1.1}
		delayed := Window{Sent: 8, Seconds: 1, WaitedS: 1, Service: histogram{8, .9, edges, []float64{0, 0, 0, 0, 2, 8, 8, 8}}, ServiceSeconds: 1.1}
		return Latency{Scrape: served(), Hist: "http_request_duration_seconds", HasHist: true, P95MS: 250, Calm: calm, Delayed: delayed, DelayMS: 80}
	}
	judges(t, latencyID, whole, []verdict[Latency]{
		{"consistent", func(*Latency) {}, evidence.Pass, "consistent"},
		{"a slow caller is no fault of the service", func(o *Latency) { o.Calm.WaitedS, o.Calm.P95MS = 40, 900 }, evidence.Pass, "consistent"},
		{"absent", func(o *Latency) { o.Scrape = Scrape{Status: 404} }, evidence.Fail, "absent"},
		{"no histogram", func(o *Latency) { o.HasHist = false }, evidence.Fail, "no_histogram"},
		{"milliseconds", func(o *Latency) { o.Calm.Service.Sum = 1000 }, evidence.Fail, "too_much"},
		{"microseconds for seconds' thousandths", func(o *Latency) { o.Calm.Service.Sum, o.Delayed.Service.Sum = .001, .0009 }, evidence.Fail, "too_little"},
		{"no edge at the budget", func(o *Latency) { o.P95MS = 300 }, evidence.Fail, "no_edge"},
		{"above all edges", func(o *Latency) { o.Calm.Service.Below = []float64{0, 0, 0, 0, 0, 0, 0, 0} }, evidence.Fail, "coarse"},
		{"a bucket as wide as a barn", func(o *Latency) {
			o.Calm.Service = histogram{200, 1, []float64{.005, .25, 10}, []float64{100, 180, 200}}
		}, evidence.Fail, "coarse"},
		{"the delay reached nobody", func(o *Latency) { o.Delayed.WaitedS, o.Delayed.Service.Sum = .02, .016 }, evidence.Unproven, "incomplete"},
		{"dead", func(o *Latency) { o.Ended = "exit status 1" }, evidence.Unproven, "ended"},
		{"one lost", func(o *Latency) { o.Delayed.Lost = 1 }, evidence.Unproven, "lost"},
		{"too few", func(o *Latency) { o.Calm.Sent = 100 }, evidence.Unproven, "incomplete"},
		{"nothing counted", func(o *Latency) { o.Calm.Service.Count = 0 }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeCardinality(t *testing.T) {
	whole := func() Cardinality {
		return Cardinality{Scrape: served(), SeriesBefore: 40, BytesBefore: 4000, Sent: map[string]int{"path": 75, "method": 75}, Statuses: map[string]int{"404": 150},
			Leaks: []Leak{}, Grown: []Growth{}}
	}
	judges(t, cardinalityID, whole, []verdict[Cardinality]{
		{"bounded", func(*Cardinality) {}, evidence.Pass, "bounded"},
		{"some by right", func(o *Cardinality) { o.Scrape.Series = 50 }, evidence.Pass, "bounded"},
		{"a label with our word", func(o *Cardinality) { o.Leaks = []Leak{{"http_requests_total", "route", "/listo-1"}} }, evidence.Fail, "leaks"},
		{"grows", func(o *Cardinality) { o.Scrape.Series, o.Grown = 51, []Growth{{"http_requests_total", 11}} }, evidence.Fail, "grows"},
		{"no metrics", func(o *Cardinality) { o.Scrape = Scrape{Status: 404} }, evidence.Unproven, "unreadable"},
		{"one lost", func(o *Cardinality) { o.Lost = 1 }, evidence.Unproven, "lost"},
		{"too few", func(o *Cardinality) { o.Sent = map[string]int{"path": 10} }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeNames(t *testing.T) {
	whole := func() Names {
		return Names{Source: Source{File: "alerts.rules.yml", There: true, Bytes: 900, Alerts: 2, Rules: 3}, Scrape: served(), Statuses: map[string]int{"200": 30, "503": 3},
			Asked: []Asked{{"A", "http_requests_total", true, []string{}}}}
	}
	judges(t, namesID, whole, []verdict[Names]{
		{"alive", func(*Names) {}, evidence.Pass, "alive"},
		{"no file", func(o *Names) { o.Source = Source{File: "alerts.rules.yml"} }, evidence.Unproven, "absent"},
		{"no alert in it", func(o *Names) { o.Source.Alerts = 0 }, evidence.Unproven, "absent"},
		{"malformed", func(o *Names) { o.Source.Err = "3:1: mapping values are not allowed" }, evidence.Unproven, "malformed"},
		{"no metrics", func(o *Names) { o.Scrape = Scrape{Status: 404} }, evidence.Unproven, "unreadable"},
		{"dead metric", func(o *Names) { o.Asked[0].Exposed = false }, evidence.Fail, "dead_metric"},
		{"dead label", func(o *Names) { o.Asked[0].Dead = []string{`status="5xx"`} }, evidence.Fail, "dead_label"},
		{"a label that may come with the first error", func(o *Names) {
			o.Asked[0].Dead, o.Statuses = []string{`status=~"5.."`}, map[string]int{"200": 30}
		}, evidence.Unproven, "no_errors"},
		{"a pattern of names", func(o *Names) { o.Asked[0].Metric, o.Asked[0].Exposed = "", false }, evidence.Unproven, "unnamed"},
		{"nothing asked", func(o *Names) { o.Asked = []Asked{} }, evidence.Unproven, "incomplete"},
	})
}

func TestJudgeAlerts(t *testing.T) {
	whole := func() Alerting {
		o := Alerting{Source: Source{File: "alerts.rules.yml", There: true, Bytes: 900, Alerts: 1, Rules: 1}, Scrape: served(), P95MS: 250,
			Rules: []Rule{{Alert: "A", Expr: "up", Summary: "it is bad"}}, Plays: []Play{}}
		for _, sc := range scenarios() {
			p := Play{Scenario: sc.name, Want: sc.want, TroubleS: 600, ReliefS: 1560, LengthS: 2700, Fired: []Fired{}}
			if sc.want != "" {
				p.Fired = append(p.Fired, Fired{"A", 780, 1620})
			}
			o.Plays = append(o.Plays, p)
		}
		return o
	}
	first := func(o *Alerting, want string) *Play {
		for i := range o.Plays {
			if o.Plays[i].Want == want {
				return &o.Plays[i]
			}
		}
		return nil
	}
	judges(t, alertsID, whole, []verdict[Alerting]{
		{"right", func(*Alerting) {}, evidence.Pass, "right"},
		{"no file", func(o *Alerting) { o.Source = Source{File: "alerts.rules.yml"} }, evidence.Fail, "absent"},
		{"only recording rules", func(o *Alerting) { o.Source.Alerts = 0 }, evidence.Fail, "absent"},
		{"malformed", func(o *Alerting) { o.Source.Err = "bad" }, evidence.Fail, "malformed"},
		{"no metrics", func(o *Alerting) { o.Scrape = Scrape{Status: 404} }, evidence.Unproven, "unreadable"},
		{"no series of errors", func(o *Alerting) { o.Missing = "5xx" }, evidence.Unproven, "no_series"},
		{"says nothing", func(o *Alerting) { o.Rules[0].Summary = "" }, evidence.Fail, "undocumented"},
		{"fires on an ordinary day", func(o *Alerting) { first(o, "").Fired = []Fired{{"A", 300, -1}} }, evidence.Fail, "cries_wolf"},
		{"fired before the trouble", func(o *Alerting) { first(o, "errors").Fired = []Fired{{"A", 300, 1620}} }, evidence.Fail, "cries_wolf"},
		{"never fires", func(o *Alerting) { first(o, "slow").Fired = []Fired{} }, evidence.Fail, "asleep"},
		{"fires when it is over", func(o *Alerting) { first(o, "slow").Fired[0].FromS = 1600 }, evidence.Fail, "asleep"},
		{"late", func(o *Alerting) { first(o, "gone").Fired[0].FromS = 1201 }, evidence.Fail, "late"},
		{"never resolves", func(o *Alerting) { first(o, "errors").Fired[0].UntilS = -1 }, evidence.Fail, "unresolved"},
		{"resolves late", func(o *Alerting) { first(o, "errors").Fired[0].UntilS = 2470 }, evidence.Fail, "unresolved"},
		{"a play short", func(o *Alerting) { o.Plays = o.Plays[:7] }, evidence.Unproven, "incomplete"},
	})
}
