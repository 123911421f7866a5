package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func sample() Chart {
	line := func(style Style, at float64) Line {
		return Line{Name: fmt.Sprintf("line %d <&>", style), Style: style, Points: []Point{{0, at}, {1, math.NaN()}, {2, at * 2}, {3, at}}}
	}
	return Chart{
		Title: "A title <script>alert(1)</script>", Summary: `with "quotes"`, X: Axis{Label: "seconds", To: 3},
		Bands: []Band{{Name: "warm-up", To: 1, Muted: true}, {Name: "rest", From: 1, To: 3}},
		Panels: []Panel{
			{Y: Axis{Label: "ms", From: 1, To: 1000, Log: true}, Height: 200, Lines: []Line{line(Strong, 10), line(Plain, 5)}, Rules: []Rule{{"budget", 250}}},
			{Y: Axis{Label: "per second", To: 10}, Height: 100, Lines: []Line{line(Bad, 3), {Name: "none"}}},
		},
	}
}

// words collects what a reader sees, and shows that the file is XML.
func words(t *testing.T, svg []byte) (all []string) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			all = append(all, string(text))
		}
	}
}

func TestAChartSaysWhatItShows(t *testing.T) {
	svg := sample().SVG()
	seen := words(t, svg)
	for _, want := range []string{sample().Title, "seconds", "ms", "per second", "budget", "warm-up", "rest", "line 0 <&>", "line 3 <&>", "1", "10", "100", "1000"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%q is not in %q", want, seen)
		}
	}
	if bytes.Contains(svg, []byte("<script")) || !bytes.Contains(svg, []byte("prefers-color-scheme: dark")) || bytes.Contains(svg, []byte("NaN")) {
		t.Errorf("%s", svg)
	}
	if !bytes.Equal(svg, sample().SVG()) {
		t.Error("the same chart is drawn in two ways")
	}
}

// A gap is no line across it.
func TestAGapInterruptsALine(t *testing.T) {
	c := sample()
	c.Panels = c.Panels[:1]
	c.Panels[0].Lines = c.Panels[0].Lines[:1]
	if n := strings.Count(string(c.SVG()), "h0.1"); n != 2 {
		t.Errorf("%d strokes begin, want 2", n)
	}
}

func TestEmptyChartsAreDrawnToo(t *testing.T) {
	for _, c := range []Chart{{}, {Panels: []Panel{{}}}, {Panels: []Panel{{Y: Axis{Log: true, From: 1, To: 1}, Height: 50}}}} {
		words(t, c.SVG())
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		axis  Axis
		about int
		want  []float64
	}{
		{Axis{To: 10}, 5, []float64{0, 2, 4, 6, 8, 10}},
		{Axis{From: 3, To: 7}, 4, []float64{3, 4, 5, 6, 7}},
		{Axis{To: 0.7}, 3, []float64{0, 0.5}},
		{Axis{From: 1, To: 1000, Log: true}, 3, []float64{1, 10, 100, 1000}},
		{Axis{From: 1, To: 300, Log: true}, 4, []float64{1, 3, 10, 30, 100, 300}},
		{Axis{From: 5, To: 5}, 3, nil},
	} {
		got := c.axis.ticks(c.about)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%+v: %v, want %v", c.axis, got, c.want)
		}
	}
}

func TestMarksStandInPlaceOfRoundValues(t *testing.T) {
	c := sample()
	c.X.Marks = []Mark{{1, "p50"}, {2, "p90"}, {4, "p99"}}
	seen := words(t, c.SVG())
	for name, want := range map[string]bool{"p50": true, "p90": true, "p99": false, "0.5": false} {
		if slices.Contains(seen, name) != want {
			t.Errorf("%q is seen: %t, in %q", name, !want, seen)
		}
	}
}
