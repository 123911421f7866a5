package service

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/httpapi"
)

const (
	requestDeadline = 10 * time.Second
	stopTimeout     = 10 * time.Second

	// The budget of the 95th percentile: the histogram has an edge there.
	latencyBudget = 250 * time.Millisecond
)

// quota is 200 at once, growing back with 50 a second: for each user, and for each address that logs in. Sixty logins in a row
// from one office are fine, a dictionary is not.
var quota = harden.Quota{Requests: 200, Window: 4 * time.Second}

// hardening is what stands between strangers and the API.
func hardening(c config.Serve, identify func(*http.Request) string, log *slog.Logger) harden.Config {
	h := harden.Config{
		API: []string{"/api/", "/healthz", "/readyz"},
		Origins: harden.Origins{
			Methods: []string{"GET", "POST", "PUT", "DELETE"}, Headers: []string{"Authorization", "Content-Type", "X-Request-Id"},
			Expose: []string{"Location"},
		},
		Headers:   harden.Headers{IncludeSubDomains: true},
		Proxies:   harden.Proxies{Trusted: c.HTTP.Proxies},
		Bodies:    harden.Bodies{Most: c.HTTP.BodyLimit, Within: c.HTTP.ReadTimeout},
		Timeouts:  harden.Timeouts{Header: c.HTTP.HeaderTimeout, Write: c.HTTP.WriteTimeout, Idle: c.HTTP.IdleTimeout, Stop: stopTimeout},
		Rate:      harden.Rate{Classes: httpapi.RateClasses(quota)},
		Compress:  harden.Compress{Secrets: []string{"/api/auth/"}}, // a token stands beside what the caller wrote (BREACH)
		Metrics:   harden.Metrics{Budget: latencyBudget},
		AccessLog: log,
		Identify:  identify,
	}
	if c.FrontendOrigin != "" {
		h.Origins.Allow = []string{c.FrontendOrigin}
	}
	return h
}

// countPool shows the state of the pool of connections beside what harden counts.
func countPool(registry *prometheus.Registry, stat func() *pgxpool.Stat) {
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "db_pool_connections", Help: "Open database connections of the pool."},
			func() float64 { return float64(stat().TotalConns()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "db_pool_connections_in_use", Help: "Database connections that a request holds."},
			func() float64 { return float64(stat().AcquiredConns()) }))
}

// deadline bounds the work done for one request: waiting for a connection, every query, everything.
func deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestDeadline)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
