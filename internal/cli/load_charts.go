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

// lines are the courses of a run over time, each point in the middle of its window.
type lines struct {
	p50, p95, p99, offered, answered, failed chart.Line
}

func (t *telling) lines(windows []load.Window) lines {
	l := lines{
		p50: chart.Line{Name: "p50", Style: chart.Plain}, p95: chart.Line{Name: "p95", Style: chart.Strong}, p99: chart.Line{Name: "p99", Style: chart.Faint},
		offered:  chart.Line{Name: t.say("chart.offered", nil), Style: chart.Faint},
		answered: chart.Line{Name: t.say("chart.answered", nil), Style: chart.Strong},
		failed:   chart.Line{Name: t.say("chart.failed", nil), Style: chart.Bad},
	}
	window := load.WindowLength.Seconds()
	for i, w := range windows {
		at := func(line *chart.Line, y float64) {
			line.Points = append(line.Points, chart.Point{X: (float64(i) + 0.5) * window, Y: y})
		}
		at(&l.p50, latencyIn(w, w.P50))
		at(&l.p95, latencyIn(w, w.P95))
		at(&l.p99, latencyIn(w, w.P99))
		at(&l.offered, float64(w.Offered)/window)
		at(&l.answered, float64(w.Done)/window)
		at(&l.failed, float64(w.Failed)/window)
	}
	return l
}

// latencyIn is a window's latency; none when nothing was answered.
func latencyIn(w load.Window, d time.Duration) float64 {
	if w.Done == 0 {
		return math.NaN()
	}
	return inMilliseconds(d)
}

// course draws the run over time: latencies, requests, and the generator below.
func (t *telling) course() []byte {
	windows := t.begun()
	l := t.lines(windows)
	panels := []chart.Panel{
		{Y: logarithmic(t.say("chart.latency", nil), t.budget(), l.p50, l.p99), Height: 260, Lines: []chart.Line{l.p50, l.p95, l.p99}, Rules: t.rules()},
		{Y: fromZero(t.say("chart.rate", nil), 1, l.offered, l.answered, l.failed), Height: 130, Lines: []chart.Line{l.offered, l.answered, l.failed}},
	}
	c := chart.Chart{Title: t.say("chart.course", nil), Summary: t.say("chart.course_summary", nil), Bands: t.bands(windows),
		X:      chart.Axis{Label: t.say("chart.seconds", nil), To: float64(len(windows)) * load.WindowLength.Seconds()},
		Panels: append(panels, t.health()...)}
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
