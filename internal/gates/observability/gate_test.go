package observability

import (
	"slices"
	"testing"
	"time"

	"listo/internal/evidence"
)

// Every control is caught for the reason it was built for.
func TestControls(t *testing.T) {
	gate := Gate()
	for _, control := range gate.Controls {
		t.Run(control.Class, func(t *testing.T) {
			began := time.Now()
			b := bench(t)
			check, _ := evidence.Find([]evidence.Gate{gate}, control.Check)
			b.Limits = limitsOf(check)
			twin, away, err := control.Twin(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := check.Run(t.Context(), twin)
			away()
			if err != nil {
				t.Fatal(err)
			}
			f, err := check.Judge(raw, b.Limits)
			if err != nil {
				t.Fatal(err)
			}
			if f.Outcome != evidence.Fail || !slices.Contains(control.Reasons, f.Reason) {
				t.Errorf("not caught: %v (%s), wanted one of %v: %s", f.Outcome, f.Reason, control.Reasons, raw)
			}
			t.Logf("%v %s %v", f.Outcome, f.Reason, time.Since(began))
		})
	}
}

// Whoever never comes back from an illness tells the truth all the same: that is asked of a fresh copy, and recovery tells the rest.
func TestTruthIsAskedOfAFreshCopy(t *testing.T) {
	b := sick(t, "resentful", "")
	want(t, try(t, b, readyID), evidence.Pass, "truthful")
	want(t, try(t, b, recoveryID), evidence.Fail, "stuck")
}

// A twin without a disease is healthy: what the controls show is their disease.
func TestTheHealthyTwinIsGreen(t *testing.T) {
	b := sick(t, "", "")
	for _, check := range Gate().Checks {
		began := time.Now()
		if f := try(t, b, check.ID); f.Outcome != evidence.Pass {
			t.Errorf("%s: %v (%s) %v", check.ID, f.Outcome, f.Reason, f.Facts)
		}
		t.Logf("%s took %v", check.ID, time.Since(began))
	}
}
