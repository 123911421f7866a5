package secrets

import (
	"encoding/json"
	"testing"

	"listo/internal/evidence"
)

// TestJudges reaches every reason of every check.
func TestJudges(t *testing.T) {
	yes, no := true, false
	jwt := Variable{Name: "JWT_SECRET", Kind: HS256, Secret: true}
	set := jwt
	set.Set = true
	looks := Looks{Name: "K", Set: true, Bytes: 64, Bits: Bits{300, 280, 290, 300}, Known: 9}
	number := Number{"N", true, true, 20}
	server := &Server{MaxConnections: 100, ReservedSuperuser: 3}
	cases := []struct {
		check   string
		o       any
		outcome evidence.Outcome
		reason  string
	}{
		{"secrets.present", Present{}, evidence.Unproven, "nothing"},
		{"secrets.present", Present{Source: inProcess, Names: []Variable{set, jwt}}, evidence.Unproven, "missing"},
		{"secrets.present", Present{Source: inProcess, Names: []Variable{set}}, evidence.Pass, "present"},
		{"secrets.present", Present{Source: handedOver, Names: []Variable{set}}, evidence.Pass, "present_handed"},
		{"secrets.present", Present{Source: inEnvFile, Names: []Variable{set}}, evidence.Pass, "present_in_file"},

		{"secrets.strength", Strength{}, evidence.Unproven, "nothing"},
		{"secrets.strength", Strength{[]Looks{looks}}, evidence.Pass, "strong"},
		{"secrets.strength", Strength{[]Looks{looks, {Name: "L"}}}, evidence.Unproven, "missing"},
		{"secrets.strength", Strength{[]Looks{{Name: "K", Set: true, Bytes: 64, Bits: looks.Bits, Default: true, Known: 9}}}, evidence.Fail, "default"},
		{"secrets.strength", Strength{[]Looks{{Name: "K", Set: true, Bytes: 31, Bits: looks.Bits, Known: 9}}}, evidence.Fail, "short"},
		{"secrets.strength", Strength{[]Looks{{Name: "K", Set: true, Bytes: 32, Bits: Bits{112, 112, 111, 112}, Known: 9}}}, evidence.Fail, "guessable"},
		{"secrets.strength", Strength{[]Looks{{Name: "K", Set: true, Bytes: 32, Bits: Bits{112, 112, 112, 112}, Known: 9}}}, evidence.Pass, "strong"},

		{"secrets.shape", Shape{}, evidence.Unproven, "nothing"},
		{"secrets.shape", Shape{[]Number{number}, server}, evidence.Pass, "fits"},
		{"secrets.shape", Shape{[]Number{number}, nil}, evidence.Unproven, "server_unknown"},
		{"secrets.shape", Shape{[]Number{{"N", true, true, 97}}, server}, evidence.Pass, "fits"},
		{"secrets.shape", Shape{[]Number{{"N", true, true, 98}}, server}, evidence.Fail, "too_many"},
		{"secrets.shape", Shape{[]Number{{"N", true, true, 0}}, server}, evidence.Fail, "too_few"},
		{"secrets.shape", Shape{[]Number{{"N", true, false, 0}}, server}, evidence.Fail, "not_integer"},
		{"secrets.shape", Shape{[]Number{{"N", false, false, 0}}, server}, evidence.Unproven, "missing"},

		{"secrets.distinct", Distinct{}, evidence.Unproven, "nothing"},
		{"secrets.distinct", Distinct{[]Compared{{"K", true, true, true, false}}}, evidence.Pass, "distinct"},
		{"secrets.distinct", Distinct{[]Compared{{"J", true, false, false, false}, {"K", true, true, true, true}}}, evidence.Fail, "same"},
		{"secrets.distinct", Distinct{[]Compared{{"K", true, true, false, false}}}, evidence.Unproven, "malformed"},
		{"secrets.distinct", Distinct{[]Compared{{"K", true, true, true, false}, {"L", true, false, false, false}}}, evidence.Unproven, "unrecorded"},
		{"secrets.distinct", Distinct{[]Compared{{"K", false, true, true, false}}}, evidence.Unproven, "missing"},

		{"secrets.effective", Effective{}, evidence.Unproven, "nothing"},
		{"secrets.effective", answers(nil, nil), evidence.Pass, "effective"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[emptyKey].Refused, m[emptyKey].Accepted = 0, 1 }, nil), evidence.Fail, "forged"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[noToken].Refused, m[noToken].Accepted = 0, 1 }, nil), evidence.Fail, "open"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[ownKey].Refused, m[ownKey].Accepted = 1, 0 }, nil), evidence.Fail, "refused"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[ownKey].Refused, m[ownKey].Accepted = 1, 0 }, &no), evidence.Fail, "refused"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[ownKey].Refused, m[ownKey].Accepted = 1, 0 }, &yes), evidence.Unproven, "claims"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[randomKey].Refused, m[randomKey].Other = 0, 1 }, nil), evidence.Fail, "unrefused"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[noAlgorithm].Refused, m[noAlgorithm].Limited = 0, 1 }, nil), evidence.Unproven, "limited"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[ownKey].Accepted, m[ownKey].Limited = 0, 1 }, nil), evidence.Unproven, "limited"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[defaultKeys].Refused, m[defaultKeys].Unanswered = 0, 1 }, nil), evidence.Unproven, "unanswered"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[ownKey].Accepted, m[ownKey].Unanswered = 0, 1 }, nil), evidence.Unproven, "unanswered"},
		{"secrets.effective", answers(func(m map[string]*Tried) { *m[ownKey] = Tried{Key: ownKey, Name: "K", Unset: true} }, nil), evidence.Unproven, "missing"},
		{"secrets.effective", answers(func(m map[string]*Tried) { m[randomKey].Sent = 0 }, nil), evidence.Unproven, "nothing"},

		{"secrets.leaks.history", history(func(o *History) {}), evidence.Pass, "clean"},
		{"secrets.leaks.history", history(func(o *History) { o.Shallow = true }), evidence.Unproven, "shallow"},
		{"secrets.leaks.history", history(func(o *History) { o.Shallow, o.FoundTotal = true, 1 }), evidence.Fail, "leaked"},
		{"secrets.leaks.history", history(func(o *History) { o.Commits = 0 }), evidence.Unproven, "nothing"},
		{"secrets.leaks.history", history(func(o *History) { o.Unreadable = 1 }), evidence.Unproven, "unread"},
		{"secrets.leaks.history", history(func(o *History) { o.Sought[0].Searchable = false }), evidence.Unproven, "unsearchable"},
	}
	for _, id := range []string{"tree", "frontend", "responses", "logs", "bundle"} {
		for reason, o := range searches() {
			outcome := evidence.Unproven
			switch reason {
			case "clean":
				outcome = evidence.Pass
			case "leaked":
				outcome = evidence.Fail
			}
			cases = append(cases, struct {
				check   string
				o       any
				outcome evidence.Outcome
				reason  string
			}{"secrets.leaks." + id, o, outcome, reason})
		}
	}
	reached := map[string]bool{}
	for _, c := range cases {
		check, _ := evidence.Find([]evidence.Gate{Gate()}, c.check)
		raw, err := json.Marshal(c.o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := check.Judge(raw, defaultLimits(check))
		if err != nil {
			t.Errorf("%s: %v", c.check, err)
			continue
		}
		if f.Outcome != c.outcome || f.Reason != c.reason {
			t.Errorf("%s of %s: got %v %q, want %v %q", c.check, raw, f.Outcome, f.Reason, c.outcome, c.reason)
		}
		if f.Waiting != (c.check == "secrets.present" && c.reason == "missing") {
			t.Errorf("%s %s: waiting %v", c.check, c.reason, f.Waiting)
		}
		says(t, check, f)
		reached[c.check+"."+f.Reason] = true
	}
	for _, check := range Gate().Checks {
		for _, reason := range check.Reasons {
			if !reached[check.ID+"."+reason] {
				t.Errorf("%s: the reason %s is never reached", check.ID, reason)
			}
		}
	}
}

// answers are those of a healthy service, changed by sick.
func answers(sick func(map[string]*Tried), issued *bool) Effective {
	order := []string{ownKey, noToken, defaultKeys, emptyKey, randomKey, noAlgorithm}
	byKey := map[string]*Tried{ownKey: {Key: ownKey, Name: "K", Sent: 1, Accepted: 1}}
	for _, key := range order[1:] {
		byKey[key] = &Tried{Key: key, Sent: 1, Refused: 1}
	}
	if sick != nil {
		sick(byKey)
	}
	o := Effective{Request: "GET /api/me", IssuedSigned: issued}
	for _, key := range order {
		o.Tokens = append(o.Tokens, *byKey[key])
	}
	return o
}

func searches() map[string]Search {
	sought := []Sought{{"K", true}}
	return map[string]Search{
		"clean":        {Sought: sought, Looked: 3, Bytes: 100},
		"leaked":       {Sought: sought, Looked: 3, Bytes: 100, Unreadable: 1, FoundTotal: 1, Found: []Place{{"K", "a.js", 7}}},
		"unsearchable": {Sought: []Sought{{"K", true}, {"L", false}}, Looked: 3, Bytes: 100},
		"unread":       {Sought: sought, Looked: 3, Bytes: 100, Unreadable: 1},
		"nothing":      {Sought: sought, Looked: 1},
	}
}

func history(sick func(*History)) History {
	o := History{Search: searches()["clean"], Commits: 2, CommitsTotal: 5}
	o.Sought = []Sought{{"K", true}}
	sick(&o)
	return o
}
