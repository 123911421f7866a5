package plot

import (
	"math"
	"strconv"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
)

// Curve draws the distribution of the parts' latencies as HdrHistogram's pages do:
// the further to the right, the rarer. Beside the latency of a fixed schedule from
// the intended moment stands that from the sending: their gap is what a client hides
// that waits.
func (c Captions) Curve(title string, rule Rule, parts ...Part) []byte {
	end := 10.0
	var lines []*chart.Line
	draw := func(name string, s chart.Style, h *load.Histogram) {
		if h == nil || h.N() == 0 {
			return
		}
		end = max(end, float64(h.N()))
		lines = append(lines, &chart.Line{Name: name, Style: s, Points: rarer(h)})
	}
	for _, p := range parts {
		if p.Total.ServiceHistogram == nil {
			name := p.Name
			if name == "" {
				name = c.say("whole")
			}
			draw(name, chart.Faint, p.Total.Histogram)
			continue
		}
		draw(c.say("sent"), chart.Plain, p.Total.ServiceHistogram)
		draw(c.say("intended"), chart.Strong, p.Total.Histogram)
	}
	picture := chart.Chart{Title: title, Summary: c.say("curve_summary"),
		X:      chart.Axis{Label: c.say("percentile"), From: 1, To: end, Log: true, Marks: percentiles()},
		Panels: []chart.Panel{{Y: logarithmic(c.say("latency"), rule, lines...), Height: 260, Lines: show(lines...), Rules: rule.drawn()}}}
	return picture.SVG()
}

// rarer gives the latency of one in x requests, for x up to their number.
func rarer(h *load.Histogram) (points []chart.Point) {
	const perDecade, whole = 24, 1_000_000_000
	last := float64(h.N())
	for i := 0; ; i++ {
		x := min(math.Pow(10, float64(i)/perDecade), last)
		points = append(points, chart.Point{X: x, Y: milliseconds(h.Quantile(whole-uint64(whole/x), whole))})
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
