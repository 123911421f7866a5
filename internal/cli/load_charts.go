package cli

import (
	"errors"

	"listo/internal/engine/load"
	labload "listo/internal/lab/load"
	"listo/internal/lab/plot"
)

// course draws the run over time: latencies, requests, and the generator below.
func (t *telling) course() []byte {
	return t.captions().Course(t.say("chart.course", nil), t.rule(), plot.Part{Run: &labload.Run{Result: t.r}})
}

// curve draws the distribution of the latencies.
func (t *telling) curve() []byte {
	return t.captions().Curve(t.say("chart.curve", nil), t.rule(), plot.Part{Run: &labload.Run{Result: t.r}})
}

func (t *telling) captions() plot.Captions {
	captions, err := plot.In(string(t.lang))
	t.err = errors.Join(t.err, err)
	return captions
}

// rule is the line that must not be crossed.
func (t *telling) rule() plot.Rule {
	for _, q := range t.d.Verdict.Questions {
		if q.About == load.Slow && q.Endpoint == "" {
			return plot.Rule{Name: t.promised(q), At: t.r.Profile.Budget}
		}
	}
	return plot.Rule{}
}
