package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/load"
	"listo/internal/words"
)

// pageOf writes the page of a result and gives its text and its folder.
func pageOf(t *testing.T, lang words.Lang, name string, r *load.Result) (string, string) {
	t.Helper()
	folder := t.TempDir()
	s, err := (&App{}).showing(loadShow{format: "text", language: string(lang), page: filepath.Join(folder, name)})
	if err != nil {
		t.Fatal(err)
	}
	d := document{Target: "http://127.0.0.1:1", Verdict: load.Promise{Percentile: 95, Errors: 1}.Decide(r), Result: r}
	if err := s.paged(d); err != nil {
		t.Fatal(err)
	}
	return read(t, folder, name), folder
}

// wellFormed fails where a picture is no XML.
func wellFormed(t *testing.T, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
	}
}

func TestPageIsOneFileAndSafe(t *testing.T) {
	r := every(t)
	r.Endpoints[0].Name = `<script>alert(1)</script>` + "\u202e"
	for _, lang := range words.Languages() {
		text, _ := pageOf(t, lang, "p.html", r)
		pictures := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1)
		if len(pictures) != 2 || strings.Contains(text, "<script") || !strings.Contains(text, "&lt;script&gt;") || strings.ContainsRune(text, '\u202e') {
			t.Errorf("%d pictures in\n%s", len(pictures), text)
		}
		for _, svg := range pictures {
			wellFormed(t, svg)
		}
		if found := regexp.MustCompile(`(?i)\b(src|href|url)\s*[=(]`).FindString(text); found != "" || !strings.Contains(text, `lang="`+string(lang)) {
			t.Errorf("it wants other files: %q", found)
		}
	}
}

func TestMarkdownHasItsPlotsBesideIt(t *testing.T) {
	text, folder := pageOf(t, words.English, "run.md", every(t))
	links := regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1)
	if len(links) != 2 {
		t.Fatalf("%d plots in\n%s", len(links), text)
	}
	for _, l := range links {
		svg, err := os.ReadFile(filepath.Join(folder, l[1]))
		if err != nil || !bytes.Contains(svg, []byte("prefers-color-scheme: dark")) {
			t.Errorf("%s: %v", l[1], err)
		}
		wellFormed(t, string(svg))
	}
}

// A run that saw nothing has a page too: it says so.
func TestPageOfNothing(t *testing.T) {
	h := new(load.Histogram)
	nothing := load.Endpoint{Classes: map[load.Class]int64{}, Histogram: h}
	text, _ := pageOf(t, words.English, "p.html", &load.Result{Total: nothing, Endpoints: []load.Endpoint{nothing}})
	if !strings.Contains(text, "UNPROVEN: nothing could be sent") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error(text)
	}
}

func TestPageNeedsAnEndingItKnows(t *testing.T) {
	if _, err := (&App{}).showing(loadShow{format: "text", language: "es", page: "p.pdf"}); err == nil {
		t.Error("a page in PDF is promised")
	}
}

// windowsOf makes windows with so many right answers each.
func windowsOf(done ...int64) (all []load.Window) {
	for _, n := range done {
		all = append(all, load.Window{Offered: n, Done: n})
	}
	return all
}

func TestStallsAreShaded(t *testing.T) {
	s, err := (&App{}).showing(loadShow{format: "text", language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		windows []load.Window
		want    [][2]float64
	}{
		{windowsOf(0, 50, 50, 0, 0, 90, 50, 50), [][2]float64{{0.75, 1.25}}}, // what is before the measured part is no stall
		{windowsOf(0, 50, 50, 50, 0), [][2]float64{{1, 1.25}}},
		{windowsOf(0, 1, 0, 1, 0, 1, 0), nil}, // where few are asked for nothing is missing
		{windowsOf(), nil},
	} {
		tell := &telling{showing: s, r: &load.Result{WarmUp: load.WarmUp{Lasted: 250 * time.Millisecond}}}
		bands := tell.bands(c.windows)[2:]
		if len(bands) != len(c.want) {
			t.Errorf("%v", bands)
			continue
		}
		for i, b := range bands {
			if b.From != c.want[i][0] || b.To != c.want[i][1] || b.Name != "stall" {
				t.Errorf("%+v, want %v", b, c.want[i])
			}
		}
	}
}

// The curve ends at the rarest of all, and never falls.
func TestRarer(t *testing.T) {
	h := new(load.Histogram)
	for i := range 1234 {
		h.Record(time.Duration(i) * time.Millisecond)
	}
	points := rarer(h)
	last := points[len(points)-1]
	if last.X != 1234 || last.Y != 1233 || points[0].X != 1 {
		t.Errorf("from %v to %v", points[0], last)
	}
	for i, p := range points[1:] {
		if p.Y < points[i].Y || p.X <= points[i].X {
			t.Fatalf("%v follows %v", p, points[i])
		}
	}
}
