package contracts

import (
	"context"
	"maps"
	"slices"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/words"
)

// Bounds of one look.
const (
	mostWrong  = 60 // breaches told one by one
	repeats    = 2  // a breach that was not refused is sent so often again
	mostErrors = 5  // requests without an answer end the look
)

// negative asks whether what the document forbids is refused, by a documented 4xx.
func negative() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: negativeID, Class: classNegative,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Limits:  []evidence.Limit{{Name: "exercised", Default: 90, Unit: "%", Direction: evidence.AtLeast}},
		Reasons: []string{"refused", "crashed", "accepted", "undocumented", "unsteady", "unreached", "uncovered", "unanswered", "unconstrained", "empty"},
	}, runNegative, judgeNegative)
}

// Negative is what requests with one constraint broken came to. Every cell stands
// under one of the counts from Refused to Elsewhere.
type Negative struct {
	Operations   int `json:"operations"`
	Reached      int `json:"reached"` // operations with a good request to start from
	Cells        int `json:"cells"`   // constraints of these operations
	Refused      int `json:"refused"` // by a documented 4xx
	Undocumented int `json:"undocumented"`
	Accepted     int `json:"accepted"`
	Crashed      int `json:"crashed"`    // 5xx
	Unclear      int `json:"unclear"`    // cannot be carried: some reading of it is valid
	Unstarted    int `json:"unstarted"`  // the optional part itself was not accepted
	Unanswered   int `json:"unanswered"` // no answer, 401, 408 or 429
	Unsteady     int `json:"unsteady"`   // another answer when sent again
	// Elsewhere are answers 403 or 404 to what is no part of the path: whether the
	// value was looked at is not known. They count as not tried.
	Elsewhere int `json:"elsewhere,omitempty"`
	Requests  int `json:"requests"`
	// Keywords counts the cells by keyword, and those refused.
	Keywords []KeywordRow `json:"keywords,omitempty"`
	Wrong    []Wrong      `json:"wrong,omitempty"` // the first that were not refused as documented
	Open     []string     `json:"open,omitempty"`  // operations without a good request, with the reason
}

// KeywordRow counts the constraints of one keyword.
type KeywordRow struct {
	Keyword string `json:"keyword"`
	Cells   int    `json:"cells"`
	Refused int    `json:"refused"`
}

// Wrong is one breach that was not refused by a documented 4xx.
type Wrong struct {
	Operation string `json:"operation"`
	At        string `json:"at"`
	In        string `json:"in"`
	Name      string `json:"name"`
	Keyword   string `json:"keyword"`
	Value     string `json:"value"`
	State     string `json:"state"`
	Status    int    `json:"status"`
	Twin      int    `json:"twin"` // status of the good request it was made from
	Line      string `json:"line"`
}

// breaker sends the cells of one operation after the other.
type breaker struct {
	*scout
	seen     *Negative
	keywords map[string]*KeywordRow
}

func runNegative(ctx context.Context, b *lab.Bench) (Negative, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Negative{}, err
	}
	s.quiet(ctx)
	o := Negative{Operations: len(s.doc.Operations)}
	k := breaker{s, &o, map[string]*KeywordRow{}}
	defer s.quietly("one broken constraint each")()
	for i, op := range s.doc.Operations {
		b.Progress(i, len(s.doc.Operations))
		t := s.found[op]
		if t == nil {
			row := PositiveRow{}
			s.missed(op, true, &row)
			o.Open = append(o.Open, clean(op.Name()+": "+row.State+" "+row.Why, 200))
			continue
		}
		o.Reached++
		k.operation(ctx, t)
		if o.Unanswered > mostErrors || ctx.Err() != nil {
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.keywords)) {
		o.Keywords = append(o.Keywords, *k.keywords[name])
	}
	o.Requests = s.requests
	return o, ctx.Err()
}

// operation breaks every constraint of an operation, one at a time.
func (k *breaker) operation(ctx context.Context, t *twin) {
	for _, p := range t.op.Parameters {
		base, now, ok := k.withParameter(ctx, t, p)
		for _, cell := range p.ParameterCells(now) {
			k.cell(ctx, base, cell, p, ok)
		}
	}
	if t.op.Body == nil || t.body == nil {
		return
	}
	base := t.clone()
	if !isLogin(k.b, t.op) && t.op.Method != "DELETE" {
		if why := k.withBody(&base, 0, true); why != "" || !good(t.op, k.send(ctx, base)) {
			base.body = t.body
		}
	}
	for _, cell := range k.bodyCells(base) {
		k.cell(ctx, base, cell, openapi.Parameter{}, true)
	}
}

// withParameter gives a good call in which a parameter stands, and its value.
func (k *breaker) withParameter(ctx context.Context, t *twin, p openapi.Parameter) (call, string, bool) {
	c := t.clone()
	switch {
	case p.In == "path":
		return c, c.path[p.Name], true
	case p.Required && p.In == "query":
		return c, c.query.Get(p.Name), true
	case p.Required:
		return c, c.header.Get(p.Name), true
	}
	if !c.set(p, k.Known(0)) {
		return c, "", false
	}
	now := c.query.Get(p.Name)
	if p.In == "header" {
		now = c.header.Get(p.Name)
	}
	return c, now, good(t.op, k.send(ctx, c))
}

// cell sends one breach and counts what came of it.
func (k *breaker) cell(ctx context.Context, base call, cell openapi.Cell, p openapi.Parameter, started bool) {
	row := k.keywords[cell.Keyword]
	if row == nil {
		row = &KeywordRow{Keyword: cell.Keyword}
		k.keywords[cell.Keyword] = row
	}
	k.seen.Cells++
	row.Cells++
	switch {
	case !started:
		k.seen.Unstarted++
		return
	case cell.Unclear || ctx.Err() != nil:
		k.seen.Unclear++
		return
	}
	c := broken(base, cell, p)
	a := k.send(ctx, c)
	state := k.stateOf(base.op, cell, a)
	for i := 0; i < repeats && (state == "accepted" || state == "crashed"); i++ {
		if again := k.stateOf(base.op, cell, k.send(ctx, c)); again != state {
			state = "unsteady"
		}
	}
	*k.seen.count(state)++
	if state == "refused" {
		row.Refused++
		return
	}
	if len(k.seen.Wrong) < mostWrong {
		k.shown(c, a)
		k.seen.Wrong = append(k.seen.Wrong, Wrong{Operation: base.op.Name(), At: place(settings(k.b), base.op), In: cell.In, Name: clean(cell.Name, 80),
			Keyword: cell.Keyword, Value: clean(cell.Value(), 80), State: state, Status: a.Status, Twin: k.found[base.op].answer.Status, Line: k.line(c)})
	}
}

// broken gives the call with the breach in it.
func broken(base call, cell openapi.Cell, p openapi.Parameter) call {
	c := base.clone()
	switch {
	case cell.In == "body" && cell.Absent:
		c.body = nil
		c.header.Set("Content-Type", "application/json")
	case cell.In == "body" && cell.Body == nil:
		c.body = null{}
	case cell.In == "body":
		c.body = cell.Body
	case p.In == "path":
		c.path[p.Name] = cell.Text
	case p.In == "query" && cell.Absent:
		c.query.Del(p.Name)
	case p.In == "query":
		c.query.Set(p.Name, cell.Text)
	case cell.Absent:
		c.header.Del(p.Name)
	default:
		c.header.Set(p.Name, cell.Text)
	}
	return c
}

// stateOf names what an answer makes of a breach. 401, 408 and 429 say nothing
// of the value; nor do 403 and 404, but to a value in the path: a wrong id may be
// hidden behind them.
func (k *breaker) stateOf(o *openapi.Operation, cell openapi.Cell, a http.Answer) string {
	_, _, documented := o.Documents(a.Status)
	switch {
	case a.Status == 401 && documented && isLogin(k.b, o):
		return "refused" // a login refuses whatever it does not know
	case a.Err != nil || a.Status == 401 || a.Status == 408 || a.Status == 429:
		return "unanswered"
	case a.Status >= 500:
		return "crashed"
	case a.Status < 400:
		return "accepted"
	case !documented:
		return "undocumented"
	case (a.Status == 403 || a.Status == 404) && cell.In != "path":
		return "elsewhere"
	}
	return "refused"
}

func (o *Negative) count(state string) *int {
	switch state {
	case "refused":
		return &o.Refused
	case "accepted":
		return &o.Accepted
	case "crashed":
		return &o.Crashed
	case "undocumented":
		return &o.Undocumented
	case "unsteady":
		return &o.Unsteady
	case "elsewhere":
		return &o.Elsewhere
	}
	return &o.Unanswered
}

// Tried counts the constraints of which something is known.
func (o Negative) Tried() int { return o.Refused + o.Accepted + o.Crashed + o.Undocumented }

func judgeNegative(o Negative, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"operations": o.Operations, "got": o.Reached, "cells": o.Cells, "tried": o.Tried(), "refused": o.Refused, "accepted": o.Accepted, "undocumented": o.Undocumented, "unclear": o.Unclear,
		"share": words.Percent(share(o.Tried(), o.Cells)), "open": some(o.Open, func(s string) string { return s })}
	names := func(state string) []string {
		return some(slices.DeleteFunc(slices.Clone(o.Wrong), func(w Wrong) bool { return w.State != state }),
			func(w Wrong) string { return w.Operation + " " + w.In + " " + w.Name + " " + w.Keyword })
	}
	for _, bad := range []struct {
		reason string
		count  int
	}{{"crashed", o.Crashed}, {"accepted", o.Accepted}, {"undocumented", o.Undocumented}} {
		if bad.count > 0 {
			facts["count"], facts["names"] = bad.count, names(bad.reason)
			if i := slices.IndexFunc(o.Wrong, func(w Wrong) bool { return w.State == bad.reason }); i >= 0 {
				facts[evidence.Replay] = o.Wrong[i].Line
			}
			return evidence.Failed(bad.reason, facts)
		}
	}
	switch {
	case o.Operations == 0:
		return evidence.Undecided("empty", facts)
	case o.Unanswered > 0:
		facts["count"], facts["names"] = o.Unanswered, names("unanswered")
		return evidence.Undecided("unanswered", facts)
	case o.Unsteady > 0:
		facts["count"], facts["names"] = o.Unsteady, names("unsteady")
		return evidence.Undecided("unsteady", facts)
	case o.Reached < o.Operations || len(o.Open) > 0:
		return evidence.Undecided("unreached", facts)
	case o.Cells == 0:
		return evidence.Undecided("unconstrained", facts)
	case share(o.Tried(), o.Cells) < limits["exercised"] || o.Refused != o.Tried() || o.Tried() == 0:
		return evidence.Undecided("uncovered", facts)
	}
	return evidence.Passed("refused", facts)
}

// Lines are the curl lines of what was not refused, for a page.
func (o Negative) Lines() string { return block(o.Wrong, func(w Wrong) string { return w.Line }) }
