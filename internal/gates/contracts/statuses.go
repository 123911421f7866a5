package contracts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/words"
)

// statuses asks whether the service answers only what is documented, errors too,
// and how much of what is documented was seen.
func statuses() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: statusesID, Class: classStatuses,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Limits:  []evidence.Limit{{Name: "reached", Default: 60, Unit: "%", Direction: evidence.AtLeast}},
		Reasons: []string{"documented", "undocumented", "differs", "unreached", "empty"},
	}, runStatuses, judgeStatuses)
}

// Statuses is which of the documented answers were seen.
type Statuses struct {
	Operations int         `json:"operations"`
	Answers    int         `json:"answers"`    // held against the document
	Documented int         `json:"documented"` // pairs of an operation and a status
	Reached    int         `json:"reached"`    // of these
	Requests   int         `json:"requests"`
	Rows       []StatusRow `json:"rows,omitempty"`
}

// StatusRow is one operation.
type StatusRow struct {
	Operation    string     `json:"operation"`
	At           string     `json:"at"`
	Seen         []string   `json:"seen"`   // documented and seen
	Unseen       []string   `json:"unseen"` // documented and not seen
	Undocumented []Violated `json:"undocumented,omitempty"`
	Violations   []Violated `json:"violations,omitempty"` // documented status, other content
}

func runStatuses(ctx context.Context, b *lab.Bench) (Statuses, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Statuses{}, err
	}
	s.quiet(ctx)
	o := Statuses{Operations: len(s.doc.Operations)}
	defer s.quietly("what each operation answers when it is provoked")()
	for i, op := range s.doc.Operations {
		b.Progress(i, len(s.doc.Operations))
		row := StatusRow{Operation: op.Name(), At: place(settings(b), op), Seen: []string{}, Unseen: []string{}}
		seen := s.answersOf(ctx, op, &o, &row)
		for _, status := range slices.Sorted(maps.Keys(op.Answers)) {
			o.Documented++
			if seen[status] {
				o.Reached++
				row.Seen = append(row.Seen, status)
			} else {
				row.Unseen = append(row.Unseen, status)
			}
		}
		o.Rows = append(o.Rows, row)
	}
	o.Requests = s.requests
	return o, ctx.Err()
}

// answersOf provokes an operation and gives the documented statuses that came.
func (s *scout) answersOf(ctx context.Context, op *openapi.Operation, o *Statuses, row *StatusRow) map[string]bool {
	seen := map[string]bool{}
	judge := func(c call, a http.Answer) {
		if a.Err == nil && a.Status != 0 {
			o.Answers++
			s.hold(op, c, a, seen, row)
		}
	}
	if t := s.found[op]; t != nil {
		judge(t.call, t.answer)
		for _, c := range s.provocations(ctx, t) {
			judge(c, s.send(ctx, c))
		}
	} else if a := s.tried[op]; a != nil && a.why == "" && a.answer.Status != 404 && a.answer.Status != 405 {
		judge(a.call, a.answer) // an operation that is not there is no status: contracts.unserved names it
	}
	return seen
}

// hold holds one answer against the document.
func (s *scout) hold(op *openapi.Operation, c call, a http.Answer, seen map[string]bool, row *StatusRow) {
	_, key, documented := op.Documents(a.Status)
	seen[key] = seen[key] || documented
	for _, v := range op.Judge(a.Status, a.Header, a.Body) {
		into := &row.Violations
		if v.Kind == "status" {
			into = &row.Undocumented
		}
		same := func(w Violated) bool { return w.Status == a.Status && w.Kind == v.Kind && w.Pointer == v.Pointer }
		if !slices.ContainsFunc(*into, same) && len(*into) < 8 {
			*into = append(*into, s.violated(v, c, a))
			if len(*into) == 1 {
				s.shown(c, a)
			}
		}
	}
}

// provocations are changes of a good request that ask for the answers a document
// may hold: without a token, with a bad one, as another user, for a thing that is
// not there, with a broken value, as another media type, too large, and asked for
// again.
func (s *scout) provocations(ctx context.Context, t *twin) []call {
	var all []call
	if t.token.Value != "" {
		all = append(all, anonymous(t.call), badToken(t.call))
		for _, token := range s.tokens[1:] {
			c := s.anew(ctx, t)
			c.token = token
			all = append(all, c)
		}
	}
	if isLogin(s.b, t.op) {
		c := t.clone()
		c.body = swapped(c.body, s.b.Config.Login.Password, standIn)
		all = append(all, c)
	}
	all = append(all, s.absent(t)...)
	for _, p := range t.op.Parameters {
		if p.In != "path" && p.In != "query" {
			continue
		}
		now := cmpOr(t.path[p.Name], t.query.Get(p.Name))
		if cells := p.ParameterCells(now); len(cells) > 0 && !cells[0].Unclear {
			all = append(all, broken(t.call, cells[0], p))
		}
	}
	if t.op.Body != nil && t.body != nil {
		if cells := s.bodyCells(t.call); len(cells) > 1 {
			all = append(all, broken(t.call, cells[1], openapi.Parameter{}), broken(t.call, cells[len(cells)-1], openapi.Parameter{}))
		}
		all = append(all, malformed(t.call), plainText(t.call))
	}
	if _, documented := t.op.Answers["413"]; documented {
		all = append(all, tooLarge(t.call, smallLarge), tooLarge(t.call, large))
	}
	// An undocumented 304 is no fault: whoever asks conditionally knows HTTP, and
	// frameworks answer it by themselves.
	_, documented := t.op.Answers["304"]
	if tag := t.answer.Header.Get("ETag"); documented && tag != "" && safe(t.op.Method) {
		c := t.clone()
		c.header.Set("If-None-Match", tag)
		all = append(all, c)
	}
	return all
}

// anew gives a good request once more: what a DELETE took away is made again.
func (s *scout) anew(ctx context.Context, t *twin) call {
	if t.op.Method == "DELETE" {
		if c, why := s.build(ctx, t.op, t.token, 0); why == "" {
			return c
		}
	}
	return t.clone()
}

// absent gives the good request for things that are not there: each id in it is
// replaced by a valid one that nobody has.
func (s *scout) absent(t *twin) []call {
	var all []call
	for _, p := range t.op.Parameters {
		text, ok := unknown(p)
		if !ok || (p.In == "query" && s.Known(0)(p.Name) == nil) {
			continue
		}
		c := t.clone()
		switch p.In {
		case "path":
			c.path[p.Name] = text
		case "query":
			c.query.Set(p.Name, text)
		default:
			continue
		}
		all = append(all, c)
	}
	if object, ok := t.body.(map[string]any); ok && t.media.Schema != nil {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if s.Known(0)(name) == nil {
				continue
			}
			c := t.clone()
			other := maps.Clone(object)
			other[name] = unlikely
			if c.body = other; len(t.media.Schema.InRequest(other)) == 0 {
				all = append(all, c)
			}
		}
	}
	return all
}

// judgeStatuses reads the rows.
func judgeStatuses(o Statuses, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"operations": o.Operations, "answers": o.Answers, "documented": o.Documented, "got": o.Reached,
		"share": words.Percent(share(o.Reached, o.Documented))}
	var undocumented, differing, unseen []string
	for _, r := range o.Rows {
		for _, v := range r.Undocumented {
			if len(undocumented) == 0 {
				facts[evidence.Replay] = v.Line
			}
			undocumented = append(undocumented, r.Operation+" → "+strconv.Itoa(v.Status))
		}
		for _, v := range r.Violations {
			if len(undocumented)+len(differing) == 0 {
				facts[evidence.Replay] = v.Line
			}
			differing = append(differing, fmt.Sprintf("%s → %d: %s", r.Operation, v.Status, v.Say))
		}
		for _, status := range r.Unseen {
			unseen = append(unseen, r.Operation+" → "+status)
		}
	}
	same := func(s string) string { return s }
	facts["undocumented"], facts["differing"], facts["unseen"] = len(undocumented), len(differing), len(unseen)
	switch {
	case o.Operations == 0 || o.Answers == 0 || o.Documented == 0:
		return evidence.Undecided("empty", facts)
	case len(undocumented) > 0:
		facts["names"] = some(undocumented, same)
		return evidence.Failed("undocumented", facts)
	case len(differing) > 0:
		facts["names"] = some(differing, same)
		return evidence.Failed("differs", facts)
	case share(o.Reached, o.Documented) < limits["reached"]:
		facts["names"] = some(unseen, same)
		return evidence.Undecided("unreached", facts)
	}
	return evidence.Passed("documented", facts)
}

// Lines are the curl lines of what departs from the document, for a page.
func (o Statuses) Lines() string {
	var all []Violated
	for _, r := range o.Rows {
		all = slices.Concat(all, r.Undocumented, r.Violations)
	}
	return block(all, func(v Violated) string { return v.Line })
}
