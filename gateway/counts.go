package gateway

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are the metrics of the service behind, beside those of package harden.
type counts struct{ failures *prometheus.CounterVec }

func newCounts() *counts {
	return &counts{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gateway_upstream_failures_total",
		Help: "Requests that the service behind did not answer, by reason: refused, reset, unreachable, timeout, garbage, or open when it was not asked.",
	}, []string{"reason"})}
}

func (c *counts) failed(reason string) { c.failures.WithLabelValues(reason).Inc() }

// register shows the metrics of u in r, which is another one after each reload.
func (u *upstream) register(r *prometheus.Registry) error {
	state := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gateway_upstream_breaker_state", Help: "0: the service behind is asked. 1: one request may try. 2: it is left alone.",
	}, u.breaker.state)
	return errors.Join(r.Register(u.counts.failures), r.Register(state))
}
