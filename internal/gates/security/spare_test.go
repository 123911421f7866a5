package security

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// sparedAlike demands that a judge reads the same, and quotes the same line, when an
// observation has dropped what it spares: a bundle from before is judged as one of now.
func sparedAlike[O any](t *testing.T, c evidence.Check, raw []byte, limits evidence.Limits, whole evidence.Finding) {
	t.Helper()
	var o O
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	lean, ok := any(&o).(interface{ spare() })
	if !ok {
		return
	}
	lean.spare()
	spared, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := c.Judge(spared, limits); err != nil || !reflect.DeepEqual(f, whole) {
		t.Errorf("spared, it is %+v (%v), and %+v whole", f, err, whole)
	}
}

// What a healthy service answers as it should leaves no line in these observations; the
// steps have them all.
func TestWhatIsRightHasNoLine(t *testing.T) {
	t.Parallel()
	for _, id := range []string{tokensID, keysID, tenantsID, rolesID, assignmentID, injectionID} {
		t.Run(id, func(t *testing.T) {
			b := witnessed(t, func(tw *twin) { tw.meter.most = 1000 })
			check, _ := evidence.Find([]evidence.Gate{Gate()}, id)
			raw, err := check.Run(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			f, err := check.Judge(raw, b.Limits)
			if err != nil {
				t.Fatal(err)
			}
			odd, _ := f.Facts["odd"].(int) // tokens that were believed, and harm nobody
			if f.Outcome != evidence.Pass || strings.Count(string(raw), `"curl":`) != odd {
				t.Errorf("%v %q of %.2000s", f.Outcome, f.Reason, raw)
			}
			steps, err := b.Steps()
			if lines, _ := json.Marshal(steps); err != nil || !strings.Contains(string(lines), "curl -sS") {
				t.Errorf("no step has a line: %.300s, %v", lines, err)
			}
		})
	}
}

// What is wrong has its line, and nothing else has.
func TestOnlyWhatIsWrongHasALine(t *testing.T) {
	deeds := func() []Deed {
		return []Deed{{Owner: "a", By: "b", Reads: true, Curl: "right", Status: 404}, {Owner: "a", By: "b", Reads: true, Curl: "wrong", Status: 200, Shown: 1},
			{Owner: "a", By: "b", Curl: "refused write", Status: 404}}
	}
	shown := Tenants{Foreign: deeds(), Tricks: deeds(), Own: []Deed{{Owner: "a", Reads: true, Rows: 1, Curl: "right", Status: 200, Steady: true, Unchanged: true}, {Curl: "wrong", Status: 404}},
		Logins: []string{"login"}}
	gone := Tenants{Foreign: deeds()[2:], Stored: &Stored{Gone: map[string]int{"gastos": 1}}, Logins: []string{"login"}}
	fine := Tenants{Foreign: deeds()[:1], Logins: []string{"login"}}
	for name, c := range map[string]struct {
		o interface {
			spare()
			Curls() string
		}
		want []string
	}{
		"tokens": {&Tokens{Tries: []Knock{{Kind: none, Curl: "right", Status: 401}, {Kind: none, Curl: "open", Status: 200}, {Kind: "crit", Curl: "odd", Status: 200},
			{Kind: ownToken, Curl: "right", Status: 200}, {Kind: ownAgain, Curl: "disowned", Status: 401}, {Kind: expired, Curl: "limited", Status: 429}}}, []string{"open", "odd", "disowned", "limited"}},
		"keys": {&Keys{Tries: []Knock{{Kind: "jku", Curl: "right", Status: 401}, {Kind: "x5u", Curl: "led", Status: 401, Hits: 1}}}, []string{"led"}},
		"injection": {&Injection{Places: []Place{{Plain: 200, Shots: []Shot{{Curl: "right", Status: 400}, {Curl: "moved", Status: 400, Moved: 1}, {Curl: "broken", Status: 500}}},
			{Closed: true, Plain: 401, Shots: []Shot{{Curl: "opened", Status: 200}}}}}, []string{"moved", "broken", "opened"}},
		"assignment": {&Assignment{Created: []Created{{Members: []Member{{Curl: "right", Status: 201}, {Curl: "taken", Status: 201, Taken: true}}}}}, []string{"taken"}},
		"tenants":    {&shown, []string{"login", "wrong", "wrong", "wrong"}},
		"gone rows":  {&gone, []string{"login", "refused write"}},
		"fine":       {&fine, nil},
	} {
		c.o.spare()
		var got []string
		for line := range strings.Lines(c.o.Curls()) {
			if !strings.HasPrefix(line, "#") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
