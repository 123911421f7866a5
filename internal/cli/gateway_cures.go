package cli

// remedy is what a gateway does about a failed check. Its lines go into gateway.yaml; without any it is on anyway.
type remedy struct {
	// name is that of the words that say why (gateway.words.yaml).
	name  string
	lines string
}

// remedies are in the order of the file that they make.
func remedies() []remedy {
	return []remedy{
		{"api", "api: [/api/]\nerrors:\n  detail: [error, message]\n  negotiate: true"},
		{"headers", ""},
		{"csp", "headers:\n  pages: \"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
			"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'\"\n  api: \"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\""},
		{"hsts", "tls:\n  certificate: certificate.pem\n  key: key.pem"},
		{"cors", "origins:\n  allow: [\"${FRONTEND_ORIGIN}\"]\n  methods: [GET, HEAD, POST, PUT, PATCH, DELETE]"},
		{"proxies", "proxies:\n  trusted: [127.0.0.1]"},
		{"requests", "hosts: [127.0.0.1, localhost]"},
		{"bodies", "bodies:\n  most: 64KiB\n  within: 15s"},
		{"timeouts", "timeouts:\n  header: 5s\n  idle: 65s"},
		{"rate", "rate:\n  classes:\n    - {name: all, client: {requests: 300, window: 6s}}"},
		{"compress", "compress:\n  least: 1KiB"},
		{"ready", "health:\n  public: true\nready:\n  database: \"${DATABASE_URL}\""},
		{"log", "log: json"},
		{"metrics", ""},
	}
}

// curable says which remedy cures a check. A check that is not here only the service's own code can satisfy: whom it lets see what, what
// it answers, how it uses its database.
func curable() map[string]string {
	return map[string]string{
		"security.headers": "headers", "security.csp": "csp", "security.hsts": "hsts", "security.cors": "cors", "security.rate_limit": "rate",
		"security.size_limit": "bodies", "security.framing": "requests", "security.requests": "requests", "security.trust": "proxies",
		"security.slow": "timeouts", "contracts.errors.shape": "api", "contracts.errors.leak": "api", "contracts.errors.server": "api",
		"contracts.errors.limited": "rate", "observability.healthz": "ready", "observability.readyz": "ready", "observability.recovery": "ready",
		"observability.request_id": "log", "observability.hostile_id": "log", "observability.logs": "log", "observability.metrics": "metrics",
		"observability.latency": "metrics", "observability.cardinality": "metrics", "parity.compression": "compress", "parity.trust_proxy": "proxies",
		"parity.keep_alive": "timeouts", "parity.timeouts": "timeouts", "parity.body_limit": "bodies",
	}
}
