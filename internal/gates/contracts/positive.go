package contracts

import (
	"context"
	"fmt"
	"slices"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/words"
)

// positive asks whether every documented operation works, and answers as documented.
func positive() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: positiveID, Class: classPositive,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("document")},
		Limits:  []evidence.Limit{{Name: "reached", Default: 100, Unit: "%", Direction: evidence.AtLeast}},
		Reasons: []string{"kept", "differs", "broken", "refused", "unreached", "throttled", "unanswered", "empty"},
	}, runPositive, judgePositive)
}

// Positive is what good requests came to.
type Positive struct {
	Operations int           `json:"operations"` // documented
	Reached    int           `json:"reached"`    // answered a good request with success
	Answers    int           `json:"answers"`    // successes held against the document
	Kept       int           `json:"kept"`       // of these, as documented
	Requests   int           `json:"requests"`
	Throttled  int           `json:"throttled"` // answers 429, waited out
	Rows       []PositiveRow `json:"rows,omitempty"`
}

// PositiveRow is one operation.
type PositiveRow struct {
	Operation string `json:"operation"`
	At        string `json:"at"` // file:line:column in the document
	Status    int    `json:"status"`
	Media     string `json:"media,omitempty"`
	Variants  int    `json:"variants"` // good requests sent: the least one, and with each optional part
	// State is reached, refused (no success), broken (5xx, or no answer from a service
	// that answers others), unanswered, unbuilt (no request could be made) or throttled.
	State string `json:"state"`
	Why   string `json:"why,omitempty"`
	// Violations are the ways in which its answers are not as documented.
	Violations []Violated `json:"violations,omitempty"`
	// Refusals are optional parts, with the document's own example, that turned success into a refusal.
	Refusals []Violated `json:"refusals,omitempty"`
	Line     string     `json:"line,omitempty"`
}

// Violated is a violation and the request that showed it.
type Violated struct {
	openapi.Violation
	Status int    `json:"status"`
	Line   string `json:"line"`
}

func runPositive(ctx context.Context, b *lab.Bench) (Positive, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Positive{}, err
	}
	s.all(ctx)
	alive := s.send(ctx, strange("GET", nowhere, s.tokens[0])).Err == nil
	o := Positive{Operations: len(s.doc.Operations)}
	for _, op := range s.doc.Operations {
		row := PositiveRow{Operation: op.Name(), At: place(settings(b), op)}
		if t := s.found[op]; t != nil {
			o.Reached++
			s.reached(ctx, t, &row, &o)
		} else {
			s.missed(op, alive, &row)
		}
		o.Rows = append(o.Rows, row)
	}
	o.Requests, o.Throttled = s.requests, s.throttled
	return o, ctx.Err()
}

// reached holds the good answer, and those with each optional part, against the
// document.
func (s *scout) reached(ctx context.Context, t *twin, row *PositiveRow, o *Positive) {
	row.State, row.Status, row.Media = "reached", t.answer.Status, clean(t.answer.Header.Get("Content-Type"), 80)
	row.Line = s.line(t.call)
	judge := func(c call, a http.Answer) {
		row.Variants++
		o.Answers++
		violations := c.op.Judge(a.Status, a.Header, a.Body)
		if len(violations) == 0 {
			o.Kept++
		}
		for _, v := range violations {
			if len(row.Violations) < 4 {
				row.Violations = append(row.Violations, s.violated(v, c, a))
			}
		}
	}
	judge(t.call, t.answer)
	for _, v := range s.variants(t) {
		a := s.send(ctx, v.call)
		switch {
		case good(t.op, a):
			judge(v.call, a)
		case v.example && (a.Status == 400 || a.Status == 422):
			row.Refusals = append(row.Refusals, s.violated(openapi.Violation{Kind: "refused", Pointer: v.part, Say: fmt.Sprintf("answered %d", a.Status)}, v.call, a))
		}
	}
}

func (s *scout) violated(v openapi.Violation, c call, a http.Answer) Violated {
	v.Say, v.Pointer = clean(v.Say, 200), clean(v.Pointer, 100)
	return Violated{v, a.Status, s.line(c)}
}

// variant is a good request with one optional part more than the least one.
type variant struct {
	call
	part    string
	example bool // the part's value is the document's own example
}

func (s *scout) variants(t *twin) []variant {
	var all []variant
	for _, p := range t.op.Parameters {
		if p.Required || (p.In != "query" && p.In != "header") {
			continue
		}
		c := t.clone()
		if c.set(p, s.Known(0)) {
			all = append(all, variant{c, p.In + " " + p.Name, p.Example != nil && s.Known(0)(p.Name) == nil})
		}
	}
	if t.body != nil && t.media.Schema != nil && !isLogin(s.b, t.op) && t.op.Method != "DELETE" {
		c := t.clone()
		if why := s.withBody(&c, 0, true); why == "" && string(encode(c.body)) != string(encode(t.body)) {
			all = append(all, variant{c, "body", false})
		}
	}
	return all
}

func (s *scout) missed(op *openapi.Operation, alive bool, row *PositiveRow) {
	a := s.tried[op]
	if a == nil {
		a = &attempt{why: "not tried"}
	}
	row.Status, row.Why = a.answer.Status, clean(a.why, 200)
	switch {
	case a.why != "":
		row.State = "unbuilt"
		return
	case a.answer.Status == 429:
		row.State = "throttled"
	case a.answer.Err != nil && !alive:
		row.State = "unanswered"
	case a.answer.Err != nil || a.answer.Status >= 500:
		row.State = "broken"
	default:
		row.State = "refused"
	}
	row.Line = s.line(a.call)
	if a.answer.Err != nil {
		row.Why = clean(a.answer.Err.Error(), 200)
	}
}

func judgePositive(o Positive, limits evidence.Limits) evidence.Finding {
	in := func(state ...string) []PositiveRow {
		return slices.DeleteFunc(slices.Clone(o.Rows), func(r PositiveRow) bool { return !slices.Contains(state, r.State) })
	}
	with := func(has func(PositiveRow) bool) []PositiveRow {
		return slices.DeleteFunc(slices.Clone(o.Rows), func(r PositiveRow) bool { return !has(r) })
	}
	facts := evidence.Facts{"operations": o.Operations, "got": o.Reached, "answers": o.Answers, "kept": o.Kept, "requests": o.Requests,
		"share": words.Percent(share(o.Reached, o.Operations))}
	if bad := with(func(r PositiveRow) bool { return r.State != "reached" && r.Line != "" }); len(bad) > 0 {
		facts[evidence.Replay] = bad[0].Line
	}
	name := func(r PositiveRow) string { return r.Operation }
	violated := with(func(r PositiveRow) bool { return len(r.Violations) > 0 })
	broken, refusals := in("broken"), with(func(r PositiveRow) bool { return len(r.Refusals) > 0 })
	switch {
	case o.Operations == 0 || len(o.Rows) == 0:
		return evidence.Undecided("empty", facts)
	case len(violated) > 0 || o.Kept != o.Answers:
		if len(violated) > 0 {
			facts[evidence.Replay] = violated[0].Violations[0].Line
		}
		facts["names"] = some(violated, func(r PositiveRow) string {
			v := r.Violations[0]
			return r.Operation + " " + v.Pointer + " " + v.Say
		})
		return evidence.Failed("differs", facts)
	case len(broken) > 0:
		facts["names"] = some(broken, name)
		return evidence.Failed("broken", facts)
	case len(refusals) > 0:
		facts["names"] = some(refusals, func(r PositiveRow) string { return r.Operation + ": " + r.Refusals[0].Pointer })
		return evidence.Failed("refused", facts)
	case len(in("unanswered")) > 0:
		facts["names"] = some(in("unanswered"), name)
		return evidence.Undecided("unanswered", facts)
	case len(in("throttled")) > 0:
		facts["names"] = some(in("throttled"), name)
		return evidence.Undecided("throttled", facts)
	case share(o.Reached, o.Operations) < limits["reached"] || o.Answers < o.Reached || o.Reached == 0:
		facts["names"] = some(in("refused", "unbuilt"), func(r PositiveRow) string {
			if r.Why != "" {
				return r.Operation + " (" + r.Why + ")"
			}
			return fmt.Sprintf("%s (%d)", r.Operation, r.Status)
		})
		return evidence.Undecided("unreached", facts)
	}
	return evidence.Passed("kept", facts)
}

// Lines are the curl lines of what departs from the document, for a page.
func (o Positive) Lines() string {
	var all []Violated
	for _, r := range o.Rows {
		all = slices.Concat(all, r.Violations, r.Refusals)
	}
	return block(all, func(v Violated) string { return v.Line })
}
