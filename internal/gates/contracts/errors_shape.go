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
)

// errorsShape asks whether every error is JSON of one form.
func errorsShape() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: shapeID, Class: classShape,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"one_shape", "differs", "crashed", "unseen", "unanswered", "empty"},
	}, runShape, judgeShape)
}

// Shapes is what provoked errors look like.
type Shapes struct {
	Provocations int `json:"provocations"` // sent
	Errors       int `json:"errors"`       // answered with a status of 400 or more
	Conform      int `json:"conform"`      // of these, of the one form
	Unanswered   int `json:"unanswered"`
	// Media and Members are the form that most errors have.
	Media   string     `json:"media"`
	Members []string   `json:"members"`
	Rows    []ShapeRow `json:"rows,omitempty"`
	// Unseen are statuses that the document promises and no provocation reached.
	Unseen []string `json:"unseen,omitempty"`
	// Unused are statuses that the document does not name and nothing showed.
	Unused []string `json:"unused,omitempty"`
}

// ShapeRow is one provocation and its answer.
type ShapeRow struct {
	Name   string `json:"name"`
	Wanted string `json:"wanted"`          // the status it stands for
	Row    int    `json:"row,omitempty"`   // of the catalogue, when sent byte by byte
	Layer  string `json:"layer,omitempty"` // who wrote the answer
	Shape
	// Line repeats it. What was answered as it should be has one only when it was sent
	// byte by byte: the line is no step's then, but its transcript's, which may be cut.
	Line string `json:"line,omitempty"`
	// Fault overrides the form's own: what is wrong against the form of the house;
	// "" when nothing is, "accepted" when it was no error.
	Verdict string `json:"verdict"`
}

// watched are the statuses that are asked for here; 405's form is looked at too,
// its own check asks for the status itself.
var watched = []string{"400", "401", "403", "404", "405", "413", "415", "422"}

func runShape(ctx context.Context, b *lab.Bench) (Shapes, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Shapes{}, err
	}
	s.quiet(ctx)
	all, err := s.provokeAll(ctx)
	if err != nil {
		return Shapes{}, err
	}
	o := shapesOf(s.doc, all)
	o.missing(s)
	o.spare()
	return o, ctx.Err()
}

// shapesOf holds all errors against the form that the document declares, or else
// that most of them have.
func shapesOf(d *openapi.Document, all []provoked) Shapes {
	o := Shapes{Provocations: len(all), Members: []string{}}
	var forms []Shape
	for _, p := range all {
		if isError(p.answer, p.method) {
			forms = append(forms, shapeOf(p.answer))
		}
	}
	h := houseIn(d, forms)
	o.Media, o.Members = h.media, append(o.Members, h.members...)
	for _, p := range all {
		row := ShapeRow{Name: p.name, Wanted: p.group, Row: p.row, Layer: p.layer, Shape: shapeOf(p.answer), Line: p.line}
		switch {
		case p.answer.Err != nil:
			o.Unanswered++
			row.Verdict, row.Excerpt = "unanswered", clean(p.answer.Err.Error(), 160)
		case p.answer.Status < 400:
			row.Verdict, row.Excerpt = "accepted", ""
		default:
			o.Errors++
			if row.Verdict = row.against(h); row.Verdict == "" {
				o.Conform++
			}
		}
		o.Rows = append(o.Rows, row)
	}
	return o
}

// missing names the watched statuses that did not come: those that the document
// promises, and those that it does not know either.
func (o *Shapes) missing(s *scout) {
	seen, promised := map[string]bool{}, map[string]bool{}
	for _, r := range o.Rows {
		seen[strconv.Itoa(r.Status)] = true
	}
	for _, op := range s.doc.Operations {
		for status := range op.Answers {
			promised[status] = true
		}
	}
	for _, status := range watched {
		switch {
		case seen[status]:
		case promised[status]:
			o.Unseen = append(o.Unseen, status)
		default:
			o.Unused = append(o.Unused, status)
		}
	}
}

// outcome tells what a row means: "" when it is an error of the one form.
func (r ShapeRow) outcome() string {
	switch {
	case r.Verdict == "unanswered" || r.Verdict == "accepted":
		return r.Verdict
	case r.Status == 429 && r.Verdict == "":
		return "limited" // the limiter's word says nothing of what was asked for
	case r.Status >= 500 && r.Status != 501: // 501 refuses a method (RFC 9110, 15.6.2)
		return "crashed"
	case r.Verdict != "":
		return "differs"
	}
	return ""
}

// spare drops what nobody needs of rows that are as they should be. Where there is no
// one form, the members of each tell why.
func (o *Shapes) spare() {
	for i, r := range o.Rows {
		if r.outcome() != "" {
			continue
		}
		if len(o.Members) > 0 {
			o.Rows[i].Shape = r.bare()
		}
		if r.Row == 0 {
			o.Rows[i].Line = ""
		}
	}
}

// Odd gives the rows that are not simply right.
func (o Shapes) Odd() []ShapeRow {
	return slices.DeleteFunc(slices.Clone(o.Rows), func(r ShapeRow) bool { return r.outcome() == "" })
}

func judgeShape(o Shapes, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"provocations": o.Provocations, "errors": o.Errors, "conform": o.Conform, "media": cmpOr(o.Media, "–"), "members": namesOnly(o.Members), "unseen": o.Unseen}
	var differing, crashed, seen, formless []string
	unanswered := o.Unanswered
	for _, r := range o.Rows {
		switch r.outcome() {
		case "limited":
			unanswered++
		case "crashed":
			crashed = append(crashed, fmt.Sprintf("%s → %d", r.Name, r.Status))
		case "differs":
			if len(differing) == 0 {
				facts[evidence.Replay] = r.Line
			}
			differing = append(differing, fmt.Sprintf("%s → %d %s (%s)", r.Name, r.Status, r.Media, r.Verdict))
		case "":
			seen = append(seen, strconv.Itoa(r.Status))
			formless = append(formless, fmt.Sprintf("%s → %d %s", r.Name, r.Status, namesOnly(r.Shape.Members)))
		}
	}
	same := func(s string) string { return s }
	slices.Sort(seen)
	facts["statuses"], facts["differing"] = slices.Compact(seen), o.Errors-o.Conform
	switch {
	case o.Provocations == 0 || o.Errors == 0:
		return evidence.Undecided("empty", facts)
	case len(differing) > 0:
		facts["names"], facts["layers"] = some(differing, same), blamed(o.Authors())
		return evidence.Failed("differs", facts)
	case len(crashed) > 0:
		facts["names"] = some(crashed, same)
		return evidence.Failed("crashed", facts)
	case o.Errors > 1 && len(o.Members) == 0: // no member is in most of them: there is no one form
		facts["differing"], facts["names"], facts["layers"] = o.Errors, some(formless, same), []string{"–"}
		return evidence.Failed("differs", facts)
	case unanswered > 0:
		facts["count"] = unanswered
		return evidence.Undecided("unanswered", facts)
	case len(o.Unseen) > 0 || o.Conform != o.Errors:
		return evidence.Undecided("unseen", facts)
	}
	return evidence.Passed("one_shape", facts)
}

func namesOnly(members []string) []string {
	names := map[string]bool{}
	for _, m := range members {
		for i := range m {
			if m[i] == ':' {
				names[m[:i]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
