package contracts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// errorsDisguised asks whether a refusal says so by its status: a body of an error
// under a 200 is a success to every client, cache and alert.
func errorsDisguised() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: disguisedID, Class: classDisguised,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"honest", "disguised", "unanswered", "empty"},
	}, runDisguised, judgeDisguised)
}

// Disguised is what requests that should fail were answered with.
type Disguised struct {
	Provocations int            `json:"provocations"`
	Errors       int            `json:"errors"`    // answered with 400 or more
	Successes    int            `json:"successes"` // answered with 2xx; their bodies were read
	Unanswered   int            `json:"unanswered"`
	Rows         []DisguisedRow `json:"rows,omitempty"`
}

// DisguisedRow is a success that is none.
type DisguisedRow struct {
	Name   string `json:"name"`
	Status int    `json:"status"`
	// Mark is the member that gives it away: success, ok, error, errors, status.
	Mark    string `json:"mark"`
	Layer   string `json:"layer"`
	Excerpt string `json:"excerpt"`
	Line    string `json:"line"`
}

func runDisguised(ctx context.Context, b *lab.Bench) (Disguised, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Disguised{}, err
	}
	s.quiet(ctx)
	innocent := s.marksOfGood()
	defer s.quietly("requests that should fail, to see whether they say so")()
	all, err := s.provokeAll(ctx)
	if err != nil {
		return Disguised{}, err
	}
	o := Disguised{Provocations: len(all)}
	for _, p := range all {
		switch a := p.answer; {
		case a.Err != nil:
			o.Unanswered++
		case a.Status >= 400:
			o.Errors++
		case a.Status/100 == 2:
			o.Successes++
			if mark := markOf(a); mark != "" && !slices.Contains(innocent, mark) {
				s.shown(p.call, a)
				o.Rows = append(o.Rows, DisguisedRow{p.name, a.Status, mark, p.layer, shapeOf(a).Excerpt, p.line})
			}
		}
	}
	return o, ctx.Err()
}

// marksOfGood are marks that good answers of the service have too: there they mean
// something else, the state of a job for instance.
func (s *scout) marksOfGood() []string {
	var all []string
	for _, t := range s.found {
		if mark := markOf(t.answer); mark != "" {
			all = append(all, mark)
		}
	}
	return all
}

// markOf gives the member by which the body of a success says that it is an error;
// "" when none does. GraphQL and JSON-RPC have errors under 200 by their own
// specifications.
func markOf(a http.Answer) string {
	tree, err := openapi.ReadJSON(a.Body)
	object, ok := tree.Value.(map[string]any)
	if err != nil || !ok || object["jsonrpc"] != nil {
		return ""
	}
	if _, graph := object["data"]; graph && object["errors"] != nil {
		return ""
	}
	for _, name := range []string{"success", "ok"} {
		if object[name] == false {
			return name
		}
	}
	if list, _ := object["errors"].([]any); len(list) > 0 {
		return "errors"
	}
	switch e := object["error"].(type) {
	case string:
		if e != "" {
			return "error"
		}
	case map[string]any:
		if len(e) > 0 {
			return "error"
		}
	case bool:
		if e {
			return "error"
		}
	}
	for _, name := range []string{"statusCode", "status"} {
		switch v := object[name].(type) {
		case json.Number:
			if n, err := v.Int64(); err == nil && n >= 400 && n <= 599 {
				return name
			}
		case string:
			if slices.Contains([]string{"error", "fail", "failed"}, strings.ToLower(v)) {
				return name
			}
		}
	}
	return ""
}

func judgeDisguised(o Disguised, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"provocations": o.Provocations, "errors": o.Errors, "successes": o.Successes}
	switch {
	case len(o.Rows) > 0:
		facts["count"] = len(o.Rows)
		facts["names"] = some(o.Rows, func(r DisguisedRow) string { return fmt.Sprintf("%s → %d, %s", r.Name, r.Status, r.Mark) })
		facts[evidence.Replay] = o.Rows[0].Line
		return evidence.Failed("disguised", facts)
	case o.Provocations == 0 || o.Errors+o.Successes == 0:
		return evidence.Undecided("empty", facts)
	case o.Unanswered > 0:
		facts["count"] = o.Unanswered
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed("honest", facts)
}
