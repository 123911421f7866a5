// Package metrics counts what the service does, for Prometheus.
//
// It knows what is counted and under which labels; no label ever holds what a caller
// has made up. It does not know HTTP beyond a method, a route and a status.
package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is what the service exposes.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// buckets are the upper edges of the histogram in seconds. One of them is the p95
// budget, 0.25 s: how many requests kept it can be counted, not only estimated.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// methods are those that get a label value of their own: anybody can invent others.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// New returns empty metrics. stat tells the state of the pool of connections.
func New(stat func() *pgxpool.Stat) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total",
			Help: "Requests answered."}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds",
			Help: "Time from the first byte of a request's head to the end of its answer.", Buckets: buckets}, []string{"method", "route"}),
	}
	m.registry.MustRegister(m.requests, m.duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "db_pool_connections", Help: "Open database connections of the pool."},
			func() float64 { return float64(stat().TotalConns()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "db_pool_connections_in_use", Help: "Database connections that a request holds."},
			func() float64 { return float64(stat().AcquiredConns()) }))
	return m
}

// Observe counts one answered request. route is the pattern that matched, "" when
// none did.
func (m *Metrics) Observe(method, route string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "_OTHER"
	}
	if route == "" {
		route = "unmatched"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(method, route).Observe(took.Seconds())
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
