package report

// Cure names the cure of listo gateway for a check that failed for this reason, as `listo gateway init` writes it; "" is none: only the
// service itself can satisfy the check.
func Cure(check, reason string) string {
	all := Cures()
	if cure := all[check+":"+reason]; cure != "" {
		return cure
	}
	return all[check]
}

// Cures are the cures of listo gateway by the check that each satisfies, or by "check:reason" where it satisfies that alone. Whether a cure is
// enough another audit tells: a document may lack more than errors in their form and the probes. What is not here no gateway can do: whom the service lets see what, what it answers, how it uses its database, that it comes back.
func Cures() map[string]string {
	return map[string]string{
		"security.headers": "headers", "security.exposed:told": "headers", "security.exposed:traced": "requests", "security.csp": "csp", "security.hsts": "hsts", "security.cors": "cors",
		"security.rate_limit": "rate", "security.size_limit": "bodies", "security.framing": "requests", "security.requests": "requests",
		"security.trust": "proxies", "security.slow": "timeouts", "contracts.errors.shape": "api", "contracts.errors.leak": "api",
		"contracts.errors.server": "api", "contracts.errors.companions": "api", "contracts.errors.limited": "rate", "contracts.errors.method": "routes",
		"contracts.statuses": "api", "contracts.unserved": "ready",
		"observability.healthz": "ready", "observability.readyz": "ready", "observability.request_id": "log", "observability.hostile_id": "log",
		"observability.logs": "log", "observability.metrics": "metrics", "observability.latency": "metrics", "observability.cardinality": "metrics",
		"observability.alerts": "metrics", "observability.alert_names": "metrics", "parity.compression": "compress", "parity.trust_proxy": "proxies",
		"parity.keep_alive": "timeouts", "parity.timeouts": "timeouts", "parity.body_limit": "bodies",
	}
}
