package observability

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const cardinalityID = "observability.cardinality"

// Cardinality is how much the metrics grow when callers make up words.
type Cardinality struct {
	Scrape Scrape `json:"scrape"` // after
	// SeriesBefore and BytesBefore are after one request of each kind, so that what
	// is new by right is there already.
	SeriesBefore int `json:"series_before"`
	BytesBefore  int `json:"bytes_before"`
	// Sent counts requests by what was made up in them, Lost those without an answer.
	Sent map[string]int `json:"sent"`
	Lost int            `json:"lost"`
	// Statuses counts their answers.
	Statuses map[string]int `json:"statuses"`
	// Leaks are labels that hold a word of ours.
	Leaks []Leak `json:"leaks"`
	// Grown counts new sets of labels by metric, the worst first.
	Grown []Growth `json:"grown"`
}

// Leak is a label that holds what a caller made up.
type Leak struct {
	Metric string `json:"metric"`
	Label  string `json:"label"`
	Value  string `json:"value"`
}

// Growth is by how many sets of labels a metric has grown.
type Growth struct {
	Metric string `json:"metric"`
	Series int    `json:"series"`
}

func cardinality() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: cardinalityID, Class: classCardinality, Loading: true, Needs: needs(evidence.Setting("metrics")),
		Limits: []evidence.Limit{
			{Name: "grown", Default: 10, Unit: "series", Direction: evidence.AtMost},
			{Name: "requests", Default: 150, Unit: "requests", Direction: evidence.AtLeast},
		},
		Reasons: []string{"bounded", "leaks", "grows", "unreadable", "lost", "incomplete"},
	}, runCardinality, judgeCardinality)
}

// invention is one way to make up words.
type invention struct {
	name string
	make func(c *copied, i int, mark string) http.Request
}

// inventions are the places of a request that a caller fills as he likes. mark is a
// word nobody else uses.
func inventions(s *Settings) []invention {
	all := []invention{
		{"path", func(_ *copied, _ int, mark string) http.Request {
			return http.Request{Method: "GET", Path: "/" + mark + ".php"}
		}},
		{"path_below_api", func(c *copied, i int, mark string) http.Request {
			return http.Request{Method: "GET", Path: below(s.Traffic[0].Request) + "/" + mark, Token: c.tokens[i%len(c.tokens)]}
		}},
		{"method", func(_ *copied, _ int, mark string) http.Request {
			return http.Request{Method: strings.ToUpper(strings.ReplaceAll(mark, "-", "")), Path: "/"}
		}},
		{"query", func(_ *copied, _ int, mark string) http.Request {
			return http.Request{Method: "GET", Path: s.Health + "?q=" + mark + "&" + mark + "=1"}
		}},
		{"user_agent", func(_ *copied, _ int, mark string) http.Request {
			return http.Request{Method: "GET", Path: s.Health, Header: nethttp.Header{"User-Agent": {mark}}}
		}},
	}
	if at := slices.IndexFunc(s.Traffic, func(t Traffic) bool { return strings.Contains(t.Request, "{n}") }); at >= 0 {
		all = append(all, invention{"id", func(c *copied, i int, _ string) http.Request {
			r, _, _ := c.request(i, s.Traffic[at]) // it was sent before: it can be read
			return r
		}})
	}
	return all
}

// below gives the path of a request without its query.
func below(request string) string {
	_, path, _ := split(request)
	path, _, _ = strings.Cut(path, "?")
	return strings.TrimSuffix(path, "/")
}

func runCardinality(ctx context.Context, b *lab.Bench) (o Cardinality, err error) {
	o = Cardinality{Sent: map[string]int{}, Statuses: map[string]int{}, Leaks: []Leak{}, Grown: []Growth{}}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	if _, err := c.send(ctx, 1); err != nil {
		return o, err
	}
	all := inventions(settings(b))
	c.invent(ctx, all, 1)
	before, err := c.scrape(ctx)
	if o.Scrape = before.Scrape; err != nil || !before.readable() {
		return o, err
	}
	o.SeriesBefore, o.BytesBefore = before.Series, before.Bytes
	answered := c.invent(ctx, all, (int(b.Limit("requests"))+len(all)-1)/len(all))
	o.Lost, o.Statuses = lost(answered), statuses(answered)
	for _, e := range answered {
		o.Sent[all[e.traffic].name]++
	}
	after, err := c.settledScrape(ctx, before, len(answered)-o.Lost)
	if o.Scrape = after.Scrape; err != nil || !after.readable() {
		return o, err
	}
	o.compare(before, after, strings.TrimSuffix(c.prefix, "-"))
	return o, nil
}

// invent sends each invention so many times.
func (c *copied) invent(ctx context.Context, all []invention, times int) []exchange {
	sent, requests := make([]exchange, times*len(all)), make([]http.Request, times*len(all))
	for i := range sent {
		c.sent++
		kind := i % len(all)
		r := all[kind].make(c, i, fmt.Sprintf("%s%d", c.prefix, c.sent))
		r.Timeout = patience
		sent[i], requests[i] = exchange{traffic: kind, method: r.Method}, r
	}
	return c.exchange(ctx, sent, requests)
}

// compare looks for our words, and for what has grown.
func (o *Cardinality) compare(before, after exposed, mark string) {
	bare := strings.ToLower(strings.ReplaceAll(mark, "-", ""))
	for name, f := range after.families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.Contains(strings.ToLower(strings.ReplaceAll(l.GetValue(), "-", "")), bare) {
					o.Leaks = append(o.Leaks, Leak{name, l.GetName(), short(l.GetValue())})
				}
			}
		}
		if n := len(f.GetMetric()) - len(before.families[name].GetMetric()); n > 0 {
			o.Grown = append(o.Grown, Growth{name, n})
		}
	}
	slices.SortFunc(o.Leaks, func(a, b Leak) int { return strings.Compare(a.Metric+a.Label+a.Value, b.Metric+b.Label+b.Value) })
	o.Leaks = o.Leaks[:min(len(o.Leaks), 5)]
	slices.SortFunc(o.Grown, func(a, b Growth) int {
		if a.Series != b.Series {
			return b.Series - a.Series
		}
		return strings.Compare(a.Metric, b.Metric)
	})
}

func judgeCardinality(o Cardinality, limits evidence.Limits) evidence.Finding {
	sent := 0
	for _, n := range o.Sent {
		sent += n
	}
	facts := evidence.Facts{"url": []string{o.Scrape.URL}, "status": o.Scrape.Status, "sent": sent, "kinds": len(o.Sent), "lost": o.Lost, "before": o.SeriesBefore,
		"after": o.Scrape.Series, "growth": o.Scrape.Series - o.SeriesBefore, "metric": []string{"–"}, "label": []string{"–"}, "value": []string{"–"}}
	if len(o.Grown) > 0 {
		facts["metric"] = []string{o.Grown[0].Metric}
	}
	switch {
	case !o.Scrape.readable():
		return evidence.Undecided("unreadable", facts)
	case sent == 0 || o.SeriesBefore == 0:
		return evidence.Undecided("incomplete", facts)
	case len(o.Leaks) > 0:
		facts["metric"], facts["label"], facts["value"] = []string{o.Leaks[0].Metric}, []string{o.Leaks[0].Label}, []string{o.Leaks[0].Value}
		return evidence.Failed("leaks", facts)
	case float64(o.Scrape.Series-o.SeriesBefore) > limits["grown"]:
		return evidence.Failed("grows", facts)
	case o.Lost > 0:
		return evidence.Undecided("lost", facts)
	case float64(sent) < limits["requests"]:
		return evidence.Undecided("incomplete", facts)
	}
	return evidence.Passed("bounded", facts)
}
