package httpapi

import (
	"net/http"

	"listo/harden"

	"gastos/internal/problem"
)

// router is http.ServeMux with its own answers, which are plain text, replaced by
// problems: 404, and 405 with Allow.
type router struct{ mux *http.ServeMux }

func (m *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	unmatched, pattern := m.mux.Handler(r)
	if pattern != "" {
		m.mux.ServeHTTP(w, r)
		return
	}
	harden.Of(r).Route = "unmatched"
	answer := discard{header: make(http.Header)}
	unmatched.ServeHTTP(&answer, r)
	if answer.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", answer.header.Get("Allow"))
		problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "this path does not take this method"))
		return
	}
	problem.Write(w, r, problem.New(http.StatusNotFound, "no such path"))
}

// discard keeps the status and header of an answer, not its body.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
