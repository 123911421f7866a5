package cli

import (
	"math"
	"slices"
	"strconv"
	"time"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
)

// quiet is how many answers a window must bring on average for an empty one to be
// a stall: where few are asked for, a quarter of a second without one is nothing.
const quiet = 4

// course draws the run over time: latencies, requests, and the generator below.
func (t *telling) course() []byte {
	window := load.WindowLength.Seconds()
	lines := map[string]*chart.Line{}
	line := func(name, label string, style chart.Style) chart.Line {
		lines[name] = &chart.Line{Name: label, Style: style}
		return *lines[name]
	}
	line("p50", "p50", chart.Plain)
	line("p95", "p95", chart.Strong)
	line("p99", "p99", chart.Faint)
	line("offered", t.say("chart.offered", nil), chart.Faint)
	line("answered", t.say("chart.answered", nil), chart.Strong)
	line("failed", t.say("chart.failed", nil), chart.Bad)
	at := func(name string, x, y float64) {
		lines[name].Points = append(lines[name].Points, chart.Point{X: x, Y: y})
	}
	windows := t.begun()
	for i, w := range windows {
		x := (float64(i) + 0.5) * window
		for name, d := range map[string]time.Duration{"p50": w.P50, "p95": w.P95, "p99": w.P99} {
			y := math.NaN()
			if w.Done > 0 {
				y = inMilliseconds(d)
			}
			at(name, x, y)
		}
		at("offered", x, float64(w.Offered)/window)
		at("answered", x, float64(w.Done)/window)
		at("failed", x, float64(w.Failed)/window)
	}
	c := chart.Chart{Title: t.say("chart.course", nil), Summary: t.say("chart.course_summary", nil),
		X: chart.Axis{Label: t.say("chart.seconds", nil), To: float64(len(windows)) * window}, Bands: t.bands(windows)}
	c.Panels = append([]chart.Panel{
		{Y: logarithmic(t.say("chart.latency", nil), t.budget(), *lines["p50"], *lines["p99"]), Height: 260,
			Lines: []chart.Line{*lines["p50"], *lines["p95"], *lines["p99"]}, Rules: t.rules()},
		{Y: fromZero(t.say("chart.rate", nil), 1, *lines["offered"], *lines["answered"], *lines["failed"]), Height: 130,
			Lines: []chart.Line{*lines["offered"], *lines["answered"], *lines["failed"]}},
	}, t.health()...)
	return c.SVG()
}

// health are the panels of the generator, whose watch begins with the measured part.
func (t *telling) health() []chart.Panel {
	cpu := chart.Line{Name: t.say("chart.cpu_line", nil), Style: chart.Strong}
	lag := chart.Line{Name: t.say("chart.lag_line", nil), Style: chart.Plain}
	for _, h := range t.r.Instrument.Health {
		x := (t.r.WarmUp.Lasted + h.At).Seconds()
		cpu.Points = append(cpu.Points, chart.Point{X: x, Y: 100 * h.CPUShare})
		lag.Points = append(lag.Points, chart.Point{X: x, Y: inMilliseconds(h.LagMax)})
	}
	return []chart.Panel{
		{Y: chart.Axis{Label: t.say("chart.cpu", nil), To: 100}, Height: 70, Lines: []chart.Line{cpu}},
		{Y: fromZero(t.say("chart.lag", nil), 1, lag), Height: 70, Lines: []chart.Line{lag}},
	}
}

// begun are the windows in which requests were begun; what came in later says
// nothing about a rate.
func (t *telling) begun() []load.Window {
	n := int((t.r.WarmUp.Lasted + t.r.Measured + load.WindowLength - 1) / load.WindowLength)
	return t.r.Series[:min(n, len(t.r.Series))]
}

// bands set apart the warm-up, and the stalls within the measured part.
func (t *telling) bands(windows []load.Window) []chart.Band {
	window := load.WindowLength.Seconds()
	warm, end := t.r.WarmUp.Lasted.Seconds(), float64(len(windows))*window
	all := []chart.Band{{Name: t.say("chart.warm", nil), To: warm, Muted: true}, {Name: t.say("chart.measured", nil), From: warm, To: end}}
	var done int64
	for _, w := range windows {
		done += w.Done
	}
	if done < quiet*int64(len(windows)) {
		return all
	}
	first, still := int(math.Ceil(warm/window)), -1
	for i := first; i <= len(windows); i++ {
		empty := i < len(windows) && windows[i].Done == 0
		if empty && still < 0 {
			still = i
		}
		if !empty && still >= 0 {
			all = append(all, chart.Band{Name: t.say("chart.stall", nil), From: float64(still) * window, To: float64(i) * window, Muted: true})
			still = -1
		}
	}
	return all
}

// curve draws the distribution as HdrHistogram's pages do: the further to the
// right, the rarer. Beside the latency from the intended moment stands that from
// the sending: their gap is what a client hides that waits.
func (t *telling) curve() []byte {
	total, end := t.r.Total, 10.0
	lines := []chart.Line{{Name: t.say("row.latency", nil), Style: chart.Strong}}
	histograms := []*load.Histogram{total.Histogram}
	if total.ServiceHistogram != nil {
		lines = []chart.Line{{Name: t.say("row.intended", nil), Style: chart.Strong}, {Name: t.say("row.service", nil), Style: chart.Plain}}
		histograms = append(histograms, total.ServiceHistogram)
	}
	for i, h := range histograms {
		if h == nil || h.N() == 0 {
			continue
		}
		end = max(end, float64(h.N()))
		lines[i].Points = rarer(h)
	}
	c := chart.Chart{Title: t.say("chart.curve", nil), Summary: t.say("chart.curve_summary", nil),
		X:      chart.Axis{Label: t.say("chart.percentile", nil), From: 1, To: end, Log: true, Marks: percentiles()},
		Panels: []chart.Panel{{Y: logarithmic(t.say("chart.latency", nil), t.budget(), lines...), Height: 280, Lines: lines, Rules: t.rules()}}}
	return c.SVG()
}

// rarer gives the latency of one in x requests, for x up to their number.
func rarer(h *load.Histogram) (points []chart.Point) {
	const perDecade, whole = 24, 1_000_000_000
	last := float64(h.N())
	for i := 0; ; i++ {
		x := min(math.Pow(10, float64(i)/perDecade), last)
		points = append(points, chart.Point{X: x, Y: inMilliseconds(h.Quantile(whole-uint64(whole/x), whole))})
		if x >= last {
			return points
		}
	}
}

// percentiles name the places of a scale of 1/(1-p).
func percentiles() (marks []chart.Mark) {
	for _, p := range []float64{0, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 99.9999} {
		marks = append(marks, chart.Mark{At: 1 / (1 - p/100), Name: "p" + strconv.FormatFloat(p, 'g', -1, 64)})
	}
	return marks
}

// budget is that of the run in milliseconds; 0 when it has none.
func (t *telling) budget() float64 { return inMilliseconds(t.r.Profile.Budget) }

// rules are the lines that must not be crossed.
func (t *telling) rules() []chart.Rule {
	for _, q := range t.d.Verdict.Questions {
		if q.About == load.Slow && q.Endpoint == "" {
			return []chart.Rule{{Name: t.promised(q), At: t.budget()}}
		}
	}
	return nil
}

// logarithmic spans what the lines show and the budget.
func logarithmic(label string, budget float64, lines ...chart.Line) chart.Axis {
	a := chart.Axis{Label: label, Log: true, From: math.Inf(1), To: budget * 1.6}
	if budget > 0 {
		a.From = budget
	}
	for _, y := range heights(lines) {
		a.From, a.To = min(a.From, y), max(a.To, y*1.2)
	}
	if math.IsInf(a.From, 1) {
		a.From, a.To = 1, 10
	}
	a.From = max(0.01, a.From*0.8)
	a.To = max(a.To, a.From*2)
	return a
}

// fromZero spans what the lines show, and at least so much.
func fromZero(label string, least float64, lines ...chart.Line) chart.Axis {
	return chart.Axis{Label: label, To: 1.15 * max(least, slices.Max(append(heights(lines), 0)))}
}

func heights(lines []chart.Line) (all []float64) {
	for _, l := range lines {
		for _, p := range l.Points {
			if !math.IsNaN(p.Y) {
				all = append(all, p.Y)
			}
		}
	}
	return all
}

func inMilliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
