package performance

import (
	"testing"
	"time"

	"listo/internal/evidence"
)

// Every control is caught for the reason it was built for.
func TestControlsAreCaught(t *testing.T) {
	gate := Gate()
	b := benchWith(t, Settings{})
	for _, control := range gate.Controls {
		t.Run(control.Class, func(t *testing.T) {
			began := time.Now()
			check, _ := evidence.Find([]evidence.Gate{gate}, control.Check)
			if check.Class != control.Class {
				t.Fatalf("it shows a check of class %s", check.Class)
			}
			own := *b
			own.Limits = preset(check, evidence.Limits{"attempts": 10})
			sick, away, err := control.Twin(t.Context(), &own)
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			raw, err := check.Run(t.Context(), sick)
			if err != nil {
				t.Fatal(err)
			}
			f, err := check.Judge(raw, own.Limits)
			t.Logf("%v %s %v %v", f.Outcome, f.Reason, f.Facts, time.Since(began))
			if err != nil || !control.Caught(f) {
				t.Errorf("not caught: %v, %s", err, raw)
			}
		})
	}
}
