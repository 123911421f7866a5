package evidence

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestOutcomeHasThreeWords(t *testing.T) {
	for outcome, word := range map[Outcome]string{Pass: `"pass"`, Fail: `"fail"`, Unproven: `"unproven"`} {
		raw, err := json.Marshal(outcome)
		if err != nil || string(raw) != word {
			t.Errorf("%d: wrote %s, %v", outcome, raw, err)
		}
		again := Outcome(-1)
		if err := json.Unmarshal(raw, &again); err != nil || again != outcome {
			t.Errorf("%s: read %d, %v", word, again, err)
		}
	}
	for _, word := range []string{`""`, `"PASS"`, `"skipped"`, `"pass "`, `2`, `true`} {
		o := Unproven
		if err := json.Unmarshal([]byte(word), &o); err == nil || o != Unproven {
			t.Errorf("%s: read %s, %v", word, o, err)
		}
	}
}

func TestAnOutcomeThatIsNoneProvesNothing(t *testing.T) {
	for _, o := range []Outcome{-1, 3, 1 << 40} {
		if o.String() != "unproven" {
			t.Errorf("%d is %s", int(o), o)
		}
	}
}

func TestFindingsSayWhatTheirNameSays(t *testing.T) {
	facts := Facts{"n": 1}
	for _, test := range []struct {
		finding Finding
		outcome Outcome
		waiting bool
	}{
		{Passed("r", facts), Pass, false},
		{Failed("r", facts), Fail, false},
		{Undecided("r", facts), Unproven, false},
		{AwaitsPerson("r", facts), Unproven, true},
		{Finding{Reason: "r", Facts: facts}, Unproven, false},
	} {
		f := test.finding
		if f.Outcome != test.outcome || f.Waiting != test.waiting || f.Reason != "r" || f.Facts["n"] != 1 {
			t.Errorf("got %+v, want %+v", f, test)
		}
	}
}

// The digest of "abc" is the example of FIPS 180-2, appendix B.1.
func TestDigest(t *testing.T) {
	const hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	d := DigestOf([]byte("abc"))
	if d != Digest("sha256:"+hex) || d.Hex() != hex {
		t.Errorf("got %s, %s", d, d.Hex())
	}
	for _, short := range []Digest{"", "x", "sha256", "sha256:"} {
		if short.Hex() != "" {
			t.Errorf("%q has the digits %q", short, short.Hex())
		}
	}
}

func TestTenGatesAreMandatory(t *testing.T) {
	ids := Mandatory()
	if len(ids) != 10 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 10 {
		t.Errorf("mandatory: %v", ids)
	}
	ids[0] = "changed"
	if Mandatory()[0] != "secrets" {
		t.Error("a caller can change what is mandatory")
	}
}

func TestLimitsOf(t *testing.T) {
	p := Plan{Gates: []Planned{
		{Gate: "pool", Checks: []PlannedCheck{{Check: "pool.one", Limits: []PlannedLimit{{Name: "most", Value: 3}, {Name: "least", Value: 1}}}}},
		{Gate: "supply", Checks: []PlannedCheck{{Check: "supply.one", Limits: []PlannedLimit{{Name: "most", Value: 9}}}}},
	}}
	got := p.LimitsOf("pool.one")
	if len(got) != 2 || got["most"] != 3 || got["least"] != 1 {
		t.Errorf("got %v", got)
	}
	if other := p.LimitsOf("pool.two"); other == nil || len(other) != 0 {
		t.Errorf("of an unknown check: %v", other)
	}
}

func TestMomentsHaveWords(t *testing.T) {
	for when, word := range map[When]string{WithGate: "with its gate", First: "first", Last: "last"} {
		if when.String() != word {
			t.Errorf("%d: %s, want %s", when, when, word)
		}
	}
}
