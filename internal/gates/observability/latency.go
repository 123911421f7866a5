package observability

import (
	"context"
	"math"
	"slices"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/fault"
)

const latencyID = "observability.latency"

const (
	// knownDelay is how late every answer of the database comes in the calibration:
	// no request that reads it can take less.
	knownDelay = 80 * time.Millisecond
	// calibrations is how many requests are sent then.
	calibrations = 8
)

// Latency is what the service's own histogram says, beside what its callers saw.
type Latency struct {
	Scrape  Scrape  `json:"scrape"`
	Hist    string  `json:"hist"`
	HasHist bool    `json:"has_hist"`
	P95MS   float64 `json:"p95_ms"` // the budget
	// Calm is ordinary traffic, Delayed requests that cannot take less than DelayMS.
	Calm    Window  `json:"calm"`
	Delayed Window  `json:"delayed"`
	DelayMS float64 `json:"delay_ms"`
	Ended   string  `json:"ended"`
}

// Window is a number of requests, seen from both sides.
type Window struct {
	// Sent, Lost and Errors (5xx) as the callers saw them, Seconds from the first to
	// the last.
	Sent    int     `json:"sent"`
	Lost    int     `json:"lost"`
	Errors  int     `json:"errors"`
	Seconds float64 `json:"seconds"`
	// WaitedS is how long the callers waited in all, in seconds; P50MS and so on are
	// the callers' quantiles.
	WaitedS float64 `json:"waited_s"`
	P50MS   float64 `json:"p50_ms"`
	P95MS   float64 `json:"p95_ms"`
	P99MS   float64 `json:"p99_ms"`
	// CountedErrors are the 5xx that the service counted, Service its histogram.
	CountedErrors float64   `json:"counted_errors"`
	Service       histogram `json:"service"`
	// ServiceSeconds is the time between the two scrapes.
	ServiceSeconds float64 `json:"service_seconds"`
}

// Quantile is one line of the table of latencies: the caller's quantile and the
// service's own, estimated within the bucket in which it lies.
type Quantile struct {
	Name                 string
	CallerMS, EstimateMS float64
	Low, High            time.Duration
	Above                bool // it lies above all buckets
}

// Quantiles gives the lines of the table.
func (w Window) Quantiles() []Quantile {
	var all []Quantile
	for _, q := range []struct {
		name   string
		share  float64
		caller float64
	}{{"p50", .5, w.P50MS}, {"p95", .95, w.P95MS}, {"p99", .99, w.P99MS}} {
		lo, hi := w.Service.bucket(q.share)
		all = append(all, Quantile{Name: q.name, CallerMS: q.caller, EstimateMS: w.Service.quantile(q.share) * 1000,
			Low: seconds(lo), High: seconds(hi), Above: hi < 0})
	}
	return all
}

// RPS is the rate by the service's own counting, in requests a second.
func (w Window) RPS() float64 { return ratio(w.Service.Count, w.ServiceSeconds) }

// CallerRPS is the rate by ours.
func (w Window) CallerRPS() float64 { return ratio(float64(w.Sent), w.Seconds) }

// ErrorPercent is the share of 5xx by the service's own counting.
func (w Window) ErrorPercent() float64 { return 100 * ratio(w.CountedErrors, w.Service.Count) }

// CallerErrorPercent is the share by ours.
func (w Window) CallerErrorPercent() float64 { return 100 * ratio(float64(w.Errors), float64(w.Sent)) }

// MeanMS is how long a request took by the service's own histogram.
func (w Window) MeanMS() float64 { return 1000 * ratio(w.Service.Sum, w.Service.Count) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// quantile estimates as Prometheus does: evenly within the bucket. Above all edges
// it is the last one.
func (h histogram) quantile(q float64) float64 {
	before, lo := 0.0, 0.0
	for i, below := range h.Below {
		if below >= q*h.Count {
			return lo + (h.Edges[i]-lo)*ratio(q*h.Count-before, below-before)
		}
		before, lo = below, h.Edges[i]
	}
	return lo
}

func latency() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: latencyID, Class: classLatency, Loading: true, Needs: needs(evidence.Setting("metrics"), evidence.Setting("p95_ms")),
		Limits: []evidence.Limit{
			{Name: "requests", Default: 200, Unit: "requests", Direction: evidence.AtLeast},
			{Name: "coarse", Default: 20, Unit: "times", Direction: evidence.AtMost},
		},
		Reasons: []string{"consistent", "absent", "no_histogram", "too_much", "too_little", "no_edge", "coarse", "ended", "lost", "incomplete"},
	}, runLatency, judgeLatency)
}

func runLatency(ctx context.Context, b *lab.Bench) (o Latency, err error) {
	s := settings(b)
	empty := Window{Service: histogram{Edges: []float64{}, Below: []float64{}}}
	o = Latency{Hist: s.Series.Duration, P95MS: s.P95MS, Calm: empty, Delayed: empty, DelayMS: lab.Milliseconds(knownDelay)}
	c, err := open(ctx, b)
	if err != nil {
		return o, err
	}
	defer func() { _ = c.close() }()
	first, err := c.scrape(ctx)
	if o.Scrape = first.Scrape; err != nil || !first.served() {
		return o, err
	}
	kinds := len(s.Traffic)
	o.Calm, o.HasHist, err = c.window(ctx, int(b.Limit("requests")), func(i int) int { return i % kinds })
	if err != nil || !o.HasHist {
		o.Ended = c.ended()
		return o, err
	}
	err = c.ill(illness{fault.Slow, knownDelay}, func() (err error) {
		o.Delayed, _, err = c.window(ctx, calibrations, func(int) int { return 0 })
		return err
	})
	o.Ended = c.ended()
	return o, err
}

// window sends requests between two scrapes.
func (c *copied) window(ctx context.Context, total int, pick func(int) int) (w Window, has bool, err error) {
	w.Service = histogram{Edges: []float64{}, Below: []float64{}}
	s := settings(c.bench)
	before, err := c.scrape(ctx)
	if err != nil || !before.served() {
		return w, false, err
	}
	began := time.Now()
	all, err := c.sendOf(ctx, total, pick)
	if err != nil {
		return w, false, err
	}
	w.seen(all, time.Since(began))
	after, err := c.settledScrape(ctx, before, w.Sent-w.Lost)
	if err != nil || !after.readable() {
		return w, false, err
	}
	w.ServiceSeconds = after.at.Sub(before.at).Seconds()
	w.CountedErrors = after.errors(s) - before.errors(s)
	was, _ := before.histogram(s.Series.Duration) // absent before the first request
	is, failed := after.histogram(s.Series.Duration)
	if failed != nil || len(after.series(s.Series.Duration)) == 0 {
		return w, false, nil
	}
	w.Service = is.minus(was)
	return w, true, nil
}

// errors adds up what was counted as 5xx.
func (e exposed) errors(s *Settings) (total float64) {
	for _, l := range e.series(s.Series.Requests) {
		if status := l.labels[s.Series.Status]; len(status) == 3 && status[0] == '5' {
			total += l.value
		}
	}
	return total
}

// seen fills in the callers' side.
func (w *Window) seen(all []exchange, length time.Duration) {
	w.Sent, w.Lost, w.Errors, w.Seconds = len(all), lost(all), fivehundreds(statuses(all)), length.Seconds()
	var took []float64
	for _, e := range all {
		w.WaitedS += e.Took.Seconds()
		took = append(took, lab.Milliseconds(e.Took))
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[min(len(took)-1, int(math.Ceil(q*float64(len(took))))-1)] }
	if len(took) > 0 {
		w.P50MS, w.P95MS, w.P99MS = at(.5), at(.95), at(.99)
	}
}

func judgeLatency(o Latency, limits evidence.Limits) evidence.Finding {
	lo, hi := o.Calm.Service.bucket(.95)
	facts := evidence.Facts{"url": []string{o.Scrape.URL}, "status": o.Scrape.Status, "hist": []string{o.Hist}, "budget": milliseconds(o.P95MS),
		"sent": o.Calm.Sent, "count": o.Calm.Service.Count, "mean": milliseconds(o.Calm.MeanMS()), "waited": seconds(ratio(o.Calm.WaitedS, float64(o.Calm.Sent))),
		"low": seconds(lo), "high": seconds(hi), "rps": o.Calm.RPS(), "errors": o.Calm.CountedErrors,
		"delay": milliseconds(o.DelayMS), "delayed_mean": milliseconds(o.Delayed.MeanMS()), "ended": []string{o.Ended}, "lost": o.Calm.Lost + o.Delayed.Lost}
	c, d := o.Calm.Service, o.Delayed.Service
	switch {
	case o.Hist == "":
		return evidence.Undecided("incomplete", facts)
	case !o.Scrape.served():
		return evidence.Failed("absent", facts)
	case o.Ended != "":
		return evidence.Undecided("ended", facts)
	case o.Calm.Lost+o.Delayed.Lost > 0:
		return evidence.Undecided("lost", facts)
	case !o.HasHist:
		return evidence.Failed("no_histogram", facts)
	case o.Calm.Sent == 0 || o.Delayed.Sent == 0 || c.Count == 0 || d.Count == 0:
		return evidence.Undecided("incomplete", facts)
	case c.Sum > o.Calm.WaitedS*1.02+.005 || d.Sum > o.Delayed.WaitedS*1.02+.005:
		return evidence.Failed("too_much", facts) // no service works longer on a request than its caller waits
	case o.Delayed.WaitedS*1000 < float64(o.Delayed.Sent)*o.DelayMS*.9: // the callers did not wait for it either
		return evidence.Undecided("incomplete", facts)
	case o.Delayed.MeanMS() < o.DelayMS*.9:
		return evidence.Failed("too_little", facts)
	case !slices.ContainsFunc(c.Edges, func(edge float64) bool { return math.Abs(edge*1000-o.P95MS) < 1e-6*o.P95MS }):
		return evidence.Failed("no_edge", facts)
	case hi < 0 || lo > 0 && hi/lo > limits["coarse"]:
		return evidence.Failed("coarse", facts)
	case float64(o.Calm.Sent) < limits["requests"]:
		return evidence.Undecided("incomplete", facts)
	}
	return evidence.Passed("consistent", facts)
}

// seconds turns seconds into what phrases quote.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
