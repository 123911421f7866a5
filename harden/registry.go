package harden

import "github.com/prometheus/client_golang/prometheus"

// Registry holds what Admin shows at /metrics. Whoever stands behind the cures may register metrics of his own there.
func (h *Hardening) Registry() *prometheus.Registry { return h.observer.registry() }
