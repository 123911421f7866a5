package observability

import (
	"bytes"
	"context"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const healthID = "observability.healthz"

// healthLook is how long the health path is watched during one illness.
const healthLook = 500 * time.Millisecond

// Health is what the health path answered while the database was ill.
type Health struct {
	Path string `json:"path"`
	// Status is that of the path while the database was well; Neighbour that of a
	// path beside it that nobody can have meant. Same tells that both gave the same body.
	Status    int  `json:"status"`
	Neighbour int  `json:"neighbour"`
	Same      bool `json:"same"`
	// Leaning counts the requests that waited for the ill database meanwhile.
	Leaning int `json:"leaning"`
	// Harmed counts those of them that were not answered 2xx in good time: without
	// any, the illness reached nobody.
	Harmed int     `json:"harmed"`
	Probes []Probe `json:"probes"`
}

func health() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: healthID, Class: classHealth, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "answer_ms", Default: 1000, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: []string{"alive", "absent", "unhealthy", "catch_all", "depends", "hangs", "ended", "starved", "incomplete"},
	}, runHealth, judgeHealth)
}

func runHealth(ctx context.Context, b *lab.Bench) (Health, error) {
	o := Health{Path: settings(b).Health, Probes: []Probe{}}
	err := each(ctx, b, illnesses(), func(c *copied, i illness) error {
		well := c.client.Get(ctx, o.Path)
		if len(o.Probes) == 0 {
			neighbour := c.client.Get(ctx, "/"+c.prefix+"beside")
			o.Status, o.Neighbour = well.Status, neighbour.Status
			o.Same = well.Status == neighbour.Status && bytes.Equal(well.Body, neighbour.Body)
		}
		if !good(well) {
			return nil // there is nothing to watch
		}
		var leaning *http.Running
		lag := watchLag()
		defer lag()
		err := c.ill(i, func() (err error) {
			if leaning, err = c.lean(ctx); err != nil {
				return err
			}
			p := probed(i.mode, well.Status, c.client.Watch(ctx, http.Watch{Every: lookEvery, For: healthLook,
				Request: http.Request{Method: "GET", Path: o.Path, Timeout: b.LimitDuration("answer_ms") + spare}}))
			p.LagMS, p.Ended = lab.Milliseconds(lag()), c.settled()
			o.Leaning, o.Probes = o.Leaning+inFlight, append(o.Probes, p)
			return nil
		})
		if leaning != nil {
			for _, a := range leaning.Wait() {
				if !good(a) || a.Took > healthLook/2 {
					o.Harmed++
				}
			}
		}
		return err
	})
	return o, err
}

// Of gives what was seen during one illness; nil for nothing.
func (o Health) Of(fault string) *Probe { return of(o.Probes, fault) }

func of(all []Probe, fault string) *Probe {
	for i := range all {
		if all[i].Fault == fault {
			return &all[i]
		}
	}
	return nil
}

// asking gives the line that asks for a path of the service.
func asking(path string) string {
	return shell.Line(shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i"), shell.Text(shell.Var("BASE"), path))
}

func judgeHealth(o Health, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"path": []string{o.Path}, "status": o.Status, "neighbour": o.Neighbour, "leaning": o.Leaning, "illnesses": len(o.Probes)}
	switch {
	case o.Status == 0:
		return evidence.Undecided("incomplete", facts)
	case o.Status == 404 || o.Status == 405 || o.Status == 501:
		facts[evidence.Replay] = asking(o.Path)
		return evidence.Failed("absent", facts)
	case o.Status/100 != 2:
		return evidence.Failed("unhealthy", facts)
	case o.Same:
		return evidence.Failed("catch_all", facts)
	}
	worst, asked := 0.0, 0
	for _, p := range o.Probes {
		facts["fault"], facts["good"], facts["asked"], facts["ended"] = []string{p.Fault}, p.Good, p.Asked, p.Ended
		facts["slowest"], facts["lost"], facts["lag"] = milliseconds(p.SlowestMS), p.Lost, milliseconds(p.LagMS)
		late := p.Lost > 0 || p.SlowestMS > limits["answer_ms"]
		switch {
		case p.Ended != "":
			return evidence.Undecided("ended", facts)
		case p.limited():
			return evidence.Undecided("incomplete", facts)
		case len(p.Statuses) > 0:
			return evidence.Failed("depends", facts)
		case late && starved(p.LagMS):
			return evidence.Undecided("starved", facts)
		case late:
			return evidence.Failed("hangs", facts)
		}
		worst, asked = max(worst, p.SlowestMS), asked+p.Asked
	}
	if asked == 0 || len(o.Probes) < len(illnesses()) || o.Harmed == 0 {
		return evidence.Undecided("incomplete", facts)
	}
	facts["asked"], facts["slowest"] = asked, milliseconds(worst)
	return evidence.Passed("alive", facts)
}

// tooLate is how late this process may be woken before what it saw late is no
// longer the patient's fault.
const tooLateMS = 250

func starved(lagMS float64) bool { return lagMS > tooLateMS }
