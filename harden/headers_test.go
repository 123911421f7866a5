package harden

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// chatty is an application that sets everything itself, and wrongly.
func chatty(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, name := range once {
		if name != "Vary" {
			h.Set(name, "own")
			h.Add(name, "own twice")
			h[strings.ToLower(name)] = []string{"own in lower case"}
		}
	}
	for name := range leaks {
		h.Set(name, "leak")
	}
	for name := range deprecated {
		h.Set(name, "1")
	}
	h["server"] = []string{"leak"}
	h.Set("Strict-Transport-Security", "max-age=1")
	h.Set("Cache-Control", "public, max-age=1000")
	h.Add("Set-Cookie", "sessionid=1")
	h.Add("Set-Cookie", "theme=dark; Path=/; SameSite=Strict; Secure; HttpOnly")
	h.Add("Set-Cookie", "xsrf=1")
	h.Set("ETag", `"x"`)
	switch r.URL.Path {
	case "/api/304", "/304":
		w.WriteHeader(304)
	case "/api/302", "/302":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	case "/api/404", "/404":
		http.NotFound(w, r)
	case "/api/500", "/500":
		w.WriteHeader(500)
	case "/api/panic", "/panic":
		panic("as planned")
	case "/api/empty", "/empty":
	case "/api/hints", "/hints":
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "x")
	default:
		_, _ = io.WriteString(w, "<p>hello</p>")
	}
}

// TestHeadersOnEveryAnswer is H1 to H6.
func TestHeadersOnEveryAnswer(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, closed(), secure, http.HandlerFunc(chatty))
		for _, path := range []string{"ok", "304", "302", "404", "500", "panic", "empty", "%zz", "hints"} {
			for _, area := range []string{"/", "/api/"} {
				t.Run(area+path, func(t *testing.T) {
					got := r.say(t, asks(area+path))
					got.hardened(t)
					hsts := got.Header["Strict-Transport-Security"]
					if secure && (len(hsts) != 1 || hsts[0] != "max-age=31536000") || !secure && hsts != nil {
						t.Errorf("HSTS %q", hsts)
					}
					wanted := map[bool]string{true: defaultAPI, false: defaultPages}[area == "/api/" || path == "panic" || path == "%zz"]
					if is := got.Header.Get("Content-Security-Policy"); is != wanted {
						t.Errorf("policy %q", is)
					}
					if area == "/api/" && !slices.Equal(got.Header["Cache-Control"], []string{"no-store"}) {
						t.Errorf("Cache-Control %q", got.Header["Cache-Control"])
					}
					for _, cookie := range got.Cookies() {
						if cookie.Secure != (secure || cookie.Name == "theme") || cookie.SameSite == 0 || cookie.HttpOnly != (cookie.Name != "xsrf") {
							t.Errorf("%s: %s", cookie.Name, cookie.Raw)
						}
					}
				})
			}
		}
	})
}

func TestHeadersAsConfigured(t *testing.T) {
	c := closed()
	c.Headers = Headers{
		Pages: "default-src 'self'; frame-ancestors 'self'", API: "default-src 'none'; sandbox", ReportOnly: "default-src 'none'", Permissions: "usb=()",
		Referrer: "same-origin", HSTS: 2 * 365 * 24 * time.Hour, IncludeSubDomains: true, Preload: true, CrossOrigin: "same-site",
	}
	r := raise(t, c, true, nil)
	page, api := r.say(t, asks("/")), r.say(t, asks("/api/x"))
	for name, wanted := range map[string][2]string{
		"Content-Security-Policy":             {"default-src 'self'; frame-ancestors 'self'", "default-src 'none'; sandbox"},
		"Content-Security-Policy-Report-Only": {"default-src 'none'", ""},
		"X-Frame-Options":                     {"SAMEORIGIN", "DENY"},
		"Permissions-Policy":                  {"usb=()", "usb=()"},
		"Referrer-Policy":                     {"same-origin", "same-origin"},
		"Cross-Origin-Resource-Policy":        {"same-site", "same-site"},
		"Strict-Transport-Security":           {"max-age=63072000; includeSubDomains; preload", "max-age=63072000; includeSubDomains; preload"},
	} {
		if page.Header.Get(name) != wanted[0] || api.Header.Get(name) != wanted[1] {
			t.Errorf("%s is %q and %q", name, page.Header.Get(name), api.Header.Get(name))
		}
	}
	if got := frameOptions("frame-ancestors https://a.example"); got != "" {
		t.Errorf("X-Frame-Options %q for a policy that it cannot say", got)
	}
}

// TestAnswersDoNotShareWhatTheyChange: the values are made once for all answers.
func TestAnswersDoNotShareWhatTheyChange(t *testing.T) {
	r := raise(t, closed(), false, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		for name := range w.Header() {
			w.Header().Add(name, "more")
		}
	}))
	for range 3 {
		r.say(t, asks("/api/x")).hardened(t)
	}
}

// TestForeignErrors: errors of the application in HTML or text become problems on the API, and nowhere else.
func TestForeignErrors(t *testing.T) {
	const secret = "ERROR: relation \"usuarios\" does not exist (SQLSTATE 42P01)"
	answer := func(w http.ResponseWriter, r *http.Request) {
		media := r.URL.Query().Get("as")
		if media != "" {
			w.Header().Set("Content-Type", media)
		}
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.Header().Set("Content-Encoding", "identity")
		w.WriteHeader(map[string]int{"4": 401, "5": 500, "2": 200}[r.URL.Query().Get("of")])
		_, _ = io.WriteString(w, secret)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, secret)
	}
	r := raise(t, closed(), false, http.HandlerFunc(answer))
	for _, media := range []string{"text/html", "text/plain;charset=utf-8", "", "application/xml", "application/problem"} {
		for of, status := range map[string]int{"4": 401, "5": 500} {
			got := r.say(t, asks("/api/x?of="+of+"&as="+media))
			got.problem(t, status)
			if strings.Contains(string(got.body), "SQLSTATE") || got.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %s %v", media, got.body, got.Header)
			}
			got = r.say(t, "HEAD /api/x?of="+of+"&as="+media+" HTTP/1.1\r\n"+hostLine+"\r\n")
			got.problem(t, status)
			got = r.say(t, asks("/x?of="+of+"&as="+media))
			if got.StatusCode != status || string(got.body) != secret+secret {
				t.Errorf("a page's error is changed: %d %q", got.StatusCode, got.body)
			}
		}
	}
	for _, media := range []string{"application/json", "application/vnd.api%2bjson%3bcharset=utf-8", "Application/JSON"} {
		if got := r.say(t, asks("/api/x?of=5&as="+media)); string(got.body) != secret+secret {
			t.Errorf("an error in %s is changed: %q", media, got.body)
		}
	}
	if got := r.say(t, asks("/api/x?of=2&as=text/html")); string(got.body) != secret+secret {
		t.Errorf("an answer is changed: %q", got.body)
	}
}

func TestPanics(t *testing.T) {
	r := raise(t, closed(), false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Set-Cookie", "a=b")
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		}
		panic("as planned")
	}))
	got := r.say(t, asks("/early"))
	got.problem(t, 500)
	got.readable(t, true)
	if got.Header["Set-Cookie"] != nil || strings.Contains(string(got.body), "planned") {
		t.Errorf("%v %s", got.Header, got.body)
	}
	conn := r.dial(t)
	_, _ = io.WriteString(conn, asks("/late"))
	all, _ := io.ReadAll(conn)
	if !strings.HasSuffix(string(all), "half") {
		t.Errorf("an answer already begun goes on: %q", all)
	}
}
