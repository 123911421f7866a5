package hardening

import (
	"net/http"
	"slices"
	"testing"
)

func TestIsolation(t *testing.T) {
	for name, c := range map[string]struct {
		read  func([]string) Fault
		cases map[string]Fault
	}{
		"opener": {Opener, map[string]Fault{"same-origin": "", `same-origin; report-to="x"`: "", "same-origin-allow-popups": "", "noopener-allow-popups": "",
			"unsafe-none": Weak, "": Missing, "Same-Origin": Invalid, "same origin": Invalid, `"same-origin"`: Invalid}},
		"resource": {Resource, map[string]Fault{"same-origin": "", "same-site": "", "cross-origin": "", "": Missing, "none": Invalid, "same-origin, same-site": Invalid}},
		"private": {Private, map[string]Fault{"no-store": "", "No-Store, max-age=0": "", "private": "", "private, max-age=60": "", "no-cache": "", "public, no-store": "",
			"public, max-age=60": Weak, "private, s-maxage=60": Weak, "max-age=60": Weak, "": Missing}},
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

func TestConflicting(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   bool
	}{
		{FrameOptions, []string{"DENY", "SAMEORIGIN"}, true}, {FrameOptions, []string{"DENY, sameorigin"}, true}, {FrameOptions, []string{"DENY", "deny"}, false},
		{StrictTransport, []string{"max-age=1", "max-age=2"}, true}, {OpenerPolicy, nil, false}, {ReferrerPolicy, []string{"origin", "no-referrer"}, false},
	} {
		if got := Conflicting(c.name, c.values); got != c.want {
			t.Errorf("%s %q: %v", c.name, c.values, got)
		}
	}
}

func TestObsolete(t *testing.T) {
	if Obsolete("X-Xss-Protection", []string{"0"}) || !Obsolete("X-Xss-Protection", []string{"1; mode=block"}) || !Obsolete("Expect-Ct", []string{"max-age=0"}) ||
		Obsolete("Expect-Ct", nil) || Obsolete("Permissions-Policy", []string{"camera=()"}) {
		t.Error("Obsolete")
	}
	for _, name := range Deprecated() {
		if http.CanonicalHeaderKey(name) != name {
			t.Errorf("%s is not in canonical form", name)
		}
	}
}

func TestTells(t *testing.T) {
	for value, want := range map[string]int{"nginx": 0, "cloudflare": 0, "nginx/1.22.1": 1, "Apache/2.4.57 (Debian)": 1} {
		if got := Tells(http.Header{"Server": {value}}); len(got) != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	h := http.Header{}
	h.Set("x-powered-by", "Express")
	h.Set("X-AspNet-Version", "4.0")
	h.Set("X-Request-Id", "1")
	if got := Tells(h); !slices.Equal(got, []string{"X-Aspnet-Version: 4.0", "X-Powered-By: Express"}) {
		t.Errorf("%q", got)
	}
}
