package performance

import (
	"bytes"
	"testing"
	"time"

	"listo/internal/engine/load"
	labload "listo/internal/lab/load"
	"listo/internal/lab/plot"
)

func TestAPictureSaysWhatItIsAbout(t *testing.T) {
	run := func(rate float64) *labload.Run {
		return &labload.Run{Result: &load.Result{Profile: load.Profile{Users: 30, Rate: rate, Budget: 250 * time.Millisecond}, Measured: time.Second,
			Series: []load.Window{{Done: 9, P50: 2 * time.Millisecond}}}}
	}
	for lang, want := range map[string][]string{
		"es": {"Perfil de pico: 30 usuarios, presupuesto p95 de 250 ms", "presupuesto p95", "usuarios que esperan", "calendario fijo"},
		"en": {"Profile peak: 30 users, p95 budget 250 ms", "p95 budget", "users that wait", "fixed schedule"},
	} {
		title, rule, parts := captionIn(lang).pictured(lang, "peak", []*labload.Run{run(0), run(100)})
		captions, err := plot.In(lang)
		if err != nil {
			t.Fatal(err)
		}
		svg := captions.Course(title, rule, parts...)
		for _, words := range want {
			if !bytes.Contains(svg, []byte(">"+words+"<")) {
				t.Errorf("%s: %q is not in the picture", lang, words)
			}
		}
	}
}
