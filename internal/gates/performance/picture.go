package performance

import (
	"fmt"
	"math"
	"time"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
	"listo/internal/words"
)

// caption is what stands in a picture. A picture is evidence, made while the
// service is measured, so its words are not those of the page around it.
type caption struct {
	title, normal, peak, summary, time, latency, rate, budget, answered, failed, warmUp, closed, open string
}

func captionIn(lang string) caption {
	if words.Lang(lang) == words.English {
		return caption{
			title: "Profile %s: %d users, p95 budget %s ms", normal: "normal", peak: "peak",
			summary: "Latency per quarter of a second on a logarithmic scale, and requests per second below it.",
			time:    "seconds", latency: "latency (ms)", rate: "requests/s", budget: "p95 budget", answered: "answered", failed: "failed",
			warmUp: "warm-up", closed: "users that wait", open: "fixed schedule",
		}
	}
	return caption{
		title: "Perfil %s: %d usuarios, presupuesto p95 de %s ms", normal: "normal", peak: "de pico",
		summary: "Latencia por cuarto de segundo en escala logarítmica y, debajo, solicitudes por segundo.",
		time:    "segundos", latency: "latencia (ms)", rate: "solicitudes/s", budget: "presupuesto p95", answered: "respondidas", failed: "fallidas",
		warmUp: "calentamiento", closed: "usuarios que esperan", open: "calendario fijo",
	}
}

// draw keeps the picture of a profile beside its raw outputs.
func draw(b *lab.Bench, name string, runs []*labload.Run) {
	if len(runs) == 0 {
		return
	}
	touch := b.Touch("load", "# the course of profile "+name+", drawn from the raw outputs before")
	touch.Publish("load_"+name+".svg", "image/svg+xml", pictured(b.Config.Language, name, runs), false)
	touch.End(0, nil)
}

// pictured draws the runs of one attempt one after the other.
func pictured(lang, name string, runs []*labload.Run) []byte {
	say, window := captionIn(lang), load.WindowLength.Seconds()
	budget, called := runs[0].Profile.Budget, say.normal
	if name == "peak" {
		called = say.peak
	}
	c := chart.Chart{
		Title:   fmt.Sprintf(say.title, called, runs[0].Profile.Users, words.Format(words.Lang(lang), lab.Milliseconds(budget))),
		Summary: say.summary, X: chart.Axis{Label: say.time},
	}
	p50, p95, p99 := chart.Line{Name: "p50", Style: chart.Plain}, chart.Line{Name: "p95", Style: chart.Strong}, chart.Line{Name: "p99", Style: chart.Faint}
	answered, failed := chart.Line{Name: say.answered, Style: chart.Strong}, chart.Line{Name: say.failed, Style: chart.Bad}
	at := 0.0
	for i, run := range runs {
		c.Bands = append(c.Bands, bandsOf(run, at, say)...)
		for _, w := range ended(run) {
			at += window
			middle := at - window/2
			p50.Points = append(p50.Points, chart.Point{X: middle, Y: latency(w, w.P50)})
			p95.Points = append(p95.Points, chart.Point{X: middle, Y: latency(w, w.P95)})
			p99.Points = append(p99.Points, chart.Point{X: middle, Y: latency(w, w.P99)})
			answered.Points = append(answered.Points, chart.Point{X: middle, Y: float64(w.Done) / window})
			failed.Points = append(failed.Points, chart.Point{X: middle, Y: float64(w.Failed) / window})
		}
		if i < len(runs)-1 {
			for _, l := range []*chart.Line{&p50, &p95, &p99, &answered, &failed} {
				l.Points = append(l.Points, chart.Point{X: at, Y: math.NaN()})
			}
		}
	}
	c.X.To = at
	c.Panels = []chart.Panel{
		{Y: latencyAxis(say.latency, lab.Milliseconds(budget), p50.Points, p99.Points), Height: 260, Lines: []chart.Line{p50, p95, p99},
			Rules: []chart.Rule{{Name: say.budget, At: lab.Milliseconds(budget)}}},
		{Y: rateAxis(say.rate, answered.Points, failed.Points), Height: 130, Lines: []chart.Line{answered, failed}},
	}
	return c.SVG()
}

// ended are the windows in which requests were begun; what came in later says
// nothing about a rate.
func ended(run *labload.Run) []load.Window {
	n := int((run.WarmUp.Lasted + run.Measured + load.WindowLength - 1) / load.WindowLength)
	return run.Series[:min(n, len(run.Series))]
}

// bandsOf sets the warm-up apart and names what follows it.
func bandsOf(run *labload.Run, at float64, say caption) []chart.Band {
	model := say.closed
	if run.Profile.Rate > 0 {
		model = say.open
	}
	warm := at + run.WarmUp.Lasted.Seconds()
	end := at + float64(len(ended(run)))*load.WindowLength.Seconds()
	return []chart.Band{{Name: say.warmUp, From: at, To: warm, Muted: true}, {Name: model, From: warm, To: end}}
}

// latency is a window's latency in milliseconds; none when nothing was answered.
func latency(w load.Window, d time.Duration) float64 {
	if w.Done == 0 {
		return math.NaN()
	}
	return lab.Milliseconds(d)
}

// latencyAxis spans what was measured and the budget.
func latencyAxis(label string, budget float64, all ...[]chart.Point) chart.Axis {
	a := chart.Axis{Label: label, From: budget, To: budget * 1.6, Log: true}
	for _, points := range all {
		for _, p := range points {
			if !math.IsNaN(p.Y) {
				a.From, a.To = math.Min(a.From, p.Y), math.Max(a.To, p.Y*1.2)
			}
		}
	}
	a.From = math.Max(0.01, a.From*0.8)
	return a
}

func rateAxis(label string, all ...[]chart.Point) chart.Axis {
	a := chart.Axis{Label: label, To: 1}
	for _, points := range all {
		for _, p := range points {
			if !math.IsNaN(p.Y) {
				a.To = math.Max(a.To, p.Y*1.15)
			}
		}
	}
	return a
}
