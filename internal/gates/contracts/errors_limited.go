package contracts

import (
	"context"
	"fmt"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// burstUsers is how many requests of the burst are under way at a time.
const burstUsers = 4

// errorsLimited asks for the form of 429, by a burst of one user. It sends load.
func errorsLimited() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: limitedID, Class: classLimited, Loading: true,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Limits:  []evidence.Limit{{Name: "burst", Default: 600, Unit: "requests", Direction: evidence.AtLeast}},
		Reasons: []string{"conform", "differs", "leaks", "crashed", "unprovoked", "formless", "empty"},
	}, runLimited, judgeLimited)
}

// Limited is what a burst of one user came to.
type Limited struct {
	Request  string         `json:"request"`
	User     string         `json:"user"`
	Sent     int            `json:"sent"`
	Statuses map[string]int `json:"statuses"`
	Limited  int            `json:"limited"` // answers 429
	Conform  int            `json:"conform"` // of these, of the house's form
	Leaking  int            `json:"leaking"`
	Media    string         `json:"media"`
	// Bare counts answers 429 that do not say when to come back (RFC 6585, 4: they may).
	Bare    int    `json:"bare"`
	First   Sample `json:"first"` // the first 429
	Verdict string `json:"verdict"`
	Found   []Leak `json:"found,omitempty"`
	// Formless tells that nothing says what an error looks like: neither the
	// document nor another error.
	Formless bool `json:"formless,omitempty"`
}

// Sample is an answer and the line that repeats it.
type Sample struct {
	Shape
	Line string `json:"line"`
}

func runLimited(ctx context.Context, b *lab.Bench) (Limited, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Limited{}, err
	}
	s.quiet(ctx)
	t := s.cheap()
	if t == nil {
		return Limited{Statuses: map[string]int{}}, ctx.Err()
	}
	c := t.clone()
	if c.token.Value != "" { // a user of its own, whom no other check needs fresh
		c.token = s.tokens[len(s.tokens)-1]
	}
	h := houseIn(s.doc, s.references(ctx))
	o := Limited{Request: t.op.Name(), User: c.token.User, Statuses: map[string]int{}, Media: h.media, Formless: h.formless()}
	request, total := c.request(b), int(b.Limit("burst"))
	answers := s.client.Start(ctx, http.Burst{Users: burstUsers, Total: total, Next: func(int) http.Request { return request }}).Wait()
	o.count(answers, c, h, s.line(c))
	// One more for the record, whole.
	s.client.Do(ctx, request)
	return o, ctx.Err()
}

// cheap is the good request that costs least: one that reads, for a user, and
// needs nothing.
func (s *scout) cheap() *twin {
	reads := func(t *twin) bool { return safe(t.op.Method) && len(t.path) == 0 }
	for _, holds := range []func(*twin) bool{
		func(t *twin) bool { return reads(t) && t.token.Value != "" && len(t.query) == 0 },
		func(t *twin) bool { return reads(t) && t.token.Value != "" },
		reads,
	} {
		if t := s.any(holds); t != nil {
			return t
		}
	}
	return nil
}

func (o *Limited) count(answers []http.Answer, c call, h house, line string) {
	for _, a := range answers {
		o.Sent++
		if a.Err != nil {
			o.Statuses["none"]++
			continue
		}
		o.Statuses[fmt.Sprint(a.Status)]++
		if a.Status != 429 {
			continue
		}
		o.Limited++
		shape := shapeOf(a)
		verdict := shape.against(h)
		if verdict == "" {
			o.Conform++
		}
		if o.Limited == 1 || (o.Verdict == "" && verdict != "") {
			o.First, o.Verdict = Sample{shape, line}, verdict
		}
		if a.Header.Get("Retry-After") == "" {
			o.Bare++
		}
		if found := leaksIn(a, c, line); len(found) > 0 {
			o.Leaking++
			if len(o.Found) < mostQuoted {
				o.Found = append(o.Found, found...)
			}
		}
	}
}

func judgeLimited(o Limited, _ evidence.Limits) evidence.Finding {
	crashed := 0
	for status, n := range o.Statuses {
		if len(status) == 3 && status[0] == '5' {
			crashed += n
		}
	}
	facts := evidence.Facts{"sent": o.Sent, "limited": o.Limited, "conform": o.Conform, "media": cmpOr(o.Media, "–"), "got_media": cmpOr(o.First.Media, "–"),
		"verdict": o.Verdict, "request": o.Request, "bare": o.Bare, "crashed": crashed}
	switch {
	case o.Leaking > 0:
		facts["names"] = some(o.Found, func(l Leak) string { return l.Kind + ": " + l.Excerpt })
		return evidence.Failed("leaks", facts)
	case o.Conform != o.Limited:
		return evidence.Failed("differs", facts)
	case o.Sent == 0:
		return evidence.Undecided("empty", facts)
	case o.Limited == 0 && crashed > 0:
		return evidence.Failed("crashed", facts)
	case o.Limited == 0:
		return evidence.Undecided("unprovoked", facts)
	case o.Formless:
		return evidence.Undecided("formless", facts)
	}
	return evidence.Passed("conform", facts)
}
