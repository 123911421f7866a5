// Package chart draws courses of numbers over time as one SVG file.
//
// It knows axes, scales, lines, bands and legends, and that a picture is looked at
// in light and in dark, on paper and by people who see no colours: every line has
// a dash pattern of its own beside its colour. It needs no font, no script and no
// network. It does not know what the numbers mean.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// Chart is panels one below the other over one common axis.
type Chart struct {
	Title string
	// Summary is read aloud to those who cannot see the picture.
	Summary string
	// X is the common axis.
	X      Axis
	Panels []Panel
	// Bands are stretches of the axis that are set apart, such as a warm-up.
	Bands []Band
}

// Axis is a scale and what it says.
type Axis struct {
	Label    string
	From, To float64
	// Log makes the scale logarithmic; From and To are then above zero.
	Log bool
	// Marks stand in place of round values, where these mean nothing to a reader.
	Marks []Mark
}

// Mark is a place on a scale with a name.
type Mark struct {
	At   float64
	Name string
}

// Panel is one diagram.
type Panel struct {
	Y      Axis
	Height int // pixels
	Lines  []Line
	Rules  []Rule
}

// Line is a course. A point whose Y is NaN interrupts it.
type Line struct {
	Name   string
	Style  Style
	Points []Point
}

// Point is one value of a course.
type Point struct{ X, Y float64 }

// Rule is a horizontal line across a panel, such as a budget.
type Rule struct {
	Name string
	At   float64
}

// Band is a stretch of the axis with a name. Muted ones are shaded, and named
// where there is room.
type Band struct {
	Name     string
	From, To float64
	Muted    bool
}

// Style is how a line looks; a file has one look per style.
type Style int

// The styles, from the strongest to the faintest, and one for what is bad.
const (
	Strong Style = iota
	Plain
	Faint
	Bad
)

const (
	width      = 860
	left       = 74
	right      = 16
	top        = 84
	between    = 46
	bottom     = 52
	nameHeight = 6 // of the bands' names above the first panel
	ruleRoom   = 24
)

// sheet is the picture's own style: it follows the reader's choice of light or dark.
const sheet = `
svg { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
.paper { fill: #ffffff; } text { fill: #1f2328; } .title { font-weight: 600; font-size: 15px; } .soft { fill: #59636e; }
.grid { stroke: #d1d9e0; stroke-width: 1; } .frame { stroke: #818b98; fill: none; } .muted { fill: #818b98; fill-opacity: .16; } .edge { stroke: #818b98; stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .s0 { stroke: #0550ae; stroke-width: 2.4; } .s1 { stroke: #1a7f37; stroke-dasharray: 7 3; }
.s2 { stroke: #9a6700; stroke-dasharray: 2 2; } .s3 { stroke: #cf222e; stroke-width: 2.4; stroke-dasharray: 9 3 2 3; }
.rule { stroke: #cf222e; stroke-width: 1.6; stroke-dasharray: 6 4; } .ruled { fill: #cf222e; font-weight: 600; }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; } text { fill: #f0f6fc; } .soft { fill: #9198a1; }
.grid { stroke: #3d444d; } .frame { stroke: #656c76; } .muted { fill: #9198a1; }
.s0 { stroke: #58a6ff; } .s1 { stroke: #3fb950; } .s2 { stroke: #d29922; } .s3 { stroke: #ff7b72; } .rule { stroke: #ff7b72; } .ruled { fill: #ff7b72; }
}
`

// SVG draws the chart.
func (c Chart) SVG() []byte {
	height := top + bottom
	for i, p := range c.Panels {
		height += p.Height
		if i > 0 {
			height += between
		}
	}
	d := &drawing{chart: c}
	d.f(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`, width, height, width, height, html.EscapeString(c.Title+". "+c.Summary))
	d.f("<style>%s</style>", sheet)
	d.f(`<rect class="paper" width="%d" height="%d"/>`, width, height)
	d.text(left, 24, "title", "start", c.Title)
	y := top
	for i, p := range c.Panels {
		d.panel(p, y, i == 0)
		y += p.Height
		if i < len(c.Panels)-1 {
			y += between
		}
	}
	d.axis(y)
	d.f("</svg>")
	return d.out.Bytes()
}

type drawing struct {
	chart Chart
	out   bytes.Buffer
}

func (d *drawing) f(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

func (d *drawing) text(x, y float64, class, anchor, text string) {
	d.f(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(text))
}

// x places a value on the common axis.
func (d *drawing) x(v float64) float64 {
	return left + d.chart.X.place(v)*(width-left-right)
}

// place gives a value's place on the scale, 0 to 1; what lies outside is put on
// the edge.
func (a Axis) place(v float64) float64 {
	from, to := a.From, a.To
	if a.Log {
		from, to, v = math.Log(from), math.Log(to), math.Log(math.Max(v, a.From))
	}
	if to <= from {
		return 0
	}
	return math.Min(1, math.Max(0, (v-from)/(to-from)))
}
