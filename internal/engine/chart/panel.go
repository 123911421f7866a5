package chart

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// panel draws one diagram whose upper edge is at y.
func (d *drawing) panel(p Panel, y int, named bool) {
	upper, lower := float64(y), float64(y+p.Height)
	at := func(v float64) float64 { return lower - p.Y.place(v)*float64(p.Height) }
	d.bands(upper, lower, named)
	for _, m := range p.Y.marks(max(2, p.Height/34)) {
		d.f(`<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, width-right, at(m.At), at(m.At))
		d.text(left-8, at(m.At)+4, "soft", "end", m.Name)
	}
	d.f(`<rect class="frame" x="%d" y="%.1f" width="%d" height="%d"/>`, left, upper, width-left-right, p.Height)
	middle := (upper + lower) / 2
	d.f(`<text class="soft" text-anchor="middle" transform="translate(18 %.1f) rotate(-90)">%s</text>`, middle, html.EscapeString(p.Y.Label))
	for _, l := range p.Lines {
		d.line(l, at)
	}
	for _, r := range p.Rules {
		d.f(`<line class="rule" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, width-right, at(r.At), at(r.At))
		d.text(width-right-6, nameAt(at(r.At), upper), "ruled", "end", r.Name)
	}
	legendAt := upper - 8
	if named {
		legendAt = upper - 30 // the bands' names stand between
	}
	d.legend(p, legendAt)
}

// nameAt puts a rule's name above it, or below where there is no room above.
func nameAt(rule, upper float64) float64 {
	if rule-upper < ruleRoom {
		return rule + 15
	}
	return rule - 5
}

// bands shades what is set apart and names it above the first panel.
func (d *drawing) bands(upper, lower float64, named bool) {
	for _, b := range d.chart.Bands {
		from, to := d.x(b.From), d.x(b.To)
		if b.Muted {
			d.f(`<rect class="muted" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, from, upper, to-from, lower-upper)
		} else {
			d.f(`<line class="edge" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, from, from, upper, lower)
		}
		// Where a shaded band is too narrow for its name, the others speak for it.
		if fits := to-from > 7*float64(len([]rune(b.Name))) || !b.Muted; named && fits {
			d.text((from+to)/2, upper-nameHeight, "soft", "middle", b.Name)
		}
	}
}

func (d *drawing) line(l Line, at func(float64) float64) {
	var path strings.Builder
	broken := true
	for _, p := range l.Points {
		if math.IsNaN(p.Y) {
			broken = true
			continue
		}
		move := "L"
		if broken {
			move = "M"
		}
		// A point alone would leave no trace: it is drawn as a short stroke.
		fmt.Fprintf(&path, "%s%.1f %.1f", move, d.x(p.X), at(p.Y))
		if broken {
			path.WriteString("h0.1")
		}
		broken = false
	}
	if path.Len() > 0 {
		d.f(`<path class="line s%d" d="%s"/>`, l.Style, path.String())
	}
}

// legend names the lines at the right of the space above the panel, the last
// one outermost.
func (d *drawing) legend(p Panel, y float64) {
	x := float64(width - right)
	for _, l := range slices.Backward(p.Lines) {
		d.text(x, y, "soft", "end", l.Name)
		x -= 7.5*float64(len([]rune(l.Name))) + 8
		d.f(`<path class="line s%d" d="M%.1f %.1fh-26"/>`, l.Style, x, y-4)
		x -= 44
	}
}

// axis draws the common axis below the last panel.
func (d *drawing) axis(y int) {
	for _, m := range d.chart.X.marks(12) {
		x := d.x(m.At)
		d.f(`<line class="frame" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, x, x, y, y+5)
		d.text(x, float64(y+20), "soft", "middle", m.Name)
	}
	d.text((left+width-right)/2, float64(y+42), "soft", "middle", d.chart.X.Label)
}

// marks gives what is written along the scale: its own marks that lie on it, or
// about so many round values.
func (a Axis) marks(about int) (all []Mark) {
	for _, m := range a.Marks {
		if m.At >= a.From && m.At <= a.To {
			all = append(all, m)
		}
	}
	if len(a.Marks) > 0 {
		return all
	}
	for _, tick := range a.ticks(about) {
		all = append(all, Mark{tick, label(tick)})
	}
	return all
}

// ticks gives round values on the scale, about so many.
func (a Axis) ticks(about int) (all []float64) {
	if a.To <= a.From {
		return nil
	}
	if a.Log {
		return a.decades(about)
	}
	step := math.Pow(10, math.Floor(math.Log10((a.To-a.From)/float64(max(1, about)))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (a.To-a.From)/(step*factor) <= float64(max(1, about)) {
			step *= factor
			break
		}
	}
	for v := math.Ceil(a.From/step) * step; v <= a.To*(1+1e-9); v += step {
		all = append(all, v)
	}
	return all
}

// decades gives 1, 10, 100 and, where there is room, 2 and 5 between them.
func (a Axis) decades(about int) []float64 {
	for _, between := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		var all []float64
		for power := math.Floor(math.Log10(a.From)); power <= math.Ceil(math.Log10(a.To)); power++ {
			for _, f := range between {
				if v := f * math.Pow(10, power); v >= a.From*(1-1e-9) && v <= a.To*(1+1e-9) {
					all = append(all, v)
				}
			}
		}
		if len(all) <= max(2, about+2) || len(between) == 1 {
			return all
		}
	}
	return nil
}

// label writes a tick without needless digits.
func label(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}
