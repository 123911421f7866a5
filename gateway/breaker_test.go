package gateway

import (
	"errors"
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBreaker(Breaker{Failures: 2, Open: 10 * time.Second}, func() time.Time { return now })
	try := func(o outcome) error {
		probe, err := b.admit()
		if err == nil {
			b.leave(o, probe)
		}
		return err
	}
	refused := func(after time.Duration) {
		t.Helper()
		var open *openError
		if _, err := b.admit(); !errors.As(err, &open) || open.retry != after {
			t.Fatalf("%v, want to be refused for %v", err, after)
		}
	}
	for _, o := range []outcome{failed, answered, failed, unknown, failed} {
		if err := try(o); err != nil {
			t.Fatalf("not two failures in a row yet: %v", err)
		}
	}
	refused(10 * time.Second)
	b.leave(answered, false) // an old request ends late: it says nothing of now
	now = now.Add(4 * time.Second)
	refused(6 * time.Second)
	if b.state() != 2 {
		t.Errorf("state %v", b.state())
	}

	now = now.Add(6 * time.Second)
	probe, err := b.admit()
	if !probe || err != nil || b.state() != 1 {
		t.Fatalf("one may try: %v %v %v", probe, err, b.state())
	}
	refused(time.Second) // one, not two
	b.leave(failed, probe)
	refused(10 * time.Second)

	now = now.Add(10 * time.Second)
	if probe, err = b.admit(); err != nil {
		t.Fatal(err)
	}
	b.leave(unknown, probe) // its client went away: the next may try
	if probe, err = b.admit(); err != nil || !probe {
		t.Fatalf("the next may try: %v", err)
	}
	b.leave(answered, probe)
	if err := try(failed); err != nil || b.state() != 0 {
		t.Errorf("it is closed and begins to count anew: %v %v", err, b.state())
	}
}
