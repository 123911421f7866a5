package plot

import (
	"math"

	"listo/internal/engine/chart"
)

// drawn is the rule as the chart wants it; none without a name.
func (r Rule) drawn() []chart.Rule {
	if r.Name == "" {
		return nil
	}
	return []chart.Rule{{Name: r.Name, At: milliseconds(r.At)}}
}

// logarithmic spans what the lines show and the rule.
func logarithmic(label string, rule Rule, lines ...*chart.Line) chart.Axis {
	budget := milliseconds(rule.At)
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

// fromZero spans what the lines show, and at least one.
func fromZero(label string, lines ...*chart.Line) chart.Axis {
	highest := 1.0
	for _, y := range heights(lines) {
		highest = max(highest, y)
	}
	return chart.Axis{Label: label, To: 1.15 * highest}
}

func heights(lines []*chart.Line) (all []float64) {
	for _, l := range lines {
		for _, p := range l.Points {
			if !math.IsNaN(p.Y) {
				all = append(all, p.Y)
			}
		}
	}
	return all
}
