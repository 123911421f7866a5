package hardening

import "testing"

func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		read  func([]string) Fault
		cases map[string]Fault
	}{
		"nosniff": {Nosniff, map[string]Fault{"nosniff": "", "NoSniff": "", "nosniff, nosniff": "", "": Missing, "no-sniff": Invalid, "none, nosniff": Invalid}},
		"frames": {Frames, map[string]Fault{"DENY": "", "sameorigin": "", "SAMEORIGIN, SAMEORIGIN": "", "": Missing,
			"ALLOW-FROM https://app.example": Invalid, "ALLOWALL": Invalid}},
		"referrer": {Referrer, map[string]Fault{"no-referrer": "", "Strict-Origin-When-Cross-Origin": "", "no-referrer, strict-origin": "",
			"unsafe-url, a-policy-to-come": Weak, "origin": Weak, "no-referrer-when-downgrade": Weak, "": Missing, "never mind": Invalid}},
		"permissions": {Permissions, map[string]Fault{"camera=(), geolocation=()": "", `geolocation=(self "https://maps.example"), fullscreen=*`: "", "camera=self": "",
			"": Missing, "camera 'none'; microphone 'none'": Invalid, "camera=(": Invalid, "camera=*": Weak, "geolocation=(), camera=*": Weak}},
	} {
		for value, want := range c.cases {
			if got := c.read([]string{value}); got != want {
				t.Errorf("%s %q: %q, want %q", name, value, got, want)
			}
		}
		if got := c.read(nil); got != Missing {
			t.Errorf("%s absent: %q", name, got)
		}
	}
}

func TestTransport(t *testing.T) {
	for value, want := range map[string]Transport{
		"max-age=31536000": {MaxAge: 31536000}, `Max-Age="63072000" ; includeSubDomains; preload`: {63072000, true, true},
		"max-age=0": {}, "includeSubDomains; max-age=1; a-directive-to-come=2;": {1, true, false},
	} {
		if got, fault := ReadTransport([]string{value}); got != want || fault != "" {
			t.Errorf("%q: %+v %q", value, got, fault)
		}
	}
	for _, value := range []string{"", "includeSubDomains", "max-age", "max-age=-1", "max-age=1; max-age=2", "max-age=a year", "31536000"} {
		if _, fault := ReadTransport([]string{value}); fault != Invalid {
			t.Errorf("%q: %q", value, fault)
		}
	}
	if _, fault := ReadTransport(nil); fault != Missing {
		t.Errorf("absent: %q", fault)
	}
	if got, _ := ReadTransport([]string{"max-age=1", "max-age=2"}); got.MaxAge != 1 {
		t.Errorf("of two headers the first counts: %+v", got)
	}
}
