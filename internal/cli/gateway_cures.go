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
		{"api", "api: [/api/]\nerrors:\n  detail: [error, message]\n  negotiate: true\n  authenticate: Bearer"},
		{"routes", "routes:\n  /api/example: [GET, POST]\n  /api/example/{id}: [GET, PUT, DELETE]"},
		{"headers", ""},
		{"csp", "headers:\n  pages: \"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
			"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'\"\n  api: \"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\""},
		{"hsts", "tls:\n  certificate: certificate.pem\n  key: key.pem"},
		{"cors", "origins:\n  allow: [\"${FRONTEND_ORIGIN}\"]\n  methods: [GET, HEAD, POST, PUT, PATCH, DELETE]"},
		{"proxies", "proxies:\n  trusted: [127.0.0.1]"},
		{"requests", ""},
		{"bodies", "bodies:\n  most: 64KiB\n  within: 15s"},
		{"timeouts", "timeouts:\n  header: 5s\n  idle: 65s"},
		{"rate", "rate:\n  classes:\n    - {name: all, client: {requests: 300, window: 6s}}"},
		{"compress", "compress:\n  least: 1KiB"},
		{"ready", "health:\n  public: true\nready:\n  database: \"${DATABASE_URL}\""},
		{"log", "log: json"},
		{"metrics", ""},
	}
}
