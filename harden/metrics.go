package harden

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics has the names and labels of OpenTelemetry's semantic conventions for HTTP servers, stable since version 1.23, written
// as Prometheus writes them; what has no name there begins with "harden_". No label value is a stranger's word.
type metrics struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec // http.server.request.duration; its count is the number of requests
	active   *prometheus.GaugeVec     // http.server.active_requests
	refused  *prometheus.CounterVec
	limiter  prometheus.Counter
	routes   *routeNames
	statuses [600]string
}

const defaultBudget = 200 * time.Millisecond

// edges are the upper edges of the histogram in seconds: those that OpenTelemetry advises, and two below for what is quick.
var edges = []float64{.001, .0025, .005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}

// methods are those that get a label value of their own; anybody can invent others.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}

func methodLabel(method string) string {
	if i := slices.Index(methods, method); i >= 0 {
		return methods[i]
	}
	return other
}

// newMetrics makes empty metrics whose histogram has an edge at the budget: how many requests kept it is counted, not estimated.
func newMetrics(budget time.Duration) *metrics {
	if budget <= 0 {
		budget = defaultBudget
	}
	buckets := append(slices.Clone(edges), budget.Seconds())
	slices.Sort(buckets)
	m := &metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_server_request_duration_seconds",
			Help: "Time from a request's headers to the end of its answer.", Buckets: slices.Compact(buckets)},
			[]string{"http_request_method", "http_route", "http_response_status_code"}),
		active: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "http_server_active_requests",
			Help: "Requests under way."}, []string{"http_request_method"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "harden_refused_requests_total",
			Help: "Requests that a cure answered instead of the application; net/http stands for what no handler saw."},
			[]string{"cure", "http_response_status_code"}),
		limiter: prometheus.NewCounter(prometheus.CounterOpts{Name: "harden_limiter_failures_total",
			Help: "Requests on which the shared rate limiter could not decide."}),
		routes: newRouteNames(),
	}
	for i := range m.statuses {
		m.statuses[i] = statusLabel(i)
	}
	m.registry.MustRegister(m.duration, m.active, m.refused, m.limiter, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// statusLabel is the code where it is one that is known, else its class: an application may answer anything.
func statusLabel(status int) string {
	if http.StatusText(status) != "" || status == statusClientGone {
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status/100) + "xx"
}

func (m *metrics) status(status int) string {
	if status < 100 || status >= len(m.statuses) {
		return other
	}
	return m.statuses[status]
}

func (m *metrics) begin(method string) { m.active.WithLabelValues(method).Inc() }

func (m *metrics) end(s *seen, e *Exchange) {
	m.active.WithLabelValues(s.method).Dec()
	m.duration.WithLabelValues(s.method, s.route, m.status(s.status)).Observe(s.took.Seconds())
	if e.Refused != "" {
		m.refusedBy(e.Refused, s.status)
	}
	if e.limiterFailed {
		m.limiter.Inc()
	}
}

func (m *metrics) refusedBy(cure string, status int) {
	m.refused.WithLabelValues(cure, m.status(status)).Inc()
}
