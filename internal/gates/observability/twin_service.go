package observability

import (
	"crypto/rand"
	"fmt"
	nethttp "net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// twinID is what the twin accepts as a request's id.
var twinID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

func (t *twin) meter() {
	t.registry = prometheus.NewRegistry()
	t.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"})
	t.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds", Help: "Their duration.", Buckets: twinBuckets}, []string{"route"})
	t.registry.MustRegister(t.requests, t.duration)
}

func (t *twin) handler() nethttp.Handler {
	mux := nethttp.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", t.healthz)
	mux.HandleFunc("GET /readyz", t.readyz)
	mux.Handle("GET /item", t.observed("/item", t.item))
	mux.Handle("GET /item/{id}", t.observed("/item/{id}", t.item))
	mux.Handle("/", t.observed("unmatched", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(nethttp.StatusNotFound) }))
	return mux
}

func (t *twin) healthz(w nethttp.ResponseWriter, r *nethttp.Request) {
	if t.sick == "leaning" && t.ping(r.Context()) != nil {
		w.WriteHeader(nethttp.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "alive")
}

func (t *twin) readyz(w nethttp.ResponseWriter, r *nethttp.Request) {
	if t.sick == "lying" {
		fmt.Fprintln(w, "ready")
		return
	}
	err := t.ping(r.Context())
	t.mu.Lock()
	hurt := t.hurt
	t.mu.Unlock()
	if err != nil || t.sick == "resentful" && hurt {
		w.WriteHeader(nethttp.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

func (t *twin) item(w nethttp.ResponseWriter, r *nethttp.Request) {
	if t.ping(r.Context()) != nil {
		w.WriteHeader(nethttp.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "an item")
}

// noted remembers the status of an answer.
type noted struct {
	nethttp.ResponseWriter
	status int
}

func (n *noted) WriteHeader(status int) { n.status = status; n.ResponseWriter.WriteHeader(status) }

// observed is what stands around a route: id, log and metrics, each with its own
// disease.
func (t *twin) observed(route string, serve nethttp.HandlerFunc) nethttp.Handler {
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		began, id := time.Now(), r.Header.Get("X-Request-Id")
		if t.sick != "credulous" && (!twinID.MatchString(id) || len(r.Header.Values("X-Request-Id")) > 1) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		n := &noted{w, nethttp.StatusOK}
		serve(n, r)
		took := time.Since(began)
		t.count(r, route, n.status, took)
		if t.sick == "forgetful" && n.status >= 500 {
			id = ""
		}
		if t.sick == "chatty" && n.status == nethttp.StatusNotFound {
			fmt.Fprintf(logbook{t}, "whoops, there is no %s\n", r.URL.Path)
		}
		t.logger.Info("request", "request_id", id, "method", r.Method, "route", route, "status", n.status, "duration_ms", float64(took.Microseconds())/1000)
	})
}

func (t *twin) count(r *nethttp.Request, route string, status int, took time.Duration) {
	method, value := r.Method, took.Seconds()
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, method) {
		method = "_OTHER"
	}
	switch {
	case t.sick == "flattering" && status >= 500:
		return
	case t.sick == "labelling":
		route = r.URL.Path
	case t.sick == "milliseconds":
		value *= 1000
	}
	t.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	t.duration.WithLabelValues(route).Observe(value)
}
