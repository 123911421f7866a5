package harden

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// statusClientGone is what a request is counted as whose client went away before anything was answered. No server sends it;
// nginx logs it under this number.
const statusClientGone = 499

// beforeHandler stands where a cure's name would, for answers that net/http writes itself.
const beforeHandler = "net/http"

// observer counts and logs every request: those that the application answers, those that a cure refuses and those that no
// handler ever sees.
type observer struct {
	access *accessLog
	counts *metrics
	route  func(*http.Request) string
	now    func() time.Time
}

func newObserver(c Config) *observer {
	o := &observer{counts: newMetrics(c.Metrics.Budget), route: c.Metrics.Route, now: c.Now}
	if c.AccessLog != nil {
		o.access = &accessLog{c.AccessLog}
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// registry holds the metrics; an application may register its own there.
func (o *observer) registry() *prometheus.Registry { return o.counts.registry }

// wrap observes next. It stands inside of the cure that makes the Exchange and outside of all that may refuse.
func (o *observer) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := seen{start: o.now(), method: methodLabel(r.Method), recorder: &recorder{passing: passing{w}}}
		o.counts.begin(s.method)
		defer o.end(r, &s)
		next.ServeHTTP(s.recorder, r)
		s.whole = true
	})
}

// seen is what an observer sees of one request.
type seen struct {
	*recorder
	start  time.Time
	took   time.Duration
	method string // as a label
	route  string // as a label
	whole  bool   // the handler returned; else it panicked
}

// end counts and logs. It runs in a panic too, and lets it pass.
func (o *observer) end(r *http.Request, s *seen) {
	e := Of(r)
	s.took = o.now().Sub(s.start)
	if s.status == 0 {
		s.status = unanswered(r, s.whole)
	}
	s.route = e.Route
	if o.route != nil {
		if named := o.route(r); named != "" {
			s.route = named
		}
	}
	s.route = o.counts.routes.bounded(s.route)
	o.counts.end(s, e)
	if o.access != nil {
		o.access.write(r, s, e)
	}
}

// unanswered gives the status of a request that no handler has answered yet: net/http sends 200 for a handler that returns, and
// a panic becomes 500 further out.
func unanswered(r *http.Request, whole bool) int {
	switch {
	case errors.Is(r.Context().Err(), context.Canceled):
		return statusClientGone
	case !whole:
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// refusedBeforeHandler counts and logs an answer that net/http wrote itself, under the request-id that it got.
func (o *observer) refusedBeforeHandler(status int, id string) {
	o.counts.refusedBy(beforeHandler, status)
	if o.access != nil {
		o.access.writeEarly(status, id)
	}
}
