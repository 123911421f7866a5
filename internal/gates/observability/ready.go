package observability

import (
	"context"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const readyID = "observability.readyz"

// Ready is what the readiness path answered while the database was ill.
type Ready struct {
	Path string `json:"path"`
	// Status is that of the path while the database was well, before any illness.
	Status int     `json:"status"`
	Probes []Probe `json:"probes"`
}

func ready() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: readyID, Class: classReady, Loading: true, Needs: needs(),
		Limits: []evidence.Limit{
			{Name: "notice_ms", Default: 2000, Unit: "ms", Direction: evidence.AtMost},
			{Name: "answer_ms", Default: 2000, Unit: "ms", Direction: evidence.AtMost},
		},
		Reasons: []string{"truthful", "absent", "unready", "lies", "late", "hangs", "ended", "starved", "incomplete"},
	}, runReady, judgeReady)
}

func runReady(ctx context.Context, b *lab.Bench) (Ready, error) {
	o := Ready{Path: settings(b).Ready, Probes: []Probe{}}
	request := http.Request{Method: "GET", Path: o.Path, Timeout: b.LimitDuration("answer_ms") + spare}
	err := each(ctx, b, illnesses(), func(c *copied, i illness) error {
		well := c.untilGood(ctx, request, b.LimitDuration("answer_ms")+spare)
		if o.Status == 0 {
			o.Status = well.Status
		}
		if !good(well) {
			return errSpent
		}
		lag := watchLag()
		defer lag()
		return c.ill(i, func() error {
			p := probed(i.mode, well.Status, c.client.Watch(ctx, http.Watch{Request: request, Every: lookEvery,
				For: b.LimitDuration("notice_ms") + lookEvery, Until: func(a http.Answer) bool { return a.Status != 0 && !good(a) }}))
			p.LagMS, p.Ended = lab.Milliseconds(lag()), c.settled()
			o.Probes = append(o.Probes, p)
			return nil
		})
	})
	return o, err
}

// untilGood asks until the answer is 2xx, since a service may still be busy with the
// illness before; it gives the last answer.
func (c *copied) untilGood(ctx context.Context, r http.Request, within time.Duration) http.Answer {
	seen := c.client.Watch(ctx, http.Watch{Request: r, Every: lookEvery, For: within, Until: func(a http.Answer) bool {
		return good(a) || a.Status == 404 || a.Status == 405 || a.Status == 501
	}})
	return seen[len(seen)-1].Answer
}

// Of gives what was seen during one illness; nil for nothing.
func (o Ready) Of(fault string) *Probe { return of(o.Probes, fault) }

func judgeReady(o Ready, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"path": []string{o.Path}, "status": o.Status, "illnesses": len(o.Probes)}
	switch {
	case o.Status == 0:
		return evidence.Undecided("incomplete", facts)
	case o.Status == 404 || o.Status == 405 || o.Status == 501:
		facts[evidence.Replay] = asking(o.Path)
		return evidence.Failed("absent", facts)
	case o.Status/100 != 2:
		return evidence.Failed("unready", facts)
	}
	worst := 0.0
	for _, p := range o.Probes {
		facts["fault"], facts["asked"], facts["ended"], facts["good"] = []string{p.Fault}, p.Asked, p.Ended, p.Good
		facts["noticed"], facts["slowest"], facts["lag"] = milliseconds(p.NoticedMS), milliseconds(p.SlowestMS), milliseconds(p.LagMS)
		if f, bad := p.untruthful(facts, limits); bad {
			return f
		}
		worst = max(worst, p.NoticedMS)
	}
	if len(o.Probes) < len(illnesses()) {
		return evidence.Undecided("incomplete", facts)
	}
	facts["noticed"] = milliseconds(worst)
	return evidence.Passed("truthful", facts)
}

// untruthful tells what was wrong during one illness, if anything was. A hang is
// told before a lie: without an answer there is none.
func (p Probe) untruthful(facts evidence.Facts, limits evidence.Limits) (evidence.Finding, bool) {
	slow := p.Lost > 0 || p.SlowestMS > limits["answer_ms"]
	late := p.NoticedMS > limits["notice_ms"]
	switch {
	case p.Asked == 0:
		return evidence.Undecided("incomplete", facts), true
	case p.Ended != "":
		return evidence.Undecided("ended", facts), true
	case p.limited():
		return evidence.Undecided("incomplete", facts), true
	case p.NoticedMS < 0 && p.Good > 0 && p.Lost == 0 && !slow:
		return evidence.Failed("lies", facts), true
	case (slow || late || p.NoticedMS < 0) && starved(p.LagMS):
		return evidence.Undecided("starved", facts), true
	case slow || p.NoticedMS < 0:
		return evidence.Failed("hangs", facts), true
	case late:
		return evidence.Failed("late", facts), true
	}
	return evidence.Finding{}, false
}
