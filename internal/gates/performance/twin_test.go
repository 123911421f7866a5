package performance

import (
	nethttp "net/http"
	"testing"
	"testing/synctest"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// Every control is caught for the reason it was built for.
func TestControlsAreCaught(t *testing.T) {
	kinds := map[string]func() *twin{classSlow: sluggish, classStall: stalling, classConnections: dropping, classAnswers: lying, classRecovery: exhausted}
	gate := Gate()
	if len(gate.Controls) != len(kinds) {
		t.Errorf("%d controls, %d kinds of twins", len(gate.Controls), len(kinds))
	}
	for _, control := range gate.Controls {
		t.Run(control.Class, func(t *testing.T) {
			check, _ := evidence.Find([]evidence.Gate{gate}, control.Check)
			if check.Class != control.Class {
				t.Fatalf("it shows a check of class %s", check.Class)
			}
			synctest.Test(t, func(t *testing.T) {
				kind := kinds[control.Class]()
				p := serving(t, Settings{}, kind.handler.ServeHTTP)
				p.Limits = preset(check, evidence.Limits{"attempts": 1})
				p.Bench = kind.at(p.Bench, p.Target.Base)
				raw, err := check.Run(p.ctx, p.Bench)
				if err != nil {
					t.Fatal(err)
				}
				if f, err := check.Judge(raw, p.Limits); err != nil || !control.Caught(f) {
					t.Errorf("not caught: %v %s %v, %v, %s", f.Outcome, f.Reason, f.Facts, err, raw)
				}
			})
		})
	}
}

// A control brings up a server of its own, with the settings of its twin, and takes it
// away again.
func TestAControlBringsItsTwinUp(t *testing.T) {
	for _, control := range Gate().Controls {
		b := benchWith(t, Settings{})
		b.Limits = evidence.Limits{"attempts": 3}
		brought, away, err := control.Twin(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		sick := brought.(*lab.Bench)
		if s := lab.SettingsOf[Settings](sick); s.P95MS == 0 || len(s.Mix) != 1 || sick.Limits["duration"] == 0 || b.Limits["duration"] != 0 {
			t.Errorf("%s: %+v %v %v", control.Class, s, sick.Limits, b.Limits)
		}
		if a := http.On(sick).Get(t.Context(), twinPath); a.Status != nethttp.StatusOK || string(a.Body) != twinList {
			t.Errorf("%s: %d %q %v", control.Class, a.Status, a.Body, a.Err)
		}
		away()
		if a := http.On(sick).Get(t.Context(), twinPath); a.Err == nil {
			t.Errorf("%s: it answers still: %d", control.Class, a.Status)
		}
	}
}
