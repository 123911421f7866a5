package gateway

import (
	"cmp"
	"crypto/tls"
	"net/url"
	"time"

	"listo/harden"
)

// Config is what gateway.yaml says, checked. Its keys are the names of the fields in snake case; those of Harden stand at the top level.
type Config struct {
	// Version is the format of the file: 1.
	Version int
	// Listen is the public address, host:port.
	Listen string
	// Admin is the address of /metrics, /healthz and /readyz, host:port. It belongs where strangers cannot reach it.
	Admin string
	TLS   TLS
	// Upstream is the service behind.
	Upstream Upstream
	Ready    Ready
	Errors   Errors
	// Routes are the paths of the service that are known, with their methods; empty: none is.
	Routes Routes
	// Log is where the access log goes: "json" (the default) writes it, "none" does not.
	Log string
	// Drain is how long connections are still taken after the order to stop, while /readyz already says no; 0: 1 s.
	Drain time.Duration
	// Harden holds the cures.
	Harden harden.Config

	pair *tls.Certificate
	ca   []byte
}

// TLS names the files of a certificate; without both there is no TLS. They are read again at each reload.
type TLS struct {
	Certificate string // chain, PEM
	Key         string // PEM
}

// Upstream is the service behind the gateway.
type Upstream struct {
	// URL is scheme, host and port: "http://127.0.0.1:3000".
	URL string
	// Host is what the service reads in Host. Empty: what the client asked for if Hosts says which names are ours, else the URL's own: a name
	// that a stranger chose is not for links in e-mails.
	Host string
	// CA is a PEM file of the authorities that may sign the service's certificate; empty: the system's.
	CA      string
	Connect time.Duration // to open a connection; 0: 2 s
	Answer  time.Duration // from the request to the head of the answer; 0: 30 s
	Silence time.Duration // between two bytes of an answer or of a WebSocket; 0: 5 min
	// Idle is how long an unused connection is kept; 0: 4 s. It must be less than the service's own: Node's is 5 s.
	Idle        time.Duration
	HeaderBytes int // of an answer; 0: 64 KiB
	Breaker     Breaker
}

// Breaker says when a service that fails is left alone.
type Breaker struct {
	Failures int           // in a row; 0: 5
	Open     time.Duration // until one request may try again; 0: 5 s
}

// Ready is what /readyz asks for beside the gateway's own state.
type Ready struct {
	// Path is asked of the service, which must answer below 400; empty: the service only has to take a connection.
	Path string
	// Database is a PostgreSQL address that must answer a query on a connection of its own; empty: none is asked.
	Database string
}

// filled gives u with what is left out.
func (u Upstream) filled() Upstream {
	u.Connect = cmp.Or(u.Connect, 2*time.Second)
	u.Answer = cmp.Or(u.Answer, 30*time.Second)
	u.Silence = cmp.Or(u.Silence, 5*time.Minute)
	u.Idle = cmp.Or(u.Idle, 4*time.Second)
	u.HeaderBytes = cmp.Or(u.HeaderBytes, 64<<10)
	u.Breaker.Failures = cmp.Or(u.Breaker.Failures, 5)
	u.Breaker.Open = cmp.Or(u.Breaker.Open, 5*time.Second)
	return u
}

// target is the checked URL.
func (u Upstream) target() *url.URL {
	target, err := url.Parse(u.URL)
	if err != nil {
		return &url.URL{}
	}
	return &url.URL{Scheme: target.Scheme, Host: target.Host}
}
