package contracts

import (
	"context"
	"fmt"
	"maps"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/provoke"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// errorsCompanions asks whether an error brings the headers without which a client
// cannot use it: the challenge of a 401, what lets the frontend read it, what the
// good answers of the same service have.
func errorsCompanions() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: companionsID, Class: classCompanions,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"kept", "lacks", "unreadable", "uncontrolled", "unanswered", "empty"},
	}, runCompanions, judgeCompanions)
}

// Companions is what stands beside provoked errors.
type Companions struct {
	Origin  string `json:"origin"`  // of listo.yaml; "": CORS was not asked for
	Control int    `json:"control"` // status of the good request with that Origin
	// Readable tells that the good answer lets the frontend read it.
	Readable   bool `json:"readable"`
	Sent       int  `json:"sent"`
	Errors     int  `json:"errors"`
	Asked      int  `json:"asked"` // companions looked for, in all of them
	Unanswered int  `json:"unanswered"`
	// Cookie tells that the document lets a credential be a cookie: then a 401 owes
	// no challenge.
	Cookie bool            `json:"cookie"`
	Rows   []CompanionsRow `json:"rows,omitempty"`
}

// CompanionsRow is one error that lacks something.
type CompanionsRow struct {
	Name   string   `json:"name"`
	Row    int      `json:"row,omitempty"`
	Status int      `json:"status"`
	Layer  string   `json:"layer"`
	Lost   []string `json:"lost"`
	Line   string   `json:"line"`
}

func runCompanions(ctx context.Context, b *lab.Bench) (Companions, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Companions{}, err
	}
	s.quiet(ctx)
	o := Companions{Origin: settings(b).Origin, Cookie: s.doc.CookieCredentials()}
	c := s.companions(ctx)
	o.Readable = c.readable()
	for _, p := range s.errorsOf(ctx) {
		a := s.send(ctx, s.from(p.call))
		o.count(provoked{provocation: p, answer: a, line: s.line(s.from(p.call)), layer: layerOf(a)}, c)
	}
	var fields []string
	if o.Origin != "" {
		fields = []string{"Origin: " + o.Origin}
	}
	e, err := s.emit(ctx, provoke.Application, nil, fields...)
	if err != nil {
		return Companions{}, err
	}
	o.Control = e.control
	for _, r := range e.replies {
		if !early(r.layer) {
			o.count(provoked{provocation{name: r.Name, call: r.asked()}, r.answer, r.line, r.Row, r.from()}, c)
		}
	}
	return o, ctx.Err()
}

// companions asks a good request from the frontend's origin, to see what stands
// beside its answer.
func (s *scout) companions(ctx context.Context) companions {
	c := companions{origin: settings(s.b).Origin, cookie: s.doc.CookieCredentials()}
	if t := s.cheap(); t != nil {
		if a := s.send(ctx, s.from(t.call)); a.Status/100 == 2 {
			c.good = a.Header
		}
	}
	return c
}

// from gives a call as the frontend's scripts make it.
func (s *scout) from(c call) call {
	c = c.clone()
	if origin := settings(s.b).Origin; origin != "" {
		if c.header == nil {
			c.header = nethttp.Header{}
		}
		c.header.Set("Origin", origin)
	}
	return c
}

func (o *Companions) count(p provoked, c companions) {
	o.Sent++
	switch {
	case p.answer.Err != nil:
		o.Unanswered++
	case p.answer.Status >= 400:
		lost, asked := c.lacks(p.answer)
		o.Errors++
		o.Asked += asked
		if len(lost) > 0 {
			o.Rows = append(o.Rows, CompanionsRow{p.name, p.row, p.answer.Status, p.layer, lost, p.line})
		}
	}
}

// Missing is one companion and the errors that lack it: one cure brings it to all.
type Missing struct {
	What, Layer, Statuses, Names string
	Count                        int
	Example                      CompanionsRow
}

// Missing groups what errors lack by what it is and who wrote them.
func (o Companions) Missing() []Missing {
	groups := map[string]*Missing{}
	for _, r := range o.Rows {
		for _, what := range r.Lost {
			key := what + " " + r.Layer
			if groups[key] == nil {
				groups[key] = &Missing{What: what, Layer: r.Layer, Example: r}
			}
			g := groups[key]
			g.Count++
			g.Names = strings.TrimPrefix(g.Names+", "+r.Name, ", ")
			if status := fmt.Sprint(r.Status); !slices.Contains(strings.Split(g.Statuses, " · "), status) {
				g.Statuses = strings.TrimPrefix(g.Statuses+" · "+status, " · ")
			}
		}
	}
	var all []Missing
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, *groups[key])
	}
	return all
}

func judgeCompanions(o Companions, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"sent": o.Sent, "errors": o.Errors, "asked": o.Asked, "origin": cmpOr(o.Origin, "–"), "control": o.Control, "lacking": len(o.Rows)}
	if len(o.Rows) > 0 {
		facts["names"] = some(o.Missing(), func(m Missing) string { return fmt.Sprintf("%s: %d (%s)", m.What, m.Count, m.Statuses) })
		facts[evidence.Replay] = o.Rows[0].Line
	}
	switch {
	case o.Sent == 0:
		return evidence.Undecided("empty", facts)
	case o.Control/100 != 2:
		return evidence.Undecided("uncontrolled", facts)
	case len(o.Rows) > 0:
		return evidence.Failed("lacks", facts)
	case o.Origin != "" && !o.Readable:
		return evidence.Undecided("unreadable", facts)
	case o.Unanswered > 0:
		facts["count"] = o.Unanswered
		return evidence.Undecided("unanswered", facts)
	case o.Errors == 0 || o.Asked == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("kept", facts)
}
