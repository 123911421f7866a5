package harden

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config says what a hardened server allows. What is left out is refused, or has the limit that its comment names.
type Config struct {
	// API holds the path prefixes of the API ("/api/"): there errors of the application become problem+json, answers are not
	// stored and no answer is a document. Everything else is the frontend, whose bytes are never changed.
	API []string
	// Hosts holds the names that a request may ask for, with port where one is written; empty allows any well-formed one.
	Hosts     []string
	Origins   Origins
	Headers   Headers
	Proxies   Proxies
	Requests  Requests
	Bodies    Bodies
	Timeouts  Timeouts
	Conns     Conns
	Rate      Rate
	Shed      Shed
	Compress  Compress
	Health    Health
	Metrics   Metrics
	AccessLog *slog.Logger // nil writes no access log
	// Identify tells who asks, for limits per principal; nil or "" is nobody. It must not trust what it did not verify.
	Identify func(*http.Request) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Origins is CORS: which origins a browser may let read the answers. Exact origins only.
type Origins struct {
	// Allow holds exact origins ("https://app.example"); "*", "null", patterns and anything with a path are refused by New.
	Allow       []string
	Credentials bool          // allow cookies and HTTP authentication
	Methods     []string      // of preflights; empty: GET, HEAD, POST
	Headers     []string      // of preflights; empty: Content-Type, Authorization
	Expose      []string      // readable by scripts, beside X-Request-Id, Retry-After and the RateLimit headers
	MaxAge      time.Duration // of a preflight in the browser's cache; 0: 10 minutes
}

// Headers is what browsers are told on every answer.
type Headers struct {
	// Pages and API are the Content-Security-Policy of the frontend and of the API. Empty: for pages one that allows the own origin's
	// files only, for the API "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'".
	Pages, API string
	// ReportOnly is a stricter policy for pages that is tried and not enforced; empty sends none.
	ReportOnly string
	// Permissions is the Permissions-Policy; empty denies every feature that asks a person.
	Permissions string
	// Referrer is the Referrer-Policy; empty: no-referrer.
	Referrer string
	// HSTS is the max-age of Strict-Transport-Security, sent over TLS only (RFC 6797, section 7.2); 0: one year.
	HSTS              time.Duration
	IncludeSubDomains bool
	Preload           bool
	// CrossOrigin is the Cross-Origin-Resource-Policy; empty: same-origin. Opener policy is always same-origin.
	CrossOrigin string
}

// Proxies says whose word about the client is believed.
type Proxies struct {
	// Trusted holds the networks of our own proxies; X-Forwarded-For is read from the right to the first address outside of them. A prefix
	// of length 0 (everybody) is refused by New.
	Trusted []netip.Prefix
}

// Requests bounds what a request may look like before anything reads it.
type Requests struct {
	Methods     []string // served at all; empty: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
	MostHeaders int      // fields; 0: 100
	HeaderBytes int      // 0: 16 KiB
	TargetBytes int      // of the request target; 0: 8 KiB
	// WebSockets holds the paths where an Upgrade: websocket of an allowed origin passes; any other upgrade is dropped.
	WebSockets []string
}

// Bodies bounds request bodies. A body is held whole before the application sees the request.
type Bodies struct {
	Most   int64         // bytes; 0: 1 MiB
	Within time.Duration // from headers to the last byte; 0: 10 s
	// Routes holds other limits by path prefix; the longest prefix wins.
	Routes map[string]int64
	// Streams holds the path prefixes whose bodies are not held whole: they pass as they come, still counted.
	Streams []string
	// Memory bounds the bytes of all bodies held at one time; 0: 64 MiB. Beyond it a request is refused with 503.
	Memory int64
}

// Timeouts bounds connections in time.
type Timeouts struct {
	Header time.Duration // for the request's headers; 0: 5 s
	Write  time.Duration // without progress while the answer is written; 0: 30 s
	Idle   time.Duration // between requests; 0: 75 s
	Stop   time.Duration // for requests under way when the server stops; 0: 15 s
}

// Conns caps connections.
type Conns struct {
	Most      int // 0: 10,000
	PerClient int // of one address (IPv6: one /64); 0: 200. Trusted proxies are not capped by address.
}

// Rate is the rate limit. Without classes nothing is limited.
type Rate struct {
	// Classes are tried in turn; each request counts in the first whose prefix and methods match.
	Classes []RateClass
	// Limiter decides; nil is one in this process's memory.
	Limiter Limiter
	// Preflight is the quota of preflights of one client; the zero value is 300 a minute. They never spend another quota.
	Preflight Quota
	// OnFailure says what happens when a shared Limiter cannot answer: "local" (the default: a limiter in memory), "open" or "closed".
	OnFailure string
	// Legacy adds X-RateLimit-* headers.
	Legacy bool
}

// RateClass is the quota of a class of routes, for each client and for each principal.
type RateClass struct {
	Name     string
	Prefixes []string // of the canonical path; empty: every path
	Methods  []string // empty: every method
	Client   Quota    // per address; the zero Quota does not limit
	User     Quota    // per principal; the zero Quota does not limit
}

// Quota is a number of requests in a window, all of which may come at once.
type Quota struct {
	Requests int
	Window   time.Duration
}

// Limiter counts requests by key. It must be safe for concurrent use.
type Limiter interface {
	// Take spends one request of the quota of key. An error means that the limiter could not decide.
	Take(ctx context.Context, key string, q Quota, now time.Time) (Decision, error)
}

// Decision is a limiter's answer.
type Decision struct {
	Allowed    bool
	Remaining  int           // requests left now
	Reset      time.Duration // until the quota is whole again
	RetryAfter time.Duration // until one request is allowed; 0 when Allowed
}

// Shed refuses with 503 what the application has no room for.
type Shed struct {
	InFlight int           // requests in the application at one time; 0: 512
	Wait     time.Duration // a request may wait for room; 0: none
}

// Compress compresses answers that the client takes compressed.
type Compress struct {
	Off bool
	// Least is the size below which nothing is compressed, bytes; 0: 1 KiB.
	Least int
	// Secrets holds path prefixes whose answers mix secrets with what the client sent: never compressed (BREACH).
	Secrets []string
}

// Health is /healthz (the process lives) and /readyz (it can serve) on the admin handler.
type Health struct {
	// Ready holds what must hold, by name ("database"); each gets Timeout.
	Ready   map[string]func(context.Context) error
	Timeout time.Duration // 0: 1 s
	// Public serves /healthz and /readyz on the public handler too, without the names of the checks.
	Public bool
}

// Metrics is what is counted, in the exposition format of Prometheus, with the names of OpenTelemetry's HTTP conventions.
type Metrics struct {
	// Budget is the latency budget: the histogram has an edge exactly there; 0: 200 ms.
	Budget time.Duration
	// Route names the route of a request, with few distinct values; nil uses the class of the rate limit or "other".
	Route func(*http.Request) string
}

// ConfigError is what is wrong with one field of a Config, named as in Go ("Origins.Allow[1]").
type ConfigError struct {
	Field   string
	Problem string
}

func (e *ConfigError) Error() string { return "harden: " + e.Field + ": " + e.Problem }

// Check says everything that is wrong with c, as ConfigErrors joined; nil when New accepts it.
func (c Config) Check() error { return errors.Join(c.faults()...) }
