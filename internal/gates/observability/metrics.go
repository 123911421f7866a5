package observability

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const metricsID = "observability.metrics"

// Counted is what the service counted of what was sent.
type Counted struct {
	Scrape Scrape `json:"scrape"`
	Name   string `json:"name"` // of the counter
	Hist   string `json:"hist"` // of the histogram
	// HasCounter and HasHist tell whether they are exposed after the requests.
	HasCounter bool `json:"has_counter"`
	HasHist    bool `json:"has_hist"`
	// Sent counts our requests, Lost those without an answer, which the service may
	// have counted or not.
	Sent     int            `json:"sent"`
	Lost     int            `json:"lost"`
	Statuses map[string]int `json:"statuses"`
	// Rows compare what was sent with what was counted.
	Rows []Row `json:"rows"`
	// HistCount is by how much the histogram's count has grown.
	HistCount float64 `json:"hist_count"`
	// Excerpt are some lines of both as they were exposed.
	Excerpt []string `json:"excerpt"`
	Ended   string   `json:"ended"`
}

// Row is one set of labels. Route is "*" for requests of which listo was not told
// under which route they count.
type Row struct {
	Method  string  `json:"method"`
	Route   string  `json:"route"`
	Status  string  `json:"status"` // as the service writes it: 503 or 5xx
	Sent    int     `json:"sent"`
	Counted float64 `json:"counted"`
}

// ExcerptText is the excerpt as one text, for pages.
func (o Counted) ExcerptText() string { return strings.Join(o.Excerpt, "\n") }

func metrics() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: metricsID, Class: classMetrics, Loading: true, Needs: needs(evidence.Setting("metrics")),
		Limits:  []evidence.Limit{{Name: "requests", Default: 200, Unit: "requests", Direction: evidence.AtLeast}},
		Reasons: []string{"exact", "absent", "malformed", "no_counter", "no_histogram", "differs", "histogram_differs", "lost", "no_errors", "ended", "incomplete"},
	}, runMetrics, judgeMetrics)
}

func runMetrics(ctx context.Context, b *lab.Bench) (o Counted, err error) {
	s := settings(b)
	o = Counted{Name: s.Series.Requests, Hist: s.Series.Duration, Statuses: map[string]int{}, Rows: []Row{}, Excerpt: []string{}}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	before, err := c.scrape(ctx)
	if o.Scrape = before.Scrape; err != nil || !before.served() {
		return o, err
	}
	ill := 2
	calm := max(1, (int(b.Limit("requests"))+len(s.Traffic)-1)/len(s.Traffic)-ill)
	all, err := c.sendAll(ctx, calm, ill)
	if err != nil {
		return o, err
	}
	o.Sent, o.Lost, o.Statuses, o.Ended = len(all), lost(all), statuses(all), c.settled()
	if o.Ended != "" {
		return o, nil
	}
	after, err := c.settledScrape(ctx, before, len(all)-o.Lost)
	if o.Scrape = after.Scrape; err != nil || !after.readable() {
		return o, err
	}
	o.HasCounter = len(after.series(s.Series.Requests)) > 0
	hist, failed := after.histogram(s.Series.Duration)
	if o.HasHist = failed == nil && len(after.series(s.Series.Duration)) > 0; o.HasHist {
		was, _ := before.histogram(s.Series.Duration)
		o.HistCount = hist.minus(was).Count
	}
	o.Rows, o.Excerpt = rows(s, all, before, after), after.excerpt(shownLines, s.Series.Requests, s.Series.Duration)
	return o, nil
}

// classForm is a status label that holds a class.
var classForm = regexp.MustCompile(`^[1-5]xx$`)

// rows puts what was sent beside what was counted.
func rows(s *Settings, all []exchange, before, after exposed) []Row {
	table := map[Row]*Row{}
	at := func(method, route, status string) *Row {
		key := Row{Method: method, Route: route, Status: status}
		if table[key] == nil {
			table[key] = &Row{Method: method, Route: route, Status: status}
		}
		return table[key]
	}
	known, classes := map[string]bool{}, false
	for _, kind := range s.Traffic {
		known[kind.Route] = kind.Route != ""
	}
	was := map[string]float64{}
	for _, l := range before.series(s.Series.Requests) {
		was[fmt.Sprint(l.labels)] = l.value
	}
	for _, l := range after.series(s.Series.Requests) {
		grown := l.value - was[fmt.Sprint(l.labels)]
		classes = classes || classForm.MatchString(l.labels[s.Series.Status])
		route := l.labels[s.Series.Route]
		if grown == 0 || strings.HasPrefix(s.Metrics, "/") && route == s.Metrics {
			continue // a service that counts our scrapes counts right
		}
		if !known[route] {
			route = "*"
		}
		at(strings.ToUpper(l.labels[s.Series.Method]), route, l.labels[s.Series.Status]).Counted += grown
	}
	for _, e := range all {
		if e.Err == nil && e.Status != 0 {
			at(e.method, cmp.Or(s.Traffic[e.traffic].Route, "*"), statusLabel(e.Status, classes)).Sent++
		}
	}
	var out []Row
	for _, r := range table {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
	})
	return out[:min(len(out), maxRows)]
}

// shownLines is how many lines of each metric are kept as an example.
const shownLines = 9

// maxRows bounds the table: a label that holds the path gives one for each request.
const maxRows = 40

func statusLabel(status int, classes bool) string {
	if classes {
		return fmt.Sprintf("%dxx", status/100)
	}
	return fmt.Sprint(status)
}

func judgeMetrics(o Counted, limits evidence.Limits) evidence.Finding {
	counted, sent := 0.0, 0
	for _, r := range o.Rows {
		counted, sent = counted+r.Counted, sent+r.Sent
	}
	facts := evidence.Facts{"url": []string{o.Scrape.URL}, "status": o.Scrape.Status, "err": []string{o.Scrape.Err}, "name": []string{o.Name}, "hist": []string{o.Hist},
		"sent": o.Sent, "lost": o.Lost, "counted": counted, "rows": len(o.Rows), "hist_count": o.HistCount, "ended": []string{o.Ended},
		"errors": fivehundreds(o.Statuses)}
	switch {
	case o.Scrape.Status == 0 || o.Scrape.Status/100 != 2:
		if o.Name == "" {
			return evidence.Undecided("incomplete", facts)
		}
		return evidence.Failed("absent", facts)
	case !o.Scrape.readable():
		return evidence.Failed("malformed", facts)
	case o.Sent == 0:
		return evidence.Undecided("incomplete", facts)
	case o.Ended != "":
		return evidence.Undecided("ended", facts)
	case !o.HasCounter:
		return evidence.Failed("no_counter", facts)
	case !o.HasHist:
		return evidence.Failed("no_histogram", facts)
	case o.Lost > 0:
		return evidence.Undecided("lost", facts)
	}
	for _, r := range o.Rows {
		if float64(r.Sent) != r.Counted {
			facts["method"], facts["route"], facts["label"] = []string{r.Method}, []string{r.Route}, []string{r.Status}
			facts["row_sent"], facts["row_counted"] = r.Sent, r.Counted
			return evidence.Failed("differs", facts)
		}
	}
	switch {
	case sent != o.Sent || len(o.Rows) == 0 || float64(o.Sent) < limits["requests"]:
		return evidence.Undecided("incomplete", facts)
	case o.HistCount != counted:
		return evidence.Failed("histogram_differs", facts)
	case fivehundreds(o.Statuses) == 0:
		return evidence.Undecided("no_errors", facts)
	}
	return evidence.Passed("exact", facts)
}
