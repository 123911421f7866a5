package plot

import (
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
	labload "listo/internal/lab/load"
	"listo/internal/words"
)

func captionsIn(t *testing.T, lang string) Captions {
	t.Helper()
	c, err := In(lang)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// partOf is a run of half a second of warm-up and one that is measured.
func partOf(rate float64) Part {
	h := new(load.Histogram)
	for i := range 1000 {
		h.Record(time.Duration(i) * time.Millisecond)
	}
	r := &load.Result{Profile: load.Profile{Rate: rate}, Measured: time.Second, WarmUp: load.WarmUp{Lasted: 500 * time.Millisecond},
		Total:      load.Endpoint{Histogram: h},
		Instrument: load.Instrument{Health: []load.Health{{CPUShare: 0.1, LagMax: time.Millisecond}, {At: 250 * time.Millisecond, CPUShare: 0.2}}}}
	if rate > 0 {
		r.Total.ServiceHistogram = h
	}
	for i := range 8 { // the last two came in after the end
		r.Series = append(r.Series, load.Window{Offered: 60, Done: int64(100 * (i % 2)), Failed: int64(i), P50: 2 * time.Millisecond, P95: 9 * time.Millisecond, P99: 700 * time.Millisecond})
	}
	return Part{Run: &labload.Run{Result: r}}
}

func TestTheCourseIsDrawn(t *testing.T) {
	rule := Rule{Name: "budget", At: 250 * time.Millisecond}
	for lang, want := range map[string][]string{
		"es": {"segundos", "latencia (ms)", "previstas", "fallidas", "sesiones BD", "esperan un cerrojo", "CPU del generador", "calentamiento", "parada"},
		"en": {"seconds", "latency (ms)", "offered", "failed", "DB sessions", "waiting for a lock", "generator's CPU", "warm-up", "stall"},
	} {
		looked := partOf(0)
		looked.Database.Samples = []labload.Sample{{At: 100 * time.Millisecond, Open: 10, Busy: 3}, {At: time.Second, Open: 10, Busy: 9, Waiting: 4}, {At: time.Minute, Open: 99}}
		looked.Name = "first"
		svg := html(t, captionsIn(t, lang).Course("A title", rule, looked, partOf(100)))
		for _, words := range append(want, "p50", "p95", "p99", "budget", "first") {
			if !strings.Contains(svg, ">"+words+"<") {
				t.Errorf("%s: %q is not in the picture", lang, words)
			}
		}
	}
}

// Where nobody looked at the database there is no panel that says nothing.
func TestNoDatabaseNoPanel(t *testing.T) {
	if svg := html(t, captionsIn(t, "en").Course("t", Rule{}, partOf(0))); strings.Contains(svg, "DB sessions") || strings.Contains(svg, `class="rule"`) {
		t.Errorf("%s", svg)
	}
}

func TestTheCurvesAreDrawn(t *testing.T) {
	closed := partOf(0)
	closed.Name = "users that wait"
	svg := html(t, captionsIn(t, "en").Curve("t", Rule{Name: "budget", At: time.Second}, closed, partOf(100)))
	for _, words := range []string{"users that wait", "from the sending", "from the intended moment", "p50", "p99", "percentile", "budget"} {
		if !strings.Contains(svg, ">"+words+"<") {
			t.Errorf("%q is not in the picture", words)
		}
	}
	html(t, captionsIn(t, "en").Curve("t", Rule{}, Part{Run: &labload.Run{Result: &load.Result{}}})) // nothing was answered
}

// html gives the picture as text, after seeing that it is XML.
func html(t *testing.T, svg []byte) string {
	t.Helper()
	if err := xml.Unmarshal(svg, new(struct{})); err != nil || strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "Inf") {
		t.Fatalf("%v\n%s", err, svg)
	}
	return strings.ReplaceAll(string(svg), "&#39;", "'")
}

func TestOnlyWhatWasBegunIsDrawn(t *testing.T) {
	if n := len(partOf(0).begun()); n != 6 {
		t.Errorf("%d windows, want those of the warm-up and the measured part", n)
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
	for _, c := range []struct {
		windows []load.Window
		want    []stretch
	}{
		{windowsOf(0, 50, 50, 0, 0, 90, 50, 50), []stretch{{0.75, 1.25}}}, // what is before the measured part is no stall
		{windowsOf(0, 50, 50, 50, 0), []stretch{{1, 1.25}}},
		{windowsOf(0, 1, 0, 1, 0, 1, 0), nil}, // where few are asked for nothing is missing
		{windowsOf(), nil},
	} {
		p := Part{Run: &labload.Run{Result: &load.Result{Series: c.windows, WarmUp: load.WarmUp{Lasted: 250 * time.Millisecond},
			Measured: time.Duration(len(c.windows)-1) * load.WindowLength}}}
		stalls := p.stalls()
		if len(stalls) != len(c.want) || (len(stalls) > 0 && stalls[0] != c.want[0]) {
			t.Errorf("%v, want %v", stalls, c.want)
		}
		bands := captionsIn(t, "en").bands([]Part{p, p})
		if len(bands) != 2*(2+len(stalls)) || bands[len(bands)/2].From != p.seconds() {
			t.Errorf("%+v", bands)
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

func TestTheAxesHoldEverything(t *testing.T) {
	line := &chart.Line{Points: []chart.Point{{X: 0, Y: 0.4}, {X: 1, Y: math.NaN()}, {X: 2, Y: 900}}}
	if a := logarithmic("ms", Rule{At: 250 * time.Millisecond}, line); a.From > 0.4 || a.To < 900 || !a.Log {
		t.Errorf("%+v", a)
	}
	if a := logarithmic("ms", Rule{At: 250 * time.Millisecond}); a.From > 250 || a.To < 250 || a.From <= 0 {
		t.Errorf("%+v", a)
	}
	if a := fromZero("n", line); a.To < 900 || a.From != 0 {
		t.Errorf("%+v", a)
	}
}

// Every caption that is asked for stands there in both languages, and no other.
func TestCaptionsAreWritten(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:c\.say|line)\("([a-z_0-9]+)"`).FindAllStringSubmatch(string(src), -1) {
			asked[m[1]] = true
		}
	}
	c := captionsIn(t, "es")
	for key := range asked {
		for _, lang := range words.Languages() {
			if c.book.Raw(lang, key) == "" {
				t.Errorf("%s is not written in %s", key, lang)
			}
		}
	}
	for _, key := range c.book.Keys() {
		if !asked[key] {
			t.Errorf("%s is written and nobody asks for it", key)
		}
	}
}
