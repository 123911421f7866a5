package security

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// A service that is stuck in the middle costs the budget of the check, no more,
// and what was seen before is kept.
func TestAStuckServiceCostsTheBudget(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	b, _ := beside(t, func(t *twin) { t.stuck = stuck })
	o, err := timed(300*time.Millisecond, runTenants)(t.Context(), b)
	if err != nil || len(o.Foreign) == 0 {
		t.Fatalf("%+v, %v", o, err)
	}
	if f := judgeTenants(o, nil); f.Outcome != evidence.Unproven {
		t.Errorf("%v %q", f.Outcome, f.Reason)
	}
}

func TestTimedKeepsOtherErrors(t *testing.T) {
	for _, want := range []error{errors.New("no table"), fmt.Errorf("login: %w", context.DeadlineExceeded)} {
		if _, err := timed(time.Hour, func(context.Context, *lab.Bench) (int, error) { return 0, want })(t.Context(), nil); err != want {
			t.Errorf("%v became %v", want, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	run := func(ctx context.Context, _ *lab.Bench) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
	if _, err := timed(time.Hour, run)(ended, nil); err == nil {
		t.Error("an interrupt is no budget")
	}
}
