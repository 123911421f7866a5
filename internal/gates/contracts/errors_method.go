package contracts

import (
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// errorsMethod asks whether a path that is there tells a wrong method so: 405 and
// Allow (RFC 9110, 15.5.6).
func errorsMethod() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: methodID, Class: classMethod,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"told", "denied", "no_allow", "other", "unreached", "empty"},
	}, runMethod, judgeMethod)
}

// Methods is what paths answer to methods that they do not have.
type Methods struct {
	Paths   int         `json:"paths"`   // documented
	Asked   int         `json:"asked"`   // with a good request to start from
	Answers int         `json:"answers"` // to methods not documented
	Told    int         `json:"told"`    // 405 with an Allow that names the documented methods
	Served  int         `json:"served"`  // success: contracts.undocumented looks at those
	Rows    []MethodRow `json:"rows,omitempty"`
}

// MethodRow is one path and one method that it does not have.
type MethodRow struct {
	Path   string `json:"path"`
	Method string `json:"method"`
	Status int    `json:"status"`
	Allow  string `json:"allow"`
	// State is told, denied (404), no_allow (405 without the documented methods in
	// Allow), served or other.
	State string `json:"state"`
	Line  string `json:"line"`
}

func runMethod(ctx context.Context, b *lab.Bench) (Methods, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Methods{}, err
	}
	s.quiet(ctx)
	o := Methods{}
	defer s.quietly("methods that a path does not have")()
	for _, p := range pathsOf(s.doc) {
		o.Paths++
		t := s.any(func(t *twin) bool { return t.op.Path == p })
		if t == nil {
			continue
		}
		o.Asked++
		for _, method := range askedMethods(s.doc, p) {
			c := t.clone()
			c.body, c.raw, c.method = nil, nil, method
			if c.token.Value == "" {
				c.token = s.tokens[0] // a wall of 401 would hide the answer
			}
			a := s.send(ctx, c)
			row := MethodRow{Path: p, Method: method, Status: a.Status, Allow: clean(strings.Join(a.Header.Values("Allow"), ", "), 100), Line: s.line(c)}
			row.State = methodState(s.doc, p, a.Status, row.Allow)
			o.Answers++
			switch row.State {
			case "told":
				o.Told++
			case "served":
				o.Served++
			default:
				s.shown(c, a)
			}
			o.Rows = append(o.Rows, row)
		}
	}
	return o, ctx.Err()
}

func pathsOf(d *openapi.Document) []string {
	var all []string
	for _, o := range d.Operations {
		if !slices.Contains(all, o.Path) {
			all = append(all, o.Path)
		}
	}
	return all
}

// askedMethods are two usual methods that the document does not have for a path;
// all of them are asked by contracts.undocumented.
func askedMethods(d *openapi.Document, p string) []string {
	all := unusedMethods(d, p)
	return all[:min(len(all), 2)]
}

func methodState(d *openapi.Document, p string, status int, allow string) string {
	switch {
	case status == nethttp.StatusMethodNotAllowed && !allows(d, p, allow):
		return "no_allow"
	case status == nethttp.StatusMethodNotAllowed, status == nethttp.StatusNotImplemented:
		return "told"
	case status == nethttp.StatusNotFound:
		return "denied"
	case status >= 200 && status < 400:
		return "served"
	}
	return "other"
}

// allows tells whether Allow names every documented method of the path.
func allows(d *openapi.Document, p, allow string) bool {
	var named []string
	for _, m := range strings.Split(allow, ",") {
		named = append(named, strings.ToUpper(strings.TrimSpace(m)))
	}
	return !slices.ContainsFunc(d.Operations, func(o *openapi.Operation) bool { return o.Path == p && !slices.Contains(named, o.Method) })
}

func judgeMethod(o Methods, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"paths": o.Paths, "asked": o.Asked, "answers": o.Answers, "told": o.Told}
	in := func(state string) []MethodRow {
		return slices.DeleteFunc(slices.Clone(o.Rows), func(r MethodRow) bool { return r.State != state })
	}
	name := func(r MethodRow) string { return fmt.Sprintf("%s %s → %d", r.Method, r.Path, r.Status) }
	for _, bad := range []string{"denied", "no_allow", "other"} {
		if rows := in(bad); len(rows) > 0 {
			facts["count"], facts["names"] = len(rows), some(rows, name)
			facts[evidence.Replay] = rows[0].Line
			if bad == "other" {
				return evidence.Undecided(bad, facts)
			}
			return evidence.Failed(bad, facts)
		}
	}
	switch {
	case o.Paths == 0 || o.Answers == 0:
		return evidence.Undecided("empty", facts)
	case o.Asked < o.Paths:
		return evidence.Undecided("unreached", facts)
	case o.Told+o.Served != o.Answers || o.Told == 0:
		facts["count"], facts["names"] = o.Answers-o.Told, some(in("served"), name)
		return evidence.Undecided("other", facts)
	}
	return evidence.Passed("told", facts)
}
