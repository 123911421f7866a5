package observability

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"listo/internal/lab"
	"listo/internal/lab/http"
)

const (
	// settleEvery and settleFor bound the wait for counters that are written after the
	// answer.
	settleEvery = 50 * time.Millisecond
	settleFor   = 1500 * time.Millisecond
	stillEnough = 8 // scrapes that say the same
	// scrapeTimeout bounds one scrape.
	scrapeTimeout = 5 * time.Second
)

// Scrape is how the metrics could be read.
type Scrape struct {
	URL    string `json:"url"`
	Status int    `json:"status"` // 0: no answer
	// Err says why the answer could not be read as metrics; "" when it could.
	Err      string `json:"err"`
	Families int    `json:"families"`
	Series   int    `json:"series"` // sets of labels; a histogram's buckets are one
	Bytes    int    `json:"bytes"`
}

// served tells whether metrics can be read there; before the first request there
// may be none.
func (s Scrape) served() bool { return s.Status/100 == 2 && s.Err == "" }

// readable tells whether there are metrics to look at.
func (s Scrape) readable() bool { return s.served() && s.Families > 0 }

// exposed are the metrics of one moment.
type exposed struct {
	Scrape
	families map[string]*dto.MetricFamily
	text     string
	at       time.Time
}

// scrape reads the metrics of the copy.
func (c *copied) scrape(ctx context.Context) (exposed, error) {
	base, path, own, err := metricsAt(settings(c.bench).Metrics, c.bench.Target)
	if err != nil {
		return exposed{}, err
	}
	client := c.client
	if !own {
		client = http.On(c.bench.At(lab.Target{Base: base})).As("ADMIN")
	}
	a := client.Do(ctx, http.Request{Method: "GET", Path: path, Timeout: scrapeTimeout})
	e := exposed{Scrape: Scrape{URL: path, Status: a.Status, Bytes: a.Size}, at: time.Now()}
	if !own {
		e.URL = settings(c.bench).Metrics
	}
	switch {
	case a.Status == 0 && a.Err != nil:
		return e, nil
	case a.Err != nil:
		e.Err = a.Err.Error()
	case a.Status/100 == 2:
		e.parse(a.Body)
	}
	return e, nil
}

func (e *exposed) parse(body []byte) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		e.Err = err.Error()
		return
	}
	e.families, e.Families, e.text = families, len(families), string(body)
	for _, f := range families {
		e.Series += len(f.GetMetric())
	}
}

// labelled is one series: its labels and its value or histogram.
type labelled struct {
	labels map[string]string
	value  float64
	hist   *dto.Histogram
}

// series gives the series of a metric; the _count of a histogram is a counter too.
func (e exposed) series(name string) []labelled {
	f, counts := e.families[name], false
	if f == nil {
		if of, ok := strings.CutSuffix(name, "_count"); ok {
			f, counts = e.families[of], true
		}
	}
	var all []labelled
	for _, m := range f.GetMetric() {
		s := labelled{labels: map[string]string{}, hist: m.GetHistogram()}
		for _, l := range m.GetLabel() {
			s.labels[l.GetName()] = l.GetValue()
		}
		switch {
		case counts && s.hist != nil:
			s.value, s.hist = float64(s.hist.GetSampleCount()), nil
		case m.Counter != nil:
			s.value = m.Counter.GetValue()
		case m.Gauge != nil:
			s.value = m.Gauge.GetValue()
		case m.Untyped != nil:
			s.value = m.Untyped.GetValue()
		}
		all = append(all, s)
	}
	return all
}

// sum adds up a counter over all its labels.
func (e exposed) sum(name string) (total float64) {
	for _, s := range e.series(name) {
		total += s.value
	}
	return total
}

// excerpt gives the first lines of some metrics as they were exposed.
func (e exposed) excerpt(lines int, names ...string) []string {
	out := []string{}
	for _, name := range names {
		shown := 0
		for line := range strings.Lines(e.text) {
			of := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
			if after, ok := strings.CutPrefix(of, name); !ok || after == "" || !strings.ContainsAny(after[:1], "{ _") {
				continue
			}
			if shown++; shown <= lines {
				out = append(out, short(strings.TrimRight(line, "\n")))
			}
		}
	}
	return out
}

// settledScrape scrapes until the counter of requests has grown by want and stands
// still, or has stood still for long: not everything need be counted.
func (c *copied) settledScrape(ctx context.Context, before exposed, want int) (exposed, error) {
	name := settings(c.bench).Series.Requests
	for began, last, still := time.Now(), math.NaN(), 0; ; {
		e, err := c.scrape(ctx)
		if err != nil || !e.served() || time.Since(began) > settleFor || ctx.Err() != nil {
			return e, err
		}
		grown := e.sum(name) - before.sum(name)
		if still++; grown != last {
			still = 0
		}
		if still >= 1 && grown >= float64(want) || still >= stillEnough {
			return e, nil
		}
		last = grown
		time.Sleep(settleEvery)
	}
}

// histogram adds up a histogram over all its labels.
type histogram struct {
	Count float64 `json:"count"`
	Sum   float64 `json:"sum"` // seconds, if the service keeps its word
	// Edges are the upper edges in seconds, without +Inf; Below counts what is at or
	// below each.
	Edges []float64 `json:"edges"`
	Below []float64 `json:"below"`
}

func (e exposed) histogram(name string) (histogram, error) {
	h := histogram{Edges: []float64{}, Below: []float64{}}
	for _, s := range e.series(name) {
		if s.hist == nil {
			return histogram{}, fmt.Errorf("observability: the metric %s is no histogram: correct observability.series.duration", name)
		}
		h.Count += float64(s.hist.GetSampleCount())
		h.Sum += s.hist.GetSampleSum()
		at := 0
		for _, b := range s.hist.GetBucket() {
			if math.IsInf(b.GetUpperBound(), 1) {
				continue
			}
			if at == len(h.Edges) {
				h.Edges, h.Below = append(h.Edges, b.GetUpperBound()), append(h.Below, 0)
			}
			if h.Edges[at] != b.GetUpperBound() {
				return histogram{}, fmt.Errorf("observability: the series of %s have different buckets: give all of them the same", name)
			}
			h.Below[at] += float64(b.GetCumulativeCount())
			at++
		}
	}
	return h, nil
}

// minus gives what was added since.
func (h histogram) minus(before histogram) histogram {
	d := histogram{Count: h.Count - before.Count, Sum: h.Sum - before.Sum, Edges: h.Edges, Below: append([]float64{}, h.Below...)}
	for i := range d.Below {
		if i < len(before.Below) {
			d.Below[i] -= before.Below[i]
		}
	}
	return d
}

// bucket gives the edges in seconds between which a quantile lies; hi is negative
// when it lies above all edges.
func (h histogram) bucket(q float64) (lo, hi float64) {
	for i, below := range h.Below {
		if below >= q*h.Count {
			return lo, h.Edges[i]
		}
		lo = h.Edges[i]
	}
	return lo, -1
}

// withEdges gives the labels of each bucket.
func withEdges(labels map[string]string, buckets []*dto.Bucket) []map[string]string {
	all := []map[string]string{withLabel(labels, "le", "+Inf")}
	for _, b := range buckets {
		all = append(all, withLabel(labels, "le", fmt.Sprint(b.GetUpperBound())))
	}
	return all
}

func withLabel(labels map[string]string, name, value string) map[string]string {
	own := maps.Clone(labels)
	own[name] = value
	return own
}
