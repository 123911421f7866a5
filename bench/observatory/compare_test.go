package main

import (
	"testing"

	"listo/internal/evidence"
)

// What the Observatory has against a service and the gate has not is an error, also
// when the gate is red for another header, or knows nothing of the test.
func TestWhatTheGateMissesIsAnError(t *testing.T) {
	red := func(gaps ...string) finding { return finding{evidence.Failed("missing", nil), gaps} }
	wrong := test{Test: "x-content-type-options", Result: "x-content-type-options-not-implemented", Modifier: -5}
	for name, c := range map[string]struct {
		test  test
		found map[string]finding
		open  bool
	}{
		"found by both":       {wrong, map[string]finding{"security.headers": red("X-Content-Type-Options")}, false},
		"red for another":     {wrong, map[string]finding{"security.headers": red("Referrer-Policy")}, true},
		"green":               {wrong, map[string]finding{"security.headers": {Finding: evidence.Passed("hardened", nil)}}, true},
		"not asked":           {wrong, nil, true},
		"a test of tomorrow":  {test{Test: "x-new", Modifier: -1}, map[string]finding{"security.headers": red()}, true},
		"nothing against it":  {test{Test: "cookies", Pass: true}, nil, false},
		"not passed, no loss": {test{Test: "strict-transport-security"}, map[string]finding{"security.hsts": red()}, false},
	} {
		rows := compare(scanned{Tests: []test{c.test}}, c.found)
		if rows[0].open != c.open {
			t.Errorf("%s: open is %t", name, rows[0].open)
		}
		if err := mustBeFound(rows); (err != nil) != (c.open || !c.test.wrong()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThePatientMustBeBest(t *testing.T) {
	good := test{Test: "cookies", Pass: true}
	for grade, tests := range map[string][]test{"A": {good}, best: {good, {Test: "redirection", Modifier: -20}}} {
		if (scanned{Grade: grade, Tests: tests}).mustBeBest() == nil {
			t.Errorf("%s with %v is good enough", grade, tests)
		}
	}
	if err := (scanned{Grade: best, Tests: []test{good}}).mustBeBest(); err != nil {
		t.Error(err)
	}
}
