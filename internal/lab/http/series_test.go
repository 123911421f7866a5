package http

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A series is one step; what shows something gets its own, whole.
func TestSeries(t *testing.T) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/plain")
		switch r.URL.Path {
		case "/long":
			_, _ = io.WriteString(w, strings.Repeat("x", keptOfSeries+1))
		case "/login":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"token":"opaque-token-0123456789"}`)
		default:
			_, _ = io.WriteString(w, "body of "+r.URL.Path)
		}
	}))
	defer server.Close()
	p := newPlace(t, server.URL)
	b := p.Bench
	c := On(b)
	s := c.Series("three requests")
	s.Do(t.Context(), Request{Method: "GET", Path: "/a"})
	s.Do(t.Context(), Request{Method: "GET", Path: "/long"})
	s.Do(t.Context(), Request{Method: "POST", Path: "/login", Secretive: true})
	second := s.Do(t.Context(), Request{Method: "GET", Path: "/b"})
	s.Promote(Request{Method: "GET", Path: "/b"}, second)
	s.End()
	c.Series("nothing").End()
	steps, err := b.Steps()
	if err != nil || len(steps) != 2 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	if steps[0].Status != 200 || len(steps[0].Raw) != 1 {
		t.Errorf("what was promoted: %+v", steps[0])
	}
	text := p.blob(t, 1, steps[1].Raw[0].Name)
	for _, want := range []string{`"line":"curl -sS -i \"$BASE/a\""`, "body of /a", `"n":4`, `"bytes":1025`} {
		if !strings.Contains(text, want) {
			t.Errorf("the transcript has no %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "xxxx") || strings.Contains(text, "opaque-token") {
		t.Errorf("the transcript holds what it must not:\n%s", text)
	}
}
