package load

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestBadInputIsRefusedWithWhatToDo(t *testing.T) {
	fine := func() (Scenario, Profile) {
		s := one()
		s.Target = "http://127.0.0.1:1"
		return s, Profile{Users: 1, Requests: 1, Timeout: time.Second}
	}
	for name, harm := range map[string]func(*Scenario, *Profile){
		"target: \"ftp":         func(s *Scenario, _ *Profile) { s.Target = "ftp://x" },
		"holds more than":       func(s *Scenario, _ *Profile) { s.Target = "http://x/path" },
		"not this machine":      func(s *Scenario, _ *Profile) { s.Local, s.Target = true, "http://192.0.2.1:80" }, // RFC 5737
		"is not an origin":      func(s *Scenario, _ *Profile) { s.Target = "" },
		"no requests":           func(s *Scenario, _ *Profile) { s.Requests = nil },
		"has no name":           func(s *Scenario, _ *Profile) { s.Requests[0].Name = "" },
		"not a token: write":    func(s *Scenario, _ *Profile) { s.Requests[0].Method = "G T" },
		"CONNECT":               func(s *Scenario, _ *Profile) { s.Requests[0].Method = "CONNECT" },
		"request target":        func(s *Scenario, _ *Profile) { s.Requests[0].Path = "/a b" },
		"weight":                func(s *Scenario, _ *Profile) { s.Requests[0].Weight = 0 },
		"weights add up":        func(s *Scenario, _ *Profile) { s.Requests[0].Weight = maxDeck + 1 },
		"line end":              func(s *Scenario, _ *Profile) { s.Identities = []Identity{{[]Field{{"A", "b\r\nC: d"}}}} },
		"written by the":        func(s *Scenario, _ *Profile) { s.Requests[0].Header = []Field{{"content-length", "1"}} },
		"HEAD has no body":      func(s *Scenario, _ *Profile) { s.Requests[0].Method, s.Requests[0].Expect.JSON = "HEAD", true },
		"JSON pointer: begin":   func(s *Scenario, _ *Profile) { s.Requests[0].Expect = Expect{JSON: true, NonEmpty: true, At: "x"} },
		"JSON pointer is given": func(s *Scenario, _ *Profile) { s.Requests[0].Expect.At = "/x" },
		"users is 0":            func(_ *Scenario, p *Profile) { p.Users = 0 },
		"timeout is 0s":         func(_ *Scenario, p *Profile) { p.Timeout = 0 },
		"no end":                func(_ *Scenario, p *Profile) { p.Requests = 0 },
		"negative":              func(_ *Scenario, p *Profile) { p.Think = -1 },
		"max_body":              func(_ *Scenario, p *Profile) { p.MaxBody = -1 },
		"rate is":               func(_ *Scenario, p *Profile) { p.Rate = -1 },
		"closed model":          func(_ *Scenario, p *Profile) { p.Rate, p.Think = 1, 1 },
	} {
		s, p := fine()
		harm(&s, &p)
		_, err := Run(t.Context(), s, p)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A target that must be local is judged by its addresses, not by its name.
func TestLocalTargets(t *testing.T) {
	for _, c := range []struct {
		target string
		local  bool
		good   bool
	}{
		{"http://127.0.0.1:1", true, true},
		{"http://[::1]:1", true, true},
		{"http://localhost:1", true, true},
		{"http://192.0.2.1:1", true, false},
		{"http://[::ffff:192.0.2.1]:1", true, false},
		{"http://0.0.0.0:1", true, false},
		{"http://192.0.2.1:1", false, true},
	} {
		place, err := parseTarget(c.target)
		if err != nil {
			t.Fatal(err)
		}
		if err := place.resolve(t.Context(), time.Second, c.local); (err == nil) != c.good {
			t.Errorf("%s, local %t: %v", c.target, c.local, err)
		}
	}
}

func TestASecretIsNotInTheError(t *testing.T) {
	s := one()
	s.Target = "http://127.0.0.1:1"
	s.Identities = []Identity{{[]Field{{"Authorization", "Bearer hush\n"}}}}
	if _, err := Run(t.Context(), s, Profile{Users: 1, Requests: 1, Timeout: time.Second}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

func TestRequestsAreWrittenAsTheyStand(t *testing.T) {
	for _, c := range []struct {
		r    Request
		id   Identity
		want string
	}{
		{Request{Method: "GET", Path: "/x"}, Identity{}, "GET /x HTTP/1.1\r\nHost: h:1\r\n\r\n"},
		{Request{Method: "POST", Path: "/x"}, Identity{}, "POST /x HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n"},
		{
			Request{Method: "PUT", Path: "/x", Header: []Field{{"host", "other"}, {"A", "1"}}, Body: []byte("b")},
			Identity{[]Field{{"Cookie", "c"}}},
			"PUT /x HTTP/1.1\r\nhost: other\r\nA: 1\r\nCookie: c\r\nContent-Length: 1\r\n\r\nb",
		},
	} {
		if got := string(c.r.write("h:1", c.id)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOriginsAreTakenApart(t *testing.T) {
	for origin, want := range map[string]target{
		"http://localhost":       {address: "localhost:80", host: "localhost", name: "localhost"},
		"https://[::1]:8443/":    {address: "[::1]:8443", host: "[::1]:8443", name: "::1", tls: true},
		"http://127.0.0.1:3000":  {address: "127.0.0.1:3000", host: "127.0.0.1:3000", name: "127.0.0.1"},
		"https://app.example.io": {address: "app.example.io:443", host: "app.example.io", name: "app.example.io", tls: true},
	} {
		if got, err := parseTarget(origin); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", origin, got, err)
		}
	}
}

// A run that is stopped says so, even if everybody was at rest.
func TestStoppedAtRest(t *testing.T) {
	s := one()
	s.Target = "http://127.0.0.1:1"
	for i := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		p := Profile{Users: 2, Think: time.Hour, Duration: 3 * time.Hour, Timeout: time.Second}
		if i%2 == 1 {
			p.Think, p.Rate = 0, 0.001
		}
		r, err := Run(ctx, s, p)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Interrupted || r.Measured > time.Minute {
			t.Fatalf("rate %v: interrupted %t, %v measured", p.Rate, r.Interrupted, r.Measured)
		}
	}
}
