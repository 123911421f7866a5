package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStatuses: every error is a problem with all that an answer needs, whoever finds it, and no refused request reaches the service.
func TestStatuses(t *testing.T) {
	long := strings.Repeat("a", 20<<10)
	head := "Host: app.example\r\nOrigin: " + friend + "\r\n"
	for _, c := range []struct {
		name, raw string
		status    int
		hits      int64
	}{
		{"a space in a name", "GET / HTTP/1.1\r\n" + head + "A B: c\r\n\r\n", 400, 0},
		{"a bad escape", "GET /%zz HTTP/1.1\r\n" + head + "\r\n", 400, 0},
		{"no host", "GET / HTTP/1.1\r\nOrigin: " + friend + "\r\n\r\n", 400, 0},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\n" + head + "\r\n", 400, 0},
		{"a folded field", "GET / HTTP/1.1\r\n" + head + "A: b\r\n c\r\n\r\n", 400, 0},
		{"length and chunks", asks("POST", "/api/x", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, 0},
		{"a bad chunk", asks("POST", "/api/x", "Transfer-Encoding: chunked\r\n", "zz\r\n\r\n"), 400, 0},
		{"CONNECT", "CONNECT app.example:443 HTTP/1.1\r\n" + head + "\r\n", 405, 0},
		{"TRACE", asks("TRACE", "/", "", ""), 405, 0},
		{"half a body", asks("POST", "/api/x", "Content-Length: 3\r\n", "{"), 408, 0},
		{"a large body", asks("POST", "/api/x", "Content-Length: 2000\r\n", ""), 413, 0},
		{"large chunks", asks("POST", "/api/x", "Transfer-Encoding: chunked\r\n", "7d0\r\n"+long[:2000]+"\r\n0\r\n\r\n"), 413, 0},
		{"a long target", get("/" + long), 414, 0},
		{"a packed body", asks("POST", "/api/x", "Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 415, 0},
		{"an expectation", asks("POST", "/api/x", "Expect: miracles\r\nContent-Length: 0\r\n", ""), 417, 0},
		{"a foreign host", "GET http://evil.example/ HTTP/1.1\r\n" + head + "\r\n", 421, 0},
		{"a long head", asks("GET", "/", "X-Long: "+long+"\r\n", ""), 431, 0},
		{"many fields", asks("GET", "/", strings.Repeat("X-A: b\r\n", 200), ""), 431, 0},
		{"an unknown coding", asks("POST", "/api/x", "Transfer-Encoding: xchunked\r\n", ""), 501, 0},
		{"another version", "GET / HTTP/2.5\r\n" + head + "\r\n", 505, 0},
		{"the service's 400", get("/api/400"), 400, 1},
		{"the service's 500", get("/api/500"), 500, 1},
		{"the service's 501", get("/api/501"), 501, 1},
		{"the service's 502", get("/api/502"), 502, 1},
		{"the service's 503", get("/api/503"), 503, 1},
		{"the service's 504", get("/api/504"), 504, 1},
		{"the service's panic", get("/api/cut"), 502, 1},
		{"a slow service", get("/api/slow"), 504, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, secure bool) {
				r := raise(t, secure, statuses(t), "bodies: {most: 1000, within: 300ms}\nupstream: {url: \"{URL}\", answer: 300ms}\n")
				r.say(c.raw).problem(t, c.status)
				if got := r.hits.Load(); got != c.hits {
					t.Errorf("%d requests reached the service, want %d", got, c.hits)
				}
			})
		})
	}
}

// statuses is a service that answers with the status that is asked for, in words.
func statuses(t *testing.T) http.HandlerFunc {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	return func(w http.ResponseWriter, r *http.Request) {
		switch name := strings.TrimPrefix(r.URL.Path, "/api/"); name {
		case "cut":
			panic(http.ErrAbortHandler)
		case "slow":
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		default:
			status, _ := strconv.Atoi(name)
			http.Error(w, "words of the service", status)
		}
	}
}

// TestRateLimit: the quota, then 429 with how long to wait, and nothing more reaches the service.
func TestRateLimit(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, secure, echo, "rate:\n  classes:\n    - {name: api, prefixes: [/api/], client: {requests: 3, window: 1h}}\n")
		for i := range 5 {
			a := r.say(asks("GET", fmt.Sprintf("/api/%d", i), fmt.Sprintf("X-Forwarded-For: 10.0.0.%d\r\n", i), ""))
			if i < 3 && a.StatusCode != http.StatusOK {
				t.Errorf("request %d: %d", i, a.StatusCode)
			}
			if i >= 3 {
				a.problem(t, http.StatusTooManyRequests)
				if a.Header.Get("Retry-After") == "" || a.Header.Get("RateLimit") == "" {
					t.Errorf("how long to wait is not told: %v", a.Header)
				}
			}
		}
		if got := r.hits.Load(); got != 3 {
			t.Errorf("%d requests reached the service", got)
		}
	})
}

// TestStalledBodies hold no place in the service: it sees none of them, and answers others.
func TestStalledBodies(t *testing.T) {
	r := raise(t, false, echo, "bodies: {within: 300ms}\n")
	for range 20 {
		_, _ = io.WriteString(r.dial(), asks("POST", "/api/x", "Content-Length: 100\r\n", "{"))
	}
	heard(t, r.say(get("/api/x")))
	stalled := r.dial()
	_, _ = io.WriteString(stalled, asks("POST", "/api/x", "Content-Length: 100\r\n", "{"))
	_ = stalled.SetReadDeadline(time.Now().Add(20 * time.Second))
	r.read(bufio.NewReader(stalled)).problem(t, http.StatusRequestTimeout)
	if got := r.hits.Load(); got != 1 {
		t.Errorf("%d requests reached the service, want the whole one", got)
	}
}

// TestQuotaOfACredential: behind a proxy that is believed, whoever shows one credential has one quota, from wherever he comes.
func TestQuotaOfACredential(t *testing.T) {
	r := raise(t, false, echo, "proxies: {trusted: [127.0.0.1]}\nrate: {classes: [{name: all, client: {requests: 100, window: 1h}, user: {requests: 3, window: 1h}}]}\n")
	from := func(i int, credential string) answer {
		return r.say(asks("GET", "/api/x", fmt.Sprintf("X-Forwarded-For: 198.51.100.%d\r\nAuthorization: Bearer %s\r\n", i, credential), ""))
	}
	for i := range 3 {
		heard(t, from(i, "mine"))
	}
	from(9, "mine").problem(t, http.StatusTooManyRequests)
	heard(t, from(9, "hers"))
}
