package plot

import (
	"math"
	"time"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
)

// window is the length of a window in seconds.
const window = float64(load.WindowLength) / float64(time.Second)

// Course draws the parts over time: latencies with their rule; requests offered,
// answered and failed; the sessions of the database, where somebody looked; and the
// generator's own health at the bottom.
func (c Captions) Course(title string, rule Rule, parts ...Part) []byte {
	l := c.lines()
	end := 0.0
	for i, p := range parts {
		if i > 0 {
			l.interrupt(end)
		}
		l.add(p, end)
		end += p.seconds()
	}
	picture := chart.Chart{Title: title, Summary: c.say("course_summary"), Bands: c.bands(parts), X: chart.Axis{Label: c.say("seconds"), To: end}}
	picture.Panels = append(picture.Panels,
		chart.Panel{Y: logarithmic(c.say("latency"), rule, l.p50, l.p99), Height: 240, Lines: show(l.p50, l.p95, l.p99), Rules: rule.drawn()},
		chart.Panel{Y: fromZero(c.say("rate"), l.offered, l.answered, l.failed), Height: 110, Lines: show(l.offered, l.answered, l.failed)})
	if len(l.open.Points) > 0 {
		picture.Panels = append(picture.Panels, chart.Panel{Y: fromZero(c.say("sessions"), l.open, l.busy, l.holding, l.waiting), Height: 90,
			Lines: show(l.open, l.busy, l.holding, l.waiting)})
	}
	picture.Panels = append(picture.Panels,
		chart.Panel{Y: chart.Axis{Label: c.say("cpu"), To: 100}, Height: 60, Lines: show(l.cpu)},
		chart.Panel{Y: fromZero(c.say("late"), l.lag), Height: 60, Lines: show(l.lag)})
	return picture.SVG()
}

// lines are the courses of all parts.
type lines struct {
	p50, p95, p99, offered, answered, failed, open, busy, holding, waiting, cpu, lag *chart.Line
}

func (c Captions) lines() lines {
	line := func(key string, s chart.Style) *chart.Line { return &chart.Line{Name: c.say(key), Style: s} }
	return lines{
		p50: &chart.Line{Name: "p50", Style: chart.Plain}, p95: &chart.Line{Name: "p95", Style: chart.Strong}, p99: &chart.Line{Name: "p99", Style: chart.Faint},
		offered: line("offered", chart.Faint), answered: line("answered", chart.Strong), failed: line("failed", chart.Bad),
		open: line("open", chart.Plain), busy: line("busy", chart.Strong), holding: line("holding", chart.Faint), waiting: line("waiting", chart.Bad),
		cpu: line("cpu_line", chart.Strong), lag: line("late_line", chart.Plain),
	}
}

// add appends a part that begins so many seconds after the first. A window is one
// point in its middle; the generator's watch begins with the measured part.
func (l lines) add(p Part, from float64) {
	for i, w := range p.begun() {
		x := from + (float64(i)+0.5)*window
		point(l.p50, x, latency(w, w.P50))
		point(l.p95, x, latency(w, w.P95))
		point(l.p99, x, latency(w, w.P99))
		point(l.offered, x, float64(w.Offered)/window)
		point(l.answered, x, float64(w.Done)/window)
		point(l.failed, x, float64(w.Failed)/window)
	}
	for _, s := range p.Database.Samples {
		if s.At.Seconds() > p.seconds() {
			break
		}
		x := from + s.At.Seconds()
		point(l.open, x, float64(s.Open))
		point(l.busy, x, float64(s.Busy))
		point(l.holding, x, float64(s.Holding))
		point(l.waiting, x, float64(s.Waiting))
	}
	for _, h := range p.Instrument.Health {
		x := from + (p.WarmUp.Lasted + h.At).Seconds()
		point(l.cpu, x, 100*h.CPUShare)
		point(l.lag, x, milliseconds(h.LagMax))
	}
}

// interrupt keeps the lines of two parts apart.
func (l lines) interrupt(x float64) {
	for _, line := range []*chart.Line{l.p50, l.p95, l.p99, l.offered, l.answered, l.failed, l.open, l.busy, l.holding, l.waiting, l.cpu, l.lag} {
		if len(line.Points) > 0 {
			point(line, x, math.NaN())
		}
	}
}

func point(l *chart.Line, x, y float64) { l.Points = append(l.Points, chart.Point{X: x, Y: y}) }

func show(all ...*chart.Line) (shown []chart.Line) {
	for _, l := range all {
		shown = append(shown, *l)
	}
	return shown
}
