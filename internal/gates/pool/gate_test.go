package pool

import (
	"context"
	"slices"
	"testing"
	"time"

	"listo/internal/evidence"
)

// Every control is caught for the reason it was built for, leaves nothing
// behind, and the checks pass on a healthy service afterwards.
func TestControlsAndHealthyService(t *testing.T) {
	p := newPlace(t)
	b := p.serve(t, "10", reading(p.newPool(t, "gastos", 10)))
	gate := Gate()
	began := time.Now()
	for _, control := range gate.Controls {
		t.Run("control "+control.Class, func(t *testing.T) {
			at := time.Now()
			check, _ := evidence.Find([]evidence.Gate{gate}, control.Check)
			if check.Class != control.Class {
				t.Fatalf("the control of %s shows a check of class %s", control.Class, check.Class)
			}
			own := *b
			own.Limits = limitsOf(check)
			sick, away, err := control.Twin(t.Context(), &own)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := check.Run(t.Context(), sick)
			away()
			if err != nil {
				t.Fatal(err)
			}
			f, err := check.Judge(raw, own.Limits)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v %s %v %v", f.Outcome, f.Reason, f.Facts, time.Since(at))
			if f.Outcome != evidence.Fail || !slices.Contains(control.Reasons, f.Reason) {
				t.Errorf("not caught: %v (%s), wanted one of %v", f.Outcome, f.Reason, control.Reasons)
			}
			left(t, p)
		})
	}
	t.Logf("controls took %v", time.Since(began))
	began = time.Now()
	for _, check := range gate.Checks {
		at := time.Now()
		if f := try(t, b, check.ID); f.Outcome != evidence.Pass {
			t.Errorf("%s: %v (%s) %v", check.ID, f.Outcome, f.Reason, f.Facts)
		}
		t.Logf("%s took %v", check.ID, time.Since(at))
	}
	t.Logf("checks took %v", time.Since(began))
}

// left fails the test when a twin left its schema or a session.
func left(t *testing.T, p place) {
	t.Helper()
	conn := connect(t, p.admin, "test")
	defer conn.Close(context.Background())
	var there bool
	if err := conn.QueryRow(t.Context(), "select exists (select 1 from pg_namespace where nspname = $1)", twinSchema).Scan(&there); err != nil || there {
		t.Errorf("the schema of the twin is still there: %v %v", there, err)
	}
	for range 200 {
		var n int
		err := conn.QueryRow(t.Context(), `select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
			and pid <> pg_backend_pid() and usename <> 'app'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a session of the twin is still there after 2 s")
}

// No judge passes the observation of nothing.
func TestNothingObservedNothingProved(t *testing.T) {
	for _, check := range Gate().Checks {
		f, err := check.Judge(check.Zero(), limitsOf(check))
		if err != nil {
			t.Errorf("%s: %v", check.ID, err)
		}
		if f.Outcome == evidence.Pass {
			t.Errorf("%s passes on nothing", check.ID)
		}
	}
}
