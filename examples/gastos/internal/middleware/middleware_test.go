package middleware

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

func ask(h http.Handler, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/path?token=canary-canary", nil)
	change(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func nothing(*http.Request) {}

var okay = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "okay") })

func TestRequestID(t *testing.T) {
	h := Chain(okay, RequestID())
	if got := ask(h, header("X-Request-Id", "abc-DEF_1.23")).Header().Get("X-Request-Id"); got != "abc-DEF_1.23" {
		t.Errorf("a plain id became %q", got)
	}
	for _, hostile := range []string{"", "short", strings.Repeat("a", 129), "abcdefgh\r\nX: y", "ábcdefgh", `"},{"a":"`} {
		got := ask(h, header("X-Request-Id", hostile)).Header().Get("X-Request-Id")
		if got == hostile || !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(got) {
			t.Errorf("%q became %q", hostile, got)
		}
	}
	twice := ask(h, func(r *http.Request) { r.Header["X-Request-Id"] = []string{"abcdefgh", "ijklmnop"} }).Header().Get("X-Request-Id")
	if twice == "abcdefgh" || twice == "ijklmnop" {
		t.Error("one of two ids was chosen")
	}
}

func TestAccessLog(t *testing.T) {
	var log bytes.Buffer
	h := Chain(okay, RequestID(), AccessLog(slog.New(slog.NewJSONHandler(&log, nil))))
	ask(h, func(r *http.Request) {
		r.Header.Set("X-Request-Id", "request-0001")
		r.Header.Set("Authorization", "Bearer canary-canary")
		r.Method = "GET\nFORGED"
	})
	var line struct {
		RequestID, Method, Path, Msg string
		Status, Bytes                int
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("not one line of JSON: %s", log.String())
	}
	if line.RequestID != "request-0001" || line.Status != 200 || line.Bytes != 4 || line.Path != "/path" || line.Msg != "request" {
		t.Errorf("%+v", line)
	}
	if strings.Contains(log.String(), "canary") || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("a secret or a forged line: %s", log.String())
	}
}

func TestRecover(t *testing.T) {
	var log bytes.Buffer
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-canary") })
	w := ask(Chain(boom, RequestID(), SecurityHeaders(), Recover(slog.New(slog.NewJSONHandler(&log, nil)))), nothing)
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "canary") ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(log.String(), "canary") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log does not tell in one line: %s", log.String())
	}
}

func TestPanicAfterTheAnswerBegan(t *testing.T) {
	half := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("x")
	})
	server := httptest.NewServer(Chain(half, Recover(slog.New(slog.NewTextHandler(io.Discard, nil)))))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("a broken answer looks whole: %q", body)
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := Chain(okay, SecurityHeaders())
	plain, secure := ask(h, nothing), ask(h, func(r *http.Request) { r.TLS = &tls.ConnectionState{} })
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"} {
		if plain.Header().Get(name) == "" || secure.Header().Get(name) != plain.Header().Get(name) {
			t.Errorf("%s: %q over http, %q over TLS", name, plain.Header().Get(name), secure.Header().Get(name))
		}
	}
	if csp := plain.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
		t.Errorf("a lax policy: %s", csp)
	}
	if got := plain.Header().Values("Strict-Transport-Security"); len(got) != 0 {
		t.Errorf("HSTS over http: %v", got)
	}
	if got := ask(h, header("X-Forwarded-Proto", "https")).Header().Values("Strict-Transport-Security"); len(got) != 0 {
		t.Errorf("HSTS because a stranger says so: %v", got)
	}
	if got := secure.Header().Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
		t.Errorf("HSTS over TLS: %q", got)
	}
}

func TestCORS(t *testing.T) {
	const home = "http://localhost:5173"
	for _, c := range []struct {
		allowed, origin string
		want            string
	}{
		{home, home, home}, {home, "", ""}, {home, "http://localhost:5174", ""}, {home, home + ".evil.example", ""},
		{home, "https://localhost:5173", ""}, {home, "null", ""}, {"", "", ""}, {"", home, ""}, {"", "null", ""},
	} {
		h := Chain(okay, CORS(c.allowed))
		w := ask(h, header("Origin", c.origin))
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != c.want || w.Header().Get("Vary") != "Origin" || w.Body.String() != "okay" {
			t.Errorf("%q from %q: %v", c.allowed, c.origin, w.Header())
		}
		preflight := ask(h, func(r *http.Request) {
			r.Method = http.MethodOptions
			r.Header.Set("Origin", c.origin)
			r.Header.Set("Access-Control-Request-Method", "PUT")
		})
		if answered := preflight.Code == http.StatusNoContent; answered != (c.want != "") ||
			(preflight.Header().Get("Access-Control-Allow-Methods") != "") != answered {
			t.Errorf("preflight of %q from %q: %d %v", c.allowed, c.origin, preflight.Code, preflight.Header())
		}
	}
}

func TestBodyLimit(t *testing.T) {
	var read int
	var readErr error
	count := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		read, readErr = len(body), err
	})
	h := Chain(count, BodyLimit(10))
	send := func(n int, announced bool) *httptest.ResponseRecorder {
		read, readErr = -1, nil
		r := httptest.NewRequest("POST", "/", bufio.NewReader(strings.NewReader(strings.Repeat("x", n))))
		if announced {
			r.ContentLength = int64(n)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := send(10, true); w.Code != 200 || read != 10 || readErr != nil {
		t.Errorf("at the limit: %d, %d bytes, %v", w.Code, read, readErr)
	}
	if w := send(11, true); w.Code != 413 || read != -1 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("announced: %d, %d bytes", w.Code, read)
	}
	if send(11, false); readErr == nil || read > 10 {
		t.Errorf("not announced: %d bytes, %v", read, readErr)
	}
}

func TestDeadline(t *testing.T) {
	h := Chain(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Deadline(); !ok || time.Until(at) > time.Minute {
			t.Errorf("deadline %v, %v", at, ok)
		}
	}), Deadline(time.Minute))
	ask(h, nothing)
}

func TestClientAddress(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "[2001:db8::1]:443"
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	if got := ClientAddress(r); got != "2001:db8::1" {
		t.Errorf("got %q", got)
	}
}
