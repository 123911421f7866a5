package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// observing defines a check that sees o.
func observing[O any](o O, err error) Check {
	return Define(Declaration{ID: "pool.test", Reasons: []string{"seen"}},
		func(context.Context, bench) (O, error) { return o, err },
		func(O, Limits) Finding { return Passed("seen", nil) })
}

func TestRunGivesTheObservation(t *testing.T) {
	c := observing(counted{Asked: 3, Bad: 1}, nil)
	raw, err := c.Run(t.Context(), bench{})
	if err != nil || string(raw) != `{"asked":3,"bad":1,"rotten":0}` {
		t.Fatalf("got %s, %v", raw, err)
	}
	if f, err := c.Judge(raw, nil); err != nil || f.Outcome != Pass || f.Reason != "seen" {
		t.Errorf("judged %+v, %v", f, err)
	}
	if o, err := c.Decode(raw); err != nil || o != (counted{Asked: 3, Bad: 1}) {
		t.Errorf("decoded %+v, %v", o, err)
	}
	if string(c.Zero()) != `{"asked":0,"bad":0,"rotten":0}` {
		t.Errorf("zero: %s", c.Zero())
	}
}

// forgetful writes more than it reads.
type forgetful struct{ Seen int }

func (f forgetful) MarshalJSON() ([]byte, error) { return json.Marshal(f.Seen + 1) }
func (f *forgetful) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &f.Seen)
}

func TestRunRefuses(t *testing.T) {
	cause := errors.New("no answer")
	tests := []struct {
		name  string
		check Check
		lab   Lab
		want  string
	}{
		{"another lab", observing(counted{}, nil), "a string", "wants a lab of type evidence.bench, not string"},
		{"no lab", observing(counted{}, nil), nil, "not <nil>"},
		{"failed", observing(counted{Asked: 3}, cause), bench{}, "no answer"},
		{"cannot be written", observing(make(chan int), nil), bench{}, "writing the observation"},
		{"does not survive", observing(forgetful{1}, nil), bench{}, "does not survive"},
		{"not UTF-8", observing(struct{ Body string }{"\xff"}, nil), bench{}, "does not survive"},
		{"cannot be read", observing(struct{ Any interface{ M() } }{method{}}, nil), bench{}, "reading the observation"},
	}
	for _, test := range tests {
		raw, err := test.check.Run(t.Context(), test.lab)
		if err == nil || raw != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %s, %v", test.name, raw, err)
		}
	}
	if _, err := observing(counted{}, cause).Run(t.Context(), bench{}); !errors.Is(err, cause) {
		t.Errorf("the cause is lost: %v", err)
	}
}

type method struct{}

func (method) M() {}

func TestJudgeRefusesWhatRunCannotHaveWritten(t *testing.T) {
	c := observing(counted{}, nil)
	for _, raw := range []string{"", "{", "null", "[]", `{"asked":0}`, green + " ", green + green} {
		if f, err := c.Judge(json.RawMessage(raw), nil); err == nil || f.Outcome != Unproven {
			t.Errorf("%q: judged %+v, %v", raw, f, err)
		}
		if _, err := c.Decode(json.RawMessage(raw)); err == nil {
			t.Errorf("%q: decoded", raw)
		}
	}
}

func TestJudgeMayOnlyAnswerWhatIsDeclared(t *testing.T) {
	for reason, ok := range map[string]bool{"seen": true, "": false, "other": false} {
		c := Define(Declaration{ID: "pool.test", Reasons: []string{"seen"}}, looked[counted],
			func(counted, Limits) Finding { return Passed(reason, nil) })
		f, err := c.Judge(json.RawMessage(green), nil)
		if (err == nil) != ok || (f.Outcome == Pass) != ok {
			t.Errorf("reason %q: %+v, %v", reason, f, err)
		}
	}
}

func TestNoJudgeOfTheReleasePassesNothing(t *testing.T) {
	for _, g := range release() {
		for _, c := range g.Checks {
			if f, err := c.Judge(c.Zero(), Limits{}); err != nil || f.Outcome == Pass {
				t.Errorf("%s: %+v, %v", c.ID, f, err)
			}
		}
	}
}

func TestAgainst(t *testing.T) {
	away := false
	c := Against("pool", "pool.one", []string{"bad"}, func(context.Context, bench) (bench, func(), error) {
		return bench{}, func() { away = true }, nil
	})
	twin, put, err := c.Twin(t.Context(), bench{})
	if _, ok := twin.(bench); !ok || err != nil {
		t.Errorf("twin %T, %v", twin, err)
	}
	if put(); !away {
		t.Error("the twin was not put away")
	}
	_, put, err = c.Twin(t.Context(), 5)
	if err == nil || !strings.Contains(err.Error(), "not int") {
		t.Errorf("another lab: %v", err)
	}
	put() // callable also then, so that a caller may always defer it
}

func TestCaught(t *testing.T) {
	c := Control{Reasons: []string{"bad"}}
	for _, test := range []struct {
		finding Finding
		want    bool
	}{
		{Failed("bad", nil), true},
		{AwaitsPerson("bad", nil), true},
		{Failed("rotten", nil), false},
		{AwaitsPerson("rotten", nil), false},
		{Undecided("bad", nil), false},
		{Passed("bad", nil), false},
		{Finding{}, false},
	} {
		if got := c.Caught(test.finding); got != test.want {
			t.Errorf("%+v: caught is %v", test.finding, got)
		}
	}
	if (Control{}).Caught(Failed("", nil)) {
		t.Error("a control without reasons caught something")
	}
}

func TestLoosened(t *testing.T) {
	tests := []struct {
		limit Limit
		value float64
		want  bool
	}{
		{Limit{Default: 5}, 6, true},
		{Limit{Default: 5}, 5, false},
		{Limit{Default: 5}, 4, false},
		{Limit{Default: 5, Direction: AtLeast}, 4, true},
		{Limit{Default: 5, Direction: AtLeast}, 5, false},
		{Limit{Default: 5, Direction: AtLeast}, 6, false},
		{Limit{Unset: true}, 6, false},
	}
	for _, test := range tests {
		if got := test.limit.Loosened(test.value); got != test.want {
			t.Errorf("%+v at %v: loosened is %v", test.limit, test.value, got)
		}
	}
}

func TestFind(t *testing.T) {
	if c, ok := Find(release(), "supply.one"); !ok || c.ID != "supply.one" {
		t.Errorf("found %q, %v", c.ID, ok)
	}
	if _, ok := Find(release(), "supply"); ok {
		t.Error("found a gate as a check")
	}
}

func TestSettingIsANeed(t *testing.T) {
	for need, want := range map[Need][]string{Setting("login.path"): {"login.path"}, EitherSetting("mix", "document"): {"mix", "document"}} {
		if names, ok := need.SettingNames(); !ok || !slices.Equal(names, want) {
			t.Errorf("%q: got %q, %v", need, names, ok)
		}
	}
	for _, need := range []Need{NeedService, NeedManaged, NeedDatabase, NeedLogin, NeedGit} {
		if names, ok := need.SettingNames(); ok {
			t.Errorf("%q is the setting %q", need, names)
		}
	}
}

func TestABrokenJudgeProvesNothing(t *testing.T) {
	type seen struct {
		Packages int `json:"packages"`
	}
	check := Define(Declaration{ID: "pool.broken", Class: "pool.broken"},
		func(context.Context, any) (seen, error) { return seen{}, nil },
		func(seen, Limits) Finding { panic("no judge") })
	f, err := check.Judge([]byte(`{"packages":1}`), nil)
	if err == nil || !strings.Contains(err.Error(), "defect in listo") || f.Outcome != Unproven {
		t.Errorf("%v, %v: want an unproven finding and the error", f, err)
	}
}
