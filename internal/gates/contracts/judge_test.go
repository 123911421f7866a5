package contracts

import (
	"slices"
	"testing"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
)

const (
	pass     = evidence.Pass
	fail     = evidence.Fail
	unproven = evidence.Unproven
)

func TestJudgeDocument(t *testing.T) {
	tryJudge(t, documentID, []judgement{
		{Document{File: "x.json", Version: "3.1.0", Operations: 2, Answers: 3}, pass, "right"},
		{Document{File: "x.json", Unreadable: "it is empty"}, fail, "unreadable"},
		{Document{File: "x.json", Operations: 2, Answers: 3, Problems: []openapi.Problem{{Say: "leads nowhere"}}}, fail, "wrong"},
		{Document{File: "x.json"}, unproven, "empty"},
		{Document{File: "x.json", Operations: 2}, unproven, "empty"},
	})
}

func TestJudgeServed(t *testing.T) {
	good := Served{File: "x.json", Path: "/x", Status: 200, Bytes: 9, Operations: 1, Equal: true}
	with := func(change func(*Served)) Served { o := good; change(&o); return o }
	tryJudge(t, servedID, []judgement{
		{good, pass, "same"},
		{with(func(o *Served) { o.Equal, o.Differences = false, []string{"~/info/version"} }), fail, "differs"},
		{with(func(o *Served) { o.Equal = false; o.Differences = []string{"+/x"} }), fail, "differs"},
		{with(func(o *Served) { o.Status, o.Equal = 404, false }), fail, "absent"},
		{with(func(o *Served) { o.Unreadable, o.Equal = "no JSON", false }), fail, "unreadable"},
		{with(func(o *Served) { o.Error, o.Status = "refused", 0 }), unproven, "unanswered"},
		{with(func(o *Served) { o.Operations = 0 }), unproven, "empty"},
		{Served{}, unproven, "empty"},
	})
}

func TestJudgePositive(t *testing.T) {
	row := func(state string) PositiveRow { return PositiveRow{Operation: "GET /x", State: state, Status: 200} }
	bad := row("reached")
	bad.Violations = []Violated{{openapi.Violation{Kind: "schema", Pointer: "/n", Say: "wrong"}, 200, "curl"}}
	refusing := row("reached")
	refusing.Refusals = []Violated{{openapi.Violation{Kind: "refused", Pointer: "query q"}, 400, "curl"}}
	tryJudge(t, positiveID, []judgement{
		{Positive{Operations: 1, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{row("reached")}}, pass, "kept"},
		{Positive{Operations: 1, Reached: 1, Answers: 1, Rows: []PositiveRow{bad}}, fail, "differs"},
		{Positive{Operations: 2, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{row("reached"), row("broken")}}, fail, "broken"},
		{Positive{Operations: 1, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{refusing}}, fail, "refused"},
		{Positive{Operations: 2, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{row("reached"), row("refused")}}, unproven, "unreached"},
		{Positive{Operations: 2, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{row("reached"), row("unbuilt")}}, unproven, "unreached"},
		{Positive{Operations: 1, Reached: 1, Rows: []PositiveRow{row("reached")}}, unproven, "unreached"},
		{Positive{Operations: 2, Reached: 1, Answers: 1, Kept: 1, Rows: []PositiveRow{row("reached"), row("throttled")}}, unproven, "throttled"},
		{Positive{Operations: 1, Rows: []PositiveRow{row("unanswered")}}, unproven, "unanswered"},
		{Positive{}, unproven, "empty"},
	})
}

func TestJudgeNegative(t *testing.T) {
	wrong := func(state string) []Wrong {
		return []Wrong{{Operation: "GET /x", In: "query", Name: "q", Keyword: "type", State: state}}
	}
	tryJudge(t, negativeID, []judgement{
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 9, Unclear: 1}, pass, "refused"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 8, Unclear: 2}, unproven, "uncovered"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 9, Accepted: 1, Wrong: wrong("accepted")}, fail, "accepted"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 8, Accepted: 1, Crashed: 1, Wrong: wrong("crashed")}, fail, "crashed"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 9, Undocumented: 1, Wrong: wrong("undocumented")}, fail, "undocumented"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 9, Unsteady: 1, Wrong: wrong("unsteady")}, unproven, "unsteady"},
		{Negative{Operations: 1, Reached: 1, Cells: 10, Refused: 9, Unanswered: 1, Wrong: wrong("unanswered")}, unproven, "unanswered"},
		{Negative{Operations: 2, Reached: 1, Cells: 10, Refused: 10, Open: []string{"GET /y: refused"}}, unproven, "unreached"},
		{Negative{Operations: 1, Reached: 1}, unproven, "unconstrained"},
		{Negative{}, unproven, "empty"},
	})
}

func TestJudgeStatuses(t *testing.T) {
	v := []Violated{{openapi.Violation{Kind: "schema", Say: "wrong"}, 404, "curl"}}
	tryJudge(t, statusesID, []judgement{
		{Statuses{Operations: 1, Answers: 3, Documented: 10, Reached: 6, Rows: []StatusRow{{Operation: "GET /x"}}}, pass, "documented"},
		{Statuses{Operations: 1, Answers: 3, Documented: 10, Reached: 5, Rows: []StatusRow{{Operation: "GET /x", Unseen: []string{"503"}}}}, unproven, "unreached"},
		{Statuses{Operations: 1, Answers: 3, Documented: 10, Reached: 9, Rows: []StatusRow{{Operation: "GET /x", Undocumented: v}}}, fail, "undocumented"},
		{Statuses{Operations: 1, Answers: 3, Documented: 10, Reached: 9, Rows: []StatusRow{{Operation: "GET /x", Violations: v}}}, fail, "differs"},
		{Statuses{Operations: 1, Documented: 10}, unproven, "empty"},
		{Statuses{}, unproven, "empty"},
	})
}

func TestJudgeUnserved(t *testing.T) {
	unknown := []Fingerprint{{Method: "GET", Status: 404}}
	rows := func(state string) []ServedRow {
		return []ServedRow{{Operation: "GET /x", At: "x.json:1:1", State: state}}
	}
	tryJudge(t, unservedID, []judgement{
		{Unserved{Operations: 1, Served: 1, Unknown: unknown, Rows: rows("served")}, pass, "all_served"},
		{Unserved{Operations: 1, Served: 1, Unknown: unknown, Blind: true, Rows: rows("served")}, pass, "all_served"},
		{Unserved{Operations: 1, Absent: 1, Unknown: unknown, Rows: rows("absent")}, fail, "absent"},
		{Unserved{Operations: 1, Unknown: unknown, Rows: rows("undecided")}, unproven, "undecided"},
		{Unserved{Operations: 1, Unknown: unknown, Blind: true, Rows: rows("undecided")}, unproven, "blind"},
		{Unserved{Operations: 1, Served: 1}, unproven, "empty"},
		{Unserved{}, unproven, "empty"},
	})
}

func TestJudgeUndocumented(t *testing.T) {
	good := Undocumented{Operations: 2, Registered: 2, Known: 2, Probed: 3, Methods: 4, Files: 1}
	with := func(change func(*Undocumented)) Undocumented { o := good; change(&o); return o }
	tryJudge(t, undocumentedID, []judgement{
		{good, pass, "none"},
		{with(func(o *Undocumented) { o.Extra = []ExtraRow{{Method: "GET", Path: "/x", Where: "a.go:1"}} }), fail, "extra"},
		{with(func(o *Undocumented) { o.Registered, o.Known = 0, 0 }), unproven, "no_inventory"},
		{with(func(o *Undocumented) { o.Known = 0 }), unproven, "no_inventory"},
		{with(func(o *Undocumented) { o.Failure = "the hook wrote nothing" }), unproven, "no_inventory"},
		{with(func(o *Undocumented) { o.Blind = true }), unproven, "blind"},
		{with(func(o *Undocumented) { o.Walled = 1 }), unproven, "blind"},
		{with(func(o *Undocumented) { o.Lost = 1 }), unproven, "blind"},
		{with(func(o *Undocumented) { o.Beyond = 1 }), unproven, "beyond"},
		{Undocumented{}, unproven, "empty"},
	})
}

func TestJudgeShape(t *testing.T) {
	row := func(status int, verdict string) ShapeRow {
		return ShapeRow{Name: "absent", Shape: Shape{Status: status, Media: "application/json", Members: []string{"error:string"}, Excerpt: "{"}, Line: "curl", Verdict: verdict}
	}
	tryJudge(t, shapeID, []judgement{
		{Shapes{Provocations: 1, Errors: 1, Conform: 1, Members: []string{"error:string"}, Rows: []ShapeRow{row(404, "")}}, pass, "one_shape"},
		{Shapes{Provocations: 2, Errors: 1, Conform: 1, Members: []string{"error:string"}, Rows: []ShapeRow{row(404, ""), row(201, "accepted")}}, pass, "one_shape"},
		{Shapes{Provocations: 1, Errors: 1, Rows: []ShapeRow{row(404, "html")}}, fail, "differs"},
		{Shapes{Provocations: 1, Errors: 1, Conform: 1, Rows: []ShapeRow{row(500, "")}}, fail, "crashed"},
		{Shapes{Provocations: 2, Errors: 1, Conform: 1, Unanswered: 1, Rows: []ShapeRow{row(404, ""), row(0, "unanswered")}}, unproven, "unanswered"},
		{Shapes{Provocations: 1, Errors: 1, Conform: 1, Unseen: []string{"403"}, Rows: []ShapeRow{row(404, "")}}, unproven, "unseen"},
		// Half of them {"error"}, half {"message"}: no member is the house's.
		{Shapes{Provocations: 2, Errors: 2, Conform: 2, Members: []string{}, Rows: []ShapeRow{row(401, ""), row(404, "")}}, fail, "differs"},
		{Shapes{Provocations: 2, Errors: 2, Conform: 2, Members: []string{"error:string"}, Rows: []ShapeRow{row(404, ""), row(429, "")}}, unproven, "unanswered"},
		{Shapes{Provocations: 1, Rows: []ShapeRow{row(200, "accepted")}}, unproven, "empty"},
		{Shapes{}, unproven, "empty"},
	})
}

func TestJudgeLeak(t *testing.T) {
	tryJudge(t, leakID, []judgement{
		{Leaks{Provocations: 2, Errors: 2, Patterns: 6}, pass, "silent"},
		{Leaks{Provocations: 2, Errors: 2, Patterns: 6, Leaking: 1, Found: []Leak{{Kind: "sql", Excerpt: "select"}}}, fail, "leaks"},
		{Leaks{Provocations: 2, Errors: 1, Patterns: 6, Unanswered: 1}, unproven, "unanswered"},
		{Leaks{Provocations: 2, Patterns: 6}, unproven, "empty"},
		{Leaks{}, unproven, "empty"},
	})
}

func TestJudgeMethod(t *testing.T) {
	rows := func(state string) []MethodRow { return []MethodRow{{Path: "/x", Method: "PATCH", State: state}} }
	tryJudge(t, methodID, []judgement{
		{Methods{Paths: 1, Asked: 1, Answers: 1, Told: 1, Rows: rows("told")}, pass, "told"},
		{Methods{Paths: 1, Asked: 1, Answers: 1, Rows: rows("denied")}, fail, "denied"},
		{Methods{Paths: 1, Asked: 1, Answers: 1, Rows: rows("no_allow")}, fail, "no_allow"},
		{Methods{Paths: 1, Asked: 1, Answers: 1, Rows: rows("other")}, unproven, "other"},
		{Methods{Paths: 1, Asked: 1, Answers: 1, Served: 1, Rows: rows("served")}, unproven, "other"},
		{Methods{Paths: 2, Asked: 1, Answers: 1, Told: 1, Rows: rows("told")}, unproven, "unreached"},
		{Methods{Paths: 1}, unproven, "empty"},
		{Methods{}, unproven, "empty"},
	})
}

func TestJudgeServer(t *testing.T) {
	row := []ServerRow{{Table: "t", Operation: "GET /x", Shape: Shape{Status: 500, Media: "text/html"}, Line: "curl", Verdict: "html"}}
	tryJudge(t, serverID, []judgement{
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1, Restored: true}, pass, "conform"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Restored: true, Rows: row}, fail, "differs"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1, Leaking: 1, Restored: true, Found: []Leak{{Kind: "sql", Excerpt: "select"}}}, fail, "leaks"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1, Silent: 1, Restored: true, Rows: row}, fail, "silent"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1, Bare: 1, Restored: true,
			Rows: []ServerRow{{Path: pathRefused, Operation: "GET /x", Shape: Shape{Status: 503}, Lost: []string{lostCORS}}}}, fail, "bare"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Restored: true}, unproven, "unprovoked"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1}, unproven, "unrestored"},
		{Server{Tables: 1, Aside: 1}, unproven, "empty"},
		{Server{Tables: 1, Aside: 1, Requests: 2, Errors: 1, Conform: 1, Restored: true, Formless: true}, unproven, "formless"},
		{Server{}, unproven, "empty"},
	})
}

func TestJudgeLimited(t *testing.T) {
	tryJudge(t, limitedID, []judgement{
		{Limited{Request: "GET /x", Sent: 9, Limited: 2, Conform: 2, Statuses: map[string]int{"200": 7, "429": 2}}, pass, "conform"},
		{Limited{Request: "GET /x", Sent: 9, Limited: 2, Conform: 1, Verdict: "text"}, fail, "differs"},
		{Limited{Request: "GET /x", Sent: 9, Limited: 2, Conform: 2, Leaking: 1, Found: []Leak{{Kind: "sql", Excerpt: "select"}}}, fail, "leaks"},
		{Limited{Request: "GET /x", Sent: 9, Statuses: map[string]int{"200": 7, "503": 2}}, fail, "crashed"},
		{Limited{Request: "GET /x", Sent: 9, Statuses: map[string]int{"200": 9}}, unproven, "unprovoked"},
		{Limited{Request: "GET /x", Sent: 9, Limited: 2, Conform: 2, Formless: true}, unproven, "formless"},
		{Limited{}, unproven, "empty"},
	})
}

func TestJudgeProtocol(t *testing.T) {
	row := func(state, verdict string, status int) ProtocolRow {
		return ProtocolRow{Row: 26, Name: "two_hosts", State: state, Layer: layerGoParser, Shape: Shape{Status: status, Media: "text/plain", Excerpt: "x"}, Line: "printf", Verdict: verdict}
	}
	good := Protocol{Control: 200, After: 200, Sent: 2, Rows: []ProtocolRow{row("refused", "", 400), row("accepted", "", 200)}}
	with := func(change func(*Protocol)) Protocol {
		o := good
		o.Rows = slices.Clone(good.Rows)
		change(&o)
		return o
	}
	tryJudge(t, protocolID, []judgement{
		{good, pass, "measured"},
		{with(func(o *Protocol) { o.Demanded = true }), pass, "conform"},
		{with(func(o *Protocol) { o.Rows[0] = row("refused", "text", 400) }), pass, "measured"},
		{with(func(o *Protocol) { o.Demanded = true; o.Rows[0] = row("refused", "text", 400) }), fail, "differs"},
		{with(func(o *Protocol) { o.Demanded = true; o.Rows[0] = row("silent", "unanswered", 0) }), fail, "silent"},
		{with(func(o *Protocol) { o.Demanded = true; o.Rows = append(o.Rows, row("mute", "", 0)) }), pass, "conform"},
		{with(func(o *Protocol) { o.Rows[0] = row("crashed", "text", 500) }), fail, "crashed"},
		{with(func(o *Protocol) { o.After = 0 }), fail, "died"},
		{with(func(o *Protocol) { o.Demanded = true; o.Formless = true }), unproven, "formless"},
		{with(func(o *Protocol) { o.Control = 401 }), unproven, "uncontrolled"},
		{with(func(o *Protocol) { o.Unreached = []string{"20 bad_utf8"} }), unproven, "unreached"},
		{with(func(o *Protocol) { o.Demanded = true; o.Rows = o.Rows[1:] }), unproven, "empty"},
		{Protocol{}, unproven, "empty"},
	})
}
