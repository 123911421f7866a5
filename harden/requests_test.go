package harden

import (
	"strings"
	"testing"
)

// TestRequestsAreRefused has what is well framed and still not for the application: W10, W13, and W3 and W4 below.
func TestRequestsAreRefused(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Hosts = []string{"app.example"}
		r := raise(t, c, secure, nil)
		for _, a := range []attack{
			{"W10 foreign host", "GET /api/x HTTP/1.1\r\nHost: evil.example\r\nOrigin: " + friend + "\r\n\r\n", 421},
			{"W10 suffix", "GET /api/x HTTP/1.1\r\nHost: app.example.evil.example\r\nOrigin: " + friend + "\r\n\r\n", 421},
			{"W10 address", "GET /api/x HTTP/1.1\r\nHost: 169.254.169.254\r\nOrigin: " + friend + "\r\n\r\n", 421},
			{"W10 absolute foreign", asks("http://169.254.169.254/latest"), 421},
			{"W10 absolute foreign, foreign header", "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nOrigin: " + friend + "\r\n\r\n", 421},
			{"W10 absolute of ours, foreign header", "GET http://app.example/ HTTP/1.1\r\nHost: evil.example\r\nOrigin: " + friend + "\r\n\r\n", 421},
			{"W10 absolute with user", asks("http://app.example@evil.example/"), 400},
			{"W10 absolute of another scheme", asks("ftp://app.example/"), 400},
			{"W13 %zz", asks("/api/%zz"), 400},
			{"W13 cut escape", asks("/api/%a"), 400},
			{"W13 %00", asks("/api/%00"), 400},
			{"W13 %0a", asks("/api/%0a"), 400},
			{"W13 %7f", asks("/api/%7f"), 400},
			{"W13 not UTF-8", asks("/api/%ff%fe"), 400},
			{"W13 //", asks("/api//x"), 400},
			{"W13 leading //", asks("//evil.example/x"), 400},
			{"W13 /./", asks("/api/./x"), 400},
			{"W13 /../", asks("/api/../x"), 400},
			{"W13 %2e%2e", asks("/api/%2e%2e/x"), 400},
			{"W13 .%2E at the end", asks("/api/.%2E"), 400},
			{"W13 %2f", asks("/api%2fx"), 400},
			{"W13 %5c", asks("/api%5c..%5cx"), 400},
			{"W13 backslash", asks(`/api\x`), 400},
			{"W13 parameter", asks("/api;x/y"), 400},
			{"W13 number sign", asks("/api#x"), 400},
			{"W13 NUL in query", asks("/api/x?a=%00"), 400},
		} {
			t.Run(a.name, func(t *testing.T) {
				got := r.say(t, a.raw)
				got.problem(t, a.status)
				got.readable(t, true)
				if n := r.hits.Load(); n != 0 {
					t.Fatalf("the application saw %d requests", n)
				}
			})
		}
	})
}

// TestOneForm compares what policy and application see of targets that may pass.
func TestOneForm(t *testing.T) {
	r := raise(t, closed(), false, nil)
	for _, c := range []struct{ target, path, escaped, query string }{
		{"/api/x", "/api/x", "/api/x", ""},
		{"/%61pi/x", "/api/x", "/api/x", ""},
		{"/API/x", "/API/x", "/API/x", ""},
		{"/api", "/api", "/api", ""},
		{"/apix", "/apix", "/apix", ""},
		{"/api/%c3%b1", "/api/ñ", "/api/%C3%B1", ""},
		{"/api/a%3bb", "/api/a;b", "/api/a%3Bb", ""},
		{"/api/a%20b", "/api/a b", "/api/a%20b", ""},
		{"/api/a%25b", "/api/a%b", "/api/a%25b", ""},
		{"/api/a|b", "/api/a|b", "/api/a%7Cb", ""},
		{"/api/x?a=1;b=2&c=%zz", "/api/x", "/api/x", "a=1;b=2&c=%zz"},
		{"/api/x?", "/api/x", "/api/x", ""},
		{"/api/...", "/api/...", "/api/...", ""},
		{"http://app.example/api/x?y", "/api/x", "/api/x", "y"},
		{"http://app.example", "/", "/", ""},
	} {
		t.Run(c.target, func(t *testing.T) {
			if got := r.say(t, asks(c.target)); got.StatusCode != 200 {
				t.Fatalf("status %d: %s", got.StatusCode, got.body)
			}
			u := r.last.URL
			if u.Path != c.path || u.EscapedPath() != c.escaped || u.RawQuery != c.query || u.Host != "" || r.last.Host != "app.example" {
				t.Errorf("the application sees %q %q %q, host %q and %q", u.Path, u.EscapedPath(), u.RawQuery, u.Host, r.last.Host)
			}
			if is := r.last.RequestURI; !strings.HasPrefix(is, c.escaped) || strings.TrimPrefix(strings.TrimPrefix(is, c.escaped), "?") != c.query {
				t.Errorf("RequestURI %q", is)
			}
			if Of(r.last).API != strings.HasPrefix(strings.ToLower(c.path)+"/", "/api/") {
				t.Errorf("the policy sees API = %v", Of(r.last).API)
			}
		})
	}
}

// TestHonestRequests pass, however unusual.
func TestHonestRequests(t *testing.T) {
	r := raise(t, closed(), false, nil)
	for name, raw := range map[string]string{
		"1.0 without host":   "GET /api/x HTTP/1.0\r\n\r\n",
		"port":               "GET /api/x HTTP/1.1\r\nHost: app.example:8080\r\n\r\n",
		"IPv6":               "GET /api/x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
		"no space after":     "GET /api/x HTTP/1.1\r\nHost:app.example\r\nA:b\r\n\r\n",
		"empty value":        "GET /api/x HTTP/1.1\r\nHost: app.example\r\nA:\r\n\r\n",
		"latin 1":            "GET /api/x HTTP/1.1\r\nHost: app.example\r\nA: caf\xe9\r\n\r\n",
		"100 fields":         "GET /api/x HTTP/1.1\r\nHost: app.example\r\n" + strings.Repeat("A: b\r\n", 99) + "\r\n",
		"chunks":             with("Transfer-Encoding: chunked\r\n") + "5;a=\"b c\";d\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
		"chunked upper case": with("Transfer-Encoding: Chunked\r\n") + "A\r\n0123456789\r\n0\r\n\r\n",
		"expect":             with("Expect: 100-Continue\r\nContent-Length: 0\r\n"),
		"get with body":      "GET /api/x HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\n\r\nhi",
		"identity":           with("Content-Encoding: identity\r\nContent-Length: 2\r\n") + "hi",
	} {
		t.Run(name, func(t *testing.T) {
			before := r.hits.Load()
			if got := r.say(t, raw); got.StatusCode != 200 || r.hits.Load() != before+1 {
				t.Errorf("status %d: %s", got.StatusCode, got.body)
			}
		})
	}
	t.Run("OPTIONS *", func(t *testing.T) {
		if got := r.say(t, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"); got.StatusCode != 204 || got.Header.Get("Allow") == "" {
			t.Errorf("status %d, Allow %q", got.StatusCode, got.Header.Get("Allow"))
		}
	})
}

// TestConnectionNamesNothingElse is W16, and W3: what an upgrade that is not served leaves behind.
func TestConnectionNamesNothingElse(t *testing.T) {
	both(t, func(t *testing.T, secure bool) { namesNothing(t, raise(t, closed(), secure, nil)) })
}

func namesNothing(t *testing.T, r *rig) {
	t.Helper()
	fields := "Connection: Upgrade, HTTP2-Settings, Authorization, X-Request-Id, X-Forwarded-For\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n" +
		"Authorization: Bearer t\r\nX-Note: u\r\n"
	got := r.say(t, "GET /api/x HTTP/1.1\r\n"+hostLine+fields+"\r\n")
	if got.StatusCode != 200 {
		t.Fatalf("status %d", got.StatusCode)
	}
	h := r.last.Header
	if h["Upgrade"] != nil || h["Http2-Settings"] != nil || h["Connection"] != nil {
		t.Errorf("the application sees %v", h)
	}
	if h.Get("Authorization") == "" || h.Get("X-Note") == "" || h.Get("X-Request-Id") != got.Header.Get("X-Request-Id") {
		t.Errorf("the application misses %v", h)
	}
}
