package main

import (
	"net"
	"slices"
	"testing"
	"time"

	"listo/internal/engine/load"
)

// The truth is what a schedule sees that is played through request by request.
func TestTruthIsWhatAScheduleSees(t *testing.T) {
	const n, periods = 100_000, 4
	for _, path := range []string{"/fixed", "/bimodal", "/stall"} {
		took := make([]time.Duration, n)
		for i := range took {
			took[i] = base
			at := time.Duration(i) * periods * period / n % period
			switch {
			case path == "/bimodal" && i%every == 0:
				took[i] = tail
			case path == "/stall" && at >= period-still:
				took[i] = period - at + base
			}
		}
		slices.Sort(took)
		for _, p := range []float64{0.5, 0.95, 0.99} {
			if is, want := truth(path, p), took[int(p*n)-1]; (is - want).Abs() > time.Millisecond {
				t.Errorf("%s: the truth of %v is said to be %v, and is %v", path, p, is, want)
			}
		}
	}
}

// What the server says that it killed is what a client lost that never asks twice.
func TestTheServerCountsWhatItKills(t *testing.T) {
	for when, class := range killClasses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := newServer()
		go func() { _ = s.accept(l) }() // until the listener is closed
		r, err := load.Run(t.Context(), load.Scenario{Target: "http://" + l.Addr().String(), Requests: []load.Request{
			{Name: when, Method: "POST", Path: "/kill/" + when, Body: []byte("{}"), Weight: 1, Expect: load.Expect{JSON: true}},
		}}, load.Profile{Users: 4, Requests: 6 * every, Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		told := s.tell()
		if told.Requests != 6*every || told.Killed < 5 || r.Total.Failed != told.Killed || r.Total.Classes[class] != told.Killed {
			t.Errorf("%s: %d requests, %d killed; the client lost %d, %d of them as %v", when, told.Requests, told.Killed, r.Total.Failed, r.Total.Classes[class], class)
		}
	}
}
