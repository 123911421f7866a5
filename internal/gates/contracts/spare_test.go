package contracts

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// sparedAlike demands that a judge reads the same, and quotes the same line, when an
// observation has dropped what it spares: a bundle from before is judged as one of now.
func sparedAlike(t *testing.T, c evidence.Check, observed any, whole evidence.Finding) {
	t.Helper()
	copied := reflect.New(reflect.TypeOf(observed))
	raw, err := json.Marshal(observed)
	if err == nil {
		err = json.Unmarshal(raw, copied.Interface())
	}
	if err != nil {
		t.Fatal(err)
	}
	lean, ok := copied.Interface().(interface{ spare() })
	if !ok {
		return
	}
	lean.spare()
	if raw, err = json.Marshal(lean); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Judge(raw, limitsOf(c)); err != nil || !reflect.DeepEqual(f, whole) {
		t.Errorf("spared, it is %+v (%v), and %+v whole", f, err, whole)
	}
}

func TestOnlyOddErrorsAreKeptWhole(t *testing.T) {
	whole := Shape{Status: 404, Members: []string{"error:string"}, Excerpt: "{"}
	as := func(status int) Shape { s := whole; s.Status = status; return s }
	kept := func(s Shape, line string) string {
		return strings.Join(append(slices.Clone(s.Members), s.Excerpt, line), " ")
	}
	shapes := Shapes{Members: []string{"error:string"}, Rows: []ShapeRow{{Shape: whole, Line: "right"}, {Row: 7, Shape: whole, Line: "right, of a transcript"},
		{Shape: whole, Line: "wrong", Verdict: "members"}, {Shape: as(500), Line: "crashed"}, {Shape: as(429), Line: "limited"}}}
	protocol := Protocol{Rows: []ProtocolRow{{Shape: whole, State: "refused", Line: "right"}, {Shape: whole, State: "refused", Verdict: "text", Line: "wrong"}, {Shape: as(500), State: "crashed", Line: "crashed"}}}
	server := Server{Rows: []ServerRow{{Shape: as(500), Line: "right"}, {Shape: as(500), Line: "wrong", Verdict: "html"}, {Shape: as(503), Line: "poor", Lost: []string{lostCORS}}}}
	formless := Shapes{Rows: []ShapeRow{{Shape: whole}}}
	for _, o := range []interface{ spare() }{&shapes, &protocol, &server, &formless} {
		o.spare()
	}
	var got []string
	for _, r := range shapes.Rows {
		got = append(got, kept(r.Shape, r.Line))
	}
	for _, r := range protocol.Rows {
		got = append(got, kept(r.Shape, r.Line))
	}
	for _, r := range server.Rows {
		got = append(got, kept(r.Shape, r.Line))
	}
	want := []string{" ", " right, of a transcript", "error:string { wrong", "error:string { crashed", "error:string { limited",
		" right", "error:string { wrong", "error:string { crashed", " right", "error:string { wrong", "error:string { poor"}
	if !slices.Equal(got, want) {
		t.Errorf("kept\n%q, want\n%q", got, want)
	}
	if odd := shapes.Odd(); len(odd) != 3 || odd[0].Line != "wrong" {
		t.Errorf("odd: %+v", odd)
	}
	if lines := shapes.Replays(); len(lines) != 1 || lines[0] != "right, of a transcript\n#   then: status 404" {
		t.Errorf("lines: %q", lines)
	}
	if r := formless.Rows[0]; len(r.Members) != 1 {
		t.Errorf("without a form, the members of each say why: %+v", r)
	}
}

// The first 429 of a bundle from before stands there with an empty line when none came.
func TestAnObservationFromBeforeIsReadAsItWas(t *testing.T) {
	before := `{"request":"GET /x","user":"","sent":9,"statuses":{"200":9},"limited":0,"conform":0,"leaking":0,"media":"","bare":0,"first":{"status":0,"media":"","fault":"","claims":0,"line":""},"verdict":""}`
	if f, err := checkOf(t, limitedID).Judge([]byte(before), nil); err != nil || f.Reason != "unprovoked" {
		t.Errorf("%+v %v", f, err)
	}
}
