package performance

import (
	"fmt"

	"listo/internal/lab"
	labload "listo/internal/lab/load"
	"listo/internal/lab/plot"
	"listo/internal/words"
)

// caption is what stands in a picture and only this room knows. A picture is
// evidence, made while the service is measured, so its words are not those of the
// page around it.
type caption struct {
	title, normal, peak, budget, closed, open string
}

func captionIn(lang string) caption {
	if words.Lang(lang) == words.English {
		return caption{title: "Profile %s: %d users, p95 budget %s ms", normal: "normal", peak: "peak",
			budget: "p95 budget", closed: "users that wait", open: "fixed schedule"}
	}
	return caption{title: "Perfil %s: %d usuarios, presupuesto p95 de %s ms", normal: "normal", peak: "de pico",
		budget: "presupuesto p95", closed: "usuarios que esperan", open: "calendario fijo"}
}

// draw keeps the pictures of a profile beside its raw outputs.
func draw(b *lab.Bench, name string, runs []*labload.Run) error {
	if len(runs) == 0 {
		return nil
	}
	captions, err := plot.In(b.Config.Language)
	if err != nil {
		return err
	}
	say := captionIn(b.Config.Language)
	title, rule, parts := say.pictured(b.Config.Language, name, runs)
	touch := b.Touch("load", "# the profile "+name+", drawn from the raw outputs before")
	touch.Publish("load_"+name+".svg", "image/svg+xml", captions.Course(title, rule, parts...), false)
	touch.Publish("load_"+name+"_percentiles.svg", "image/svg+xml", captions.Curve(title, rule, parts...), false)
	touch.End(0, nil)
	return nil
}

// pictured gives what a picture of a profile's runs is about.
func (say caption) pictured(lang, name string, runs []*labload.Run) (title string, rule plot.Rule, parts []plot.Part) {
	first, called := runs[0].Profile, say.normal
	if name == "peak" {
		called = say.peak
	}
	for _, run := range runs {
		model := say.closed
		if run.Profile.Rate > 0 {
			model = say.open
		}
		parts = append(parts, plot.Part{Run: run, Name: model})
	}
	title = fmt.Sprintf(say.title, called, first.Users, words.Format(words.Lang(lang), lab.Milliseconds(first.Budget)))
	return title, plot.Rule{Name: say.budget, At: first.Budget}, parts
}
