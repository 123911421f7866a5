package report

// Outside says which cure of listo gateway satisfies a check, by the cure's name in the file that `listo gateway init` writes. A check that
// is not here only the service itself can satisfy: whom it lets see what, what it answers, how it uses its database, that it comes back.
func Outside() map[string]string {
	return map[string]string{
		"security.headers": "headers", "security.exposed": "headers", "security.csp": "csp", "security.hsts": "hsts", "security.cors": "cors",
		"security.rate_limit": "rate", "security.size_limit": "bodies", "security.framing": "requests", "security.requests": "requests",
		"security.trust": "proxies", "security.slow": "timeouts", "contracts.errors.shape": "api", "contracts.errors.leak": "api",
		"contracts.errors.server": "api", "contracts.errors.companions": "api", "contracts.errors.limited": "rate", "contracts.errors.method": "routes",
		"observability.healthz": "ready", "observability.readyz": "ready", "observability.request_id": "log", "observability.hostile_id": "log",
		"observability.logs": "log", "observability.metrics": "metrics", "observability.latency": "metrics", "observability.cardinality": "metrics",
		"observability.alerts": "metrics", "observability.alert_names": "metrics", "parity.compression": "compress", "parity.trust_proxy": "proxies",
		"parity.keep_alive": "timeouts", "parity.timeouts": "timeouts", "parity.body_limit": "bodies",
	}
}
