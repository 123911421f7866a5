package security

import (
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// The twin without a disease passes every check: what a control then finds is the
// disease and nothing else.
func TestTheHealthyTwinPasses(t *testing.T) {
	t.Parallel() // a check waits more than it works
	for _, check := range Gate().Checks {
		t.Run(check.ID, func(t *testing.T) {
			b, _ := beside(t, unchanged)
			if check.ID == injectionID {
				b = witnessed(t, unchanged)
			}
			if f := tried(t, check.ID, b); f.Outcome != evidence.Pass {
				t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

func TestEveryControlIsCaught(t *testing.T) {
	t.Parallel() // a check waits more than it works
	for _, control := range Gate().Controls {
		t.Run(control.Class, func(t *testing.T) {
			b := newBench(t)
			if control.Class == injectionID {
				b.Target.AdminURL = newDatabase(t)
			}
			twin, away, err := control.Twin(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			if f := tried(t, control.Check, twin.(*lab.Bench)); !control.Caught(f) {
				t.Errorf("%v %q %+v is not caught", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

// A service that is gone proves nothing, and no check breaks on it.
func TestNobodyThere(t *testing.T) {
	t.Parallel() // a check waits more than it works
	for _, check := range Gate().Checks {
		b, _ := beside(t, unchanged)
		target := b.Target
		target.Base = "http://127.0.0.1:1"
		raw, err := check.Run(t.Context(), b.At(target))
		if err != nil {
			continue // unproven, with its reason
		}
		if f, err := check.Judge(raw, b.Limits); err != nil || f.Outcome == evidence.Pass {
			t.Errorf("%s: %v %q, %v", check.ID, f.Outcome, f.Reason, err)
		}
	}
}

// Nothing that opens the service reaches the disk or the pages.
func TestNoTokenIsKept(t *testing.T) {
	t.Parallel() // a check waits more than it works
	b, _ := beside(t, unchanged)
	for _, check := range Gate().Checks {
		raw, err := check.Run(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "eyJ") || strings.Contains(string(raw), b.Target.Environment[twinKeyName]) {
			t.Errorf("%s keeps a token: %s", check.ID, raw)
		}
	}
	steps, err := b.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if strings.Contains(s.Replay+s.Err, "eyJ") {
			t.Errorf("a token stands in %s", s.Replay)
		}
	}
}

func TestSettingsThatCanNeverBeRight(t *testing.T) {
	for name, s := range map[string]Settings{
		"a request without a path":  {Request: "GET"},
		"a body that is no JSON":    {SizeLimit: SizeLimit{Request: "POST /x {"}},
		"a relative page":           {Page: "index.html"},
		"a hostile table":           {Failure: Failure{Table: `x"; drop table y; --`}},
		"an origin with a path":     {FrontendOrigin: "http://a.example/b"},
		"a star":                    {FrontendOrigin: "*"},
		"half a certificate":        {TLS: TLS{KeyVariable: "K"}},
		"two ways":                  {TLS: TLS{"C", "K", "X-Forwarded-Proto: https"}},
		"a header without a value":  {TLS: TLS{ForwardedHeader: "X-Forwarded-Proto"}},
		"one company":               {Tenants: map[string]Tenant{"a": {"u", []string{"GET /"}}}},
		"a company without a user":  {Tenants: map[string]Tenant{"a": {Requests: []string{"GET /"}}, "b": {"u", []string{"GET /"}}}},
		"a limit beyond all bounds": {SizeLimit: SizeLimit{Bytes: mostSize + 1}},
		"a burst beyond all bounds": {RateLimit: RateLimit{Requests: mostRequests + 1}},
	} {
		if err := s.Validate(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	good := twinSettings()
	good.FrontendOrigin = "http://localhost:5173/" // as people write a base URL
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if err := new(Settings).Validate(); err != nil {
		t.Error(err)
	}
}
