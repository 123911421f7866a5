package performance

import (
	"encoding/xml"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/chart"
	"listo/internal/engine/load"
	labload "listo/internal/lab/load"
)

func courseOf(rate float64) *labload.Run {
	r := &load.Result{Profile: load.Profile{Users: 30, Rate: rate, Budget: 250 * time.Millisecond}, Measured: time.Second,
		WarmUp: load.WarmUp{Lasted: 500 * time.Millisecond}}
	for i := range 8 { // the last two came in after the end
		r.Series = append(r.Series, load.Window{Done: int64(100 * (i % 2)), Failed: int64(i), P50: 2 * time.Millisecond, P95: 9 * time.Millisecond, P99: 700 * time.Millisecond})
	}
	return &labload.Run{Result: r}
}

func TestTheCourseIsDrawn(t *testing.T) {
	for lang, words := range map[string][]string{
		"es": {"Perfil de pico: 30 usuarios, presupuesto p95 de 250 ms", "segundos", "latencia (ms)", "usuarios que esperan", "calendario fijo", "fallidas"},
		"en": {"Profile peak: 30 users, p95 budget 250 ms", "seconds", "latency (ms)", "users that wait", "fixed schedule", "failed"},
	} {
		svg := string(pictured(lang, "peak", []*labload.Run{courseOf(0), courseOf(100)}))
		if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
			t.Fatal(err)
		}
		for _, want := range append(words, "p50", "p95", "p99") {
			if !strings.Contains(svg, ">"+want+"<") {
				t.Errorf("%s: %q is not in the picture", lang, want)
			}
		}
	}
}

func TestOnlyWhatWasBegunIsDrawn(t *testing.T) {
	if n := len(ended(courseOf(0))); n != 6 {
		t.Errorf("%d windows, want those of the warm-up and the measured part", n)
	}
	bands := bandsOf(courseOf(0), 3, captionIn("en"))
	if want := []chart.Band{{Name: "warm-up", From: 3, To: 3.5, Muted: true}, {Name: "users that wait", From: 3.5, To: 4.5}}; !slices.Equal(bands, want) {
		t.Errorf("%+v", bands)
	}
}

func TestTheAxesHoldEverything(t *testing.T) {
	points := []chart.Point{{X: 0, Y: 0.4}, {X: 1, Y: math.NaN()}, {X: 2, Y: 900}}
	if a := latencyAxis("ms", 250, points); a.From > 0.4 || a.To < 900 || !a.Log {
		t.Errorf("%+v", a)
	}
	if a := latencyAxis("ms", 250, nil); a.From > 250 || a.To < 250 || a.From <= 0 {
		t.Errorf("%+v", a)
	}
	if a := rateAxis("n", points); a.To < 900 || a.From != 0 {
		t.Errorf("%+v", a)
	}
}
