package harden

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
)

// TestApplicationStatuses are those that an application answers with and this package dresses: with it and the tests of what is refused
// before, every status of an error is a problem with all headers, over plain connections and TLS.
func TestApplicationStatuses(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, closed(), secure, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			status := 0
			_, _ = fmt.Sscanf(req.URL.Path, "/api/%d", &status)
			w.Header().Set("X-Powered-By", "words")
			w.Header().Set("Access-Control-Allow-Origin", "*")
			http.Error(w, "words", status)
		}))
		for _, status := range []int{400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 417, 421, 422, 428, 429, 431, 500, 501, 502, 503, 504, 505} {
			got := r.say(t, asks(fmt.Sprintf("/api/%d", status)))
			got.problem(t, status)
			got.readable(t, true)
		}
	})
}

// TestBehindAProxy: net/http's own reverse proxy answers 502 with nothing; on the API that becomes a problem.
func TestBehindAProxy(t *testing.T) {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})
	r := raise(t, closed(), false, proxy)
	r.say(t, asks("/api/x")).problem(t, 502)
	r.say(t, with("Content-Length: 5\r\n")+"hello").problem(t, 502)
}

func TestAdmin(t *testing.T) {
	h, err := New(closed())
	if err != nil {
		t.Fatal(err)
	}
	w := &aloneWriter{header: http.Header{}}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", friend)
	h.Admin().ServeHTTP(w, r)
	if w.status != 200 || w.header.Get("X-Content-Type-Options") != "nosniff" || w.header["Access-Control-Allow-Origin"] != nil {
		t.Errorf("status %d, %v", w.status, w.header)
	}
}
