package contracts

import (
	"context"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// unserved asks whether every documented operation is there at all.
func unserved() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: unservedID, Class: classUnserved,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("document")},
		Reasons: []string{"all_served", "absent", "undecided", "blind", "empty"},
	}, runUnserved, judgeUnserved)
}

// Unserved is which documented operations the service knows.
type Unserved struct {
	Operations int `json:"operations"`
	Served     int `json:"served"` // answered, and not as a path that nobody serves
	Absent     int `json:"absent"` // answered like one, or with 405
	// Unknown is how the service answers what it does not serve.
	Unknown []Fingerprint `json:"unknown,omitempty"`
	Blind   bool          `json:"blind"` // it answers anything with success
	Rows    []ServedRow   `json:"rows,omitempty"`
}

// Fingerprint is how an answer to an unknown path looks.
type Fingerprint struct {
	Method string `json:"method"`
	Status int    `json:"status"`
	Media  string `json:"media"`
	Body   string `json:"body"` // without what differs from request to request
}

// ServedRow is one operation.
type ServedRow struct {
	Operation string `json:"operation"`
	At        string `json:"at"`
	Status    int    `json:"status"`
	State     string `json:"state"` // served, absent or undecided
	Line      string `json:"line,omitempty"`
}

func runUnserved(ctx context.Context, b *lab.Bench) (Unserved, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Unserved{}, err
	}
	s.quiet(ctx)
	o := Unserved{Operations: len(s.doc.Operations)}
	unknown := map[string]Fingerprint{}
	for _, op := range s.doc.Operations {
		if _, known := unknown[op.Method]; !known {
			unknown[op.Method] = s.unknown(ctx, op.Method)
			o.Unknown = append(o.Unknown, unknown[op.Method])
			o.Blind = o.Blind || unknown[op.Method].Status/100 == 2
		}
	}
	for _, op := range s.doc.Operations {
		row := ServedRow{Operation: op.Name(), At: place(settings(b), op), State: "undecided"}
		if t := s.found[op]; t != nil {
			row.State, row.Status = "served", t.answer.Status
		} else if a := s.tried[op]; a != nil && a.why == "" {
			row.Status, row.Line = a.answer.Status, s.line(a.call)
			row.State = s.presence(a, unknown[op.Method])
			s.send(ctx, a.call) // once more, for the record
		}
		switch row.State {
		case "served":
			o.Served++
		case "absent":
			o.Absent++
		}
		o.Rows = append(o.Rows, row)
	}
	return o, ctx.Err()
}

// unknown learns how the service answers paths that nobody serves.
func (s *scout) unknown(ctx context.Context, method string) Fingerprint {
	return fingerprint(method, nowhere, s.send(ctx, strange(method, nowhere, s.tokens[0])))
}

// fingerprint keeps of an answer what does not change with the request.
func fingerprint(method, target string, a http.Answer) Fingerprint {
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	return Fingerprint{method, a.Status, clean(media, 80), skeleton(target, a.Body)}
}

// skeleton is a body without the path that was asked for and without members
// that name the request or the time.
func skeleton(target string, body []byte) string {
	if tree, err := openapi.ReadJSON(body); err == nil {
		if object, ok := tree.Value.(map[string]any); ok {
			for name := range object {
				lower := strings.ToLower(name)
				if strings.Contains(lower, "id") || strings.Contains(lower, "time") || lower == "instance" || lower == "path" {
					object[name] = "…"
				}
			}
			body = encode(object)
		}
	}
	p, _, _ := strings.Cut(target, "?")
	return clean(strings.ReplaceAll(strings.Join(strings.Fields(string(body[:min(len(body), 2000)])), " "), p, "…"), 300)
}

// presence tells whether an operation that did not succeed is there. The answer
// of an unknown path decides only where nothing else can be missing: no id in
// the path, or one that another method of the same path takes.
func (s *scout) presence(a *attempt, unknown Fingerprint) string {
	got := fingerprint(a.op.Method, a.target(), a.answer)
	switch {
	case a.answer.Err != nil:
		return "undecided"
	case a.answer.Status == nethttp.StatusMethodNotAllowed, a.answer.Status == nethttp.StatusNotImplemented:
		return "absent"
	case got.Status != unknown.Status || got.Media != unknown.Media || got.Body != unknown.Body:
		return "served"
	case len(a.path) == 0 || s.sameThing(a):
		return "absent"
	}
	return "undecided"
}

// sameThing tells that another method of the very path succeeded.
func (s *scout) sameThing(a *attempt) bool {
	own, _, _ := strings.Cut(a.target(), "?")
	return s.any(func(t *twin) bool {
		p, _, _ := strings.Cut(t.target(), "?")
		return t.op.Path == a.op.Path && (p == own || a.op.Method == nethttp.MethodDelete || t.op.Method == nethttp.MethodGet)
	}) != nil
}

func judgeUnserved(o Unserved, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"operations": o.Operations, "served": o.Served, "absent": o.Absent}
	in := func(state string) []ServedRow {
		return slices.DeleteFunc(slices.Clone(o.Rows), func(r ServedRow) bool { return r.State != state })
	}
	name := func(r ServedRow) string { return r.Operation + " (" + r.At + ")" }
	switch {
	case o.Operations == 0 || len(o.Unknown) == 0:
		return evidence.Undecided("empty", facts)
	case o.Absent > 0:
		rows := in("absent")
		facts["names"] = some(rows, name)
		if len(rows) > 0 {
			facts[evidence.Replay] = rows[0].Line
		}
		return evidence.Failed("absent", facts)
	case o.Served != o.Operations && o.Blind:
		return evidence.Undecided("blind", facts)
	case o.Served != o.Operations:
		facts["count"], facts["names"] = o.Operations-o.Served, some(in("undecided"), name)
		return evidence.Undecided("undecided", facts)
	}
	return evidence.Passed("all_served", facts)
}

// Lines are the curl lines of what is not served, for a page.
func (o Unserved) Lines() string {
	return block(o.Rows, func(r ServedRow) string {
		if r.State != "absent" {
			return ""
		}
		return r.Line
	})
}
