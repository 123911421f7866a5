package security

import (
	"net"
	nethttp "net/http"
	"testing"

	"listo/internal/engine/cors"
	"listo/internal/evidence"
)

// Oddities that are no fault: each check passes them on a service that runs.
func TestInnocents(t *testing.T) {
	for name, c := range map[string]struct {
		check  string
		infect func(*twin)
		adapt  func(*Settings)
	}{
		"frames closed by frame-ancestors alone": {headersID, func(t *twin) {
			t.harden = func(h nethttp.Header, status int, secured bool) {
				hardened(h, status, secured)
				h.Del("X-Frame-Options")
			}
		}, nil},
		"headers nobody asked for": {headersID, func(t *twin) {
			t.harden = func(h nethttp.Header, status int, secured bool) {
				hardened(h, status, secured)
				h.Set("X-Powered-By", "Express")
				h.Set("Cross-Origin-Opener-Policy", "same-origin")
			}
		}, nil},
		"a longer and wider HSTS": {transportID, func(t *twin) {
			t.harden = func(h nethttp.Header, status int, secured bool) {
				hardened(h, status, false)
				if secured {
					h.Set("Strict-Transport-Security", `Max-Age="63072000" ; includeSubDomains; preload`)
				}
			}
		}, nil},
		"clients told apart by the address of their connection": {rateLimitID, func(t *twin) {
			t.client = func(r *nethttp.Request, _ string) string {
				host, _, _ := net.SplitHostPort(r.RemoteAddr)
				return host
			}
		}, nil},
		"a frontend origin with a slash at its end": {originsID, unchanged, func(s *Settings) { s.FrontendOrigin = twinFrontend + "/" }},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := beside(t, c.infect)
			if c.adapt != nil {
				c.adapt(s)
			}
			if f := tried(t, c.check, b); f.Outcome != evidence.Pass {
				t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

// Further diseases of the twin, each red for its own reason.
func TestSickTwins(t *testing.T) {
	for name, c := range map[string]struct {
		check, reason string
		infect        func(*twin)
	}{
		"everybody's own bucket is one": {rateLimitID, "shared", func(t *twin) {
			t.client = func(*nethttp.Request, string) string { return "all" }
		}},
		"no limit at all":      {rateLimitID, "unlimited", func(t *twin) { t.meter.most = 1 << 30 }},
		"null is let in":       {originsID, "strangers", func(t *twin) { t.admits = func(o string) bool { return o == twinFrontend || o == "null" } }},
		"nobody is let in":     {originsID, "locked_out", func(t *twin) { t.admits = func(string) bool { return false } }},
		"no body is too large": {sizeID, "taken", func(t *twin) { t.limits = func(*nethttp.Request) bool { return false } }},
		"HSTS over plain http": {transportID, "over_plain", func(t *twin) { t.harden = func(h nethttp.Header, s int, _ bool) { hardened(h, s, true) } }},
		"a policy that is a wish": {policyID, "report_only", func(t *twin) {
			t.harden = func(h nethttp.Header, s int, secured bool) {
				hardened(h, s, secured)
				h.Set(policyReportOnly, h.Get(policyHeader))
				h.Del(policyHeader)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := beside(t, c.infect)
			wants(t, c.check, b, evidence.Fail, c.reason)
		})
	}
}

// One value for everybody needs no Vary.
func TestAConstantOriginIsInnocent(t *testing.T) {
	b, _ := beside(t, func(t *twin) {
		t.harden = func(h nethttp.Header, s int, secured bool) {
			hardened(h, s, secured)
			h.Set(cors.AllowOrigin, twinFrontend)
			h.Del("Vary")
		}
	})
	wants(t, originsID, b, evidence.Pass, "closed")
}

// A key that is not the service's own cannot make an expired token.
func TestTokensWithoutTheKey(t *testing.T) {
	b, s := beside(t, unchanged)
	s.SigningKey = "NO_SUCH_VARIABLE"
	wants(t, tokensID, b, evidence.Unproven, "keyless")
}

func TestShownOf(t *testing.T) {
	owner := `{"items":[{"id":7,"name":"taxi","amount":"1.00"},{"id":8,"name":"hotel","amount":"2.00"}],"total":2,"page":1}`
	for stranger, want := range map[string]int{
		owner:                             2,
		`{"items":[],"total":0,"page":1}`: 0,
		`{"items":[{"id":9,"name":"taxi","amount":"1.00"}],"total":1,"page":1}`: 0, // another row
		`[{"id":7,"name":"taxi"}]`:                              1, // a part of it
		`{"id":8,"name":"hotel","amount":"2.00","secret":true}`: 1, // and more
		`{"id":8}`:             0, // a number alone tells nothing
		`{"error":"no","x":1}`: 0,
		`not JSON`:             0,
		`{"a":{"b":{"id":7,"name":"taxi","amount":"1.00"}}}`: 1,
	} {
		if got := shownOf([]byte(owner), []byte(stranger)); got != want {
			t.Errorf("%s: %d, want %d", stranger, got, want)
		}
	}
	if got := shownOf([]byte(owner), []byte(owner), []byte(`[{"id":7,"name":"taxi","amount":"1.00"}]`)); got != 1 {
		t.Errorf("what the stranger may see anyway counts: %d", got)
	}
}
