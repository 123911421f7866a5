package harden

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// strangers are C1 to C4: origins that look like the friend and are not.
var strangers = []string{
	"https://evil.com", "null", "https://app.example.evil.com", "https://evilapp.example", "https://x.app.example", "http://app.example",
	"https://app.example:8443", "https://app.example:443", "https://APP.example", "HTTPS://app.example", "https://app.example.",
	"https://app.example@evil.com", "https://app.example/", "https://app.example%60.evil.com", "https://app.example`.evil.com",
	"https://\xc3\xa1pp.example", "https://app.example, https://evil.com", "https://app_example", "//app.example", "",
}

// corsApp sets its own, wrong CORS on every answer (C9).
func corsApp() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Credentials", "true")
		h["access-control-allow-origin"] = []string{"*"}
		h.Set("Vary", "Accept-Encoding")
		status := 200
		_, _ = fmt.Sscanf(r.URL.Path, "/api/%d", &status)
		http.Error(w, "words", status)
	})
}

func asking(method, path, origin, fields string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: app.example\r\nOrigin: " + origin + "\r\nContent-Length: 0\r\n" + fields + "\r\n"
}

func TestStrangersReadNothing(t *testing.T) {
	for _, credentials := range []bool{false, true} {
		c := closed()
		c.Origins.Credentials = credentials
		r := raise(t, c, false, corsApp())
		for _, path := range []string{"/api/200", "/api/401", "/api/404", "/api/413", "/api/429", "/api/500", "/api/%zz", "/page"} {
			for _, method := range []string{"GET", "POST"} {
				for _, origin := range strangers {
					got := r.say(t, asking(method, path, origin, ""))
					got.readable(t, false)
					got.hardened1(t)
				}
				got := r.say(t, asking(method, path, "https://evil.com", "Origin: "+friend+"\r\n"))
				got.readable(t, false)
				got = r.say(t, asking(method, path, friend, ""))
				got.readable(t, true)
				got.hardened1(t)
				if is := got.Header["Access-Control-Allow-Credentials"]; (len(is) == 1) != credentials {
					t.Errorf("Access-Control-Allow-Credentials %q", is)
				}
				got = r.say(t, method+" "+path+" HTTP/1.1\r\nHost: app.example\r\nContent-Length: 0\r\n\r\n")
				got.readable(t, false)
				got.hardened1(t) // Vary without an Origin too: C5
			}
		}
	}
}

// hardened1 is hardened where the application sets Vary as well.
func (a answer) hardened1(t *testing.T) {
	t.Helper()
	if !strings.Contains(strings.Join(a.Header["Vary"], ","), "Origin") {
		t.Errorf("%d: Vary %q", a.StatusCode, a.Header["Vary"])
	}
}

func TestPreflightsAreAnswered(t *testing.T) {
	c := closed()
	c.Origins.Methods, c.Origins.Headers = []string{"GET", "POST", "PUT"}, []string{"Content-Type", "X-Own"}
	r := raise(t, c, false, corsApp())
	for _, row := range []struct {
		name, origin, fields string
		status               int
	}{
		{"allowed", friend, "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type,x-own\r\n", 204},
		{"allowed without headers", friend, "Access-Control-Request-Method: POST\r\n", 204},
		{"C1 stranger", "https://evil.com", "Access-Control-Request-Method: PUT\r\n", 403},
		{"C2 null", "null", "Access-Control-Request-Method: PUT\r\n", 403},
		{"C7 method", friend, "Access-Control-Request-Method: DELETE\r\n", 403},
		{"C7 method in lower case", friend, "Access-Control-Request-Method: put\r\n", 403},
		{"C7 header", friend, "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type,x-other\r\n", 403},
		{"C8 commas", friend, "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: " + strings.Repeat(",", 15000) + "\r\n", 403},
		{"C10 private network", friend, "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Private-Network: true\r\n", 204},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := r.say(t, asking("OPTIONS", "/api/200", row.origin, row.fields))
			if got.StatusCode != row.status {
				t.Fatalf("status %d: %s", got.StatusCode, got.body)
			}
			allowed := got.Header["Access-Control-Allow-Methods"] != nil || got.Header["Access-Control-Allow-Headers"] != nil
			if allowed != (row.status == 204) || got.Header["Access-Control-Allow-Private-Network"] != nil {
				t.Errorf("%v", got.Header)
			}
			if (got.Header["Access-Control-Allow-Origin"] != nil) != (row.origin == friend) {
				t.Errorf("Access-Control-Allow-Origin %q", got.Header["Access-Control-Allow-Origin"])
			}
			if v := got.Header.Get("Vary"); !strings.Contains(v, "Access-Control-Request-Headers") {
				t.Errorf("Vary %q", v)
			}
		})
	}
	if n := r.hits.Load(); n != 0 {
		t.Errorf("the application saw %d preflights", n)
	}
	if got := r.say(t, asking("OPTIONS", "/api/200", friend, "")); got.StatusCode != 200 || r.hits.Load() != 1 {
		t.Errorf("an OPTIONS that is no preflight is %d", got.StatusCode)
	}
}

// TestCommasAreCheap is C8 without the limit of headers before it.
func TestCommasAreCheap(t *testing.T) {
	o := newOrigins(Origins{Allow: []string{friend}})
	lines := []string{strings.Repeat(",", 100<<10)}
	if n := testing.AllocsPerRun(10, func() { o.allowed(lines) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if o.allowed(lines) || o.allowed([]string{strings.Repeat("content-type,", 100)}) || !o.allowed([]string{"content-type, Authorization"}) {
		t.Error("the list is read wrongly")
	}
}

// TestForgedRequests is C12.
func TestForgedRequests(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, closed(), secure, nil)
		own := map[bool]string{false: "http://app.example", true: "https://app.example"}[secure]
		if secure {
			own = "https://app.example:443" // the friend is https://app.example itself
		}
		for _, row := range []struct {
			name, fields string
			status       int
		}{
			{"foreign origin", "Origin: https://evil.com\r\nCookie: a=b\r\n", 403},
			{"null origin", "Origin: null\r\nCookie: a=b\r\n", 403},
			{"two origins", "Origin: " + friend + "\r\nOrigin: https://evil.com\r\nCookie: a=b\r\n", 403},
			{"cross-site", "Sec-Fetch-Site: cross-site\r\nCookie: a=b\r\n", 403},
			{"same-site", "Sec-Fetch-Site: same-site\r\nCookie: a=b\r\n", 403},
			{"basic", "Origin: https://evil.com\r\nAuthorization: Basic YTpi\r\n", 403},
			{"other port", "Origin: https://app.example:8443\r\nCookie: a=b\r\n", 403},
			{"friend", "Origin: " + friend + "\r\nSec-Fetch-Site: cross-site\r\nCookie: a=b\r\n", 200},
			{"own", "Origin: " + own + "\r\nCookie: a=b\r\n", 200},
			{"own by Sec-Fetch-Site", "Sec-Fetch-Site: same-origin\r\nCookie: a=b\r\n", 200},
			{"no browser", "Cookie: a=b\r\n", 200},
			{"bearer", "Origin: https://evil.com\r\nAuthorization: Bearer t\r\n", 200},
			{"no credentials", "Origin: https://evil.com\r\n", 200},
		} {
			t.Run(row.name, func(t *testing.T) {
				before := r.hits.Load()
				got := r.say(t, "POST /api/x HTTP/1.1\r\nHost: app.example\r\nContent-Type: text/plain\r\n"+row.fields+"Content-Length: 2\r\n\r\n{}")
				if got.StatusCode != row.status || (r.hits.Load() == before) != (row.status == 403) {
					t.Fatalf("status %d: %s", got.StatusCode, got.body)
				}
				if row.status == 403 {
					got.problem(t, 403)
				}
			})
		}
	})
}
