// Package config reads the environment of the service.
//
// It knows every variable by name, what makes its value well formed, and which are
// secret. It does not know what the values are used for. Its errors name the
// variable and never quote the value.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Lookup finds a variable of the environment; os.LookupEnv is one.
type Lookup func(name string) (value string, set bool)

// Serve is what `gastos serve` needs.
type Serve struct {
	DatabaseURL Secret
	JWTSecret   Secret
	// PoolSize is the number of database connections of this process, exactly.
	PoolSize   int32
	ListenHost string
	Port       uint16
	// AdminPort is where /metrics is, for the operator's network only; 0 is nowhere.
	AdminPort uint16
	// FrontendOrigin is the one origin that CORS lets in; empty lets nobody in.
	FrontendOrigin string
	FrontendDir    string
	// CertificateFile and KeyFile (PEM) make the service speak TLS; without them it
	// speaks plain http, for a proxy of its own machine.
	CertificateFile string
	KeyFile         string
	HTTP            HTTP
}

// HTTP is how the server deals with those who call it.
type HTTP struct {
	// BodyLimit is the most bytes of a request's body.
	BodyLimit int64
	// HeaderTimeout bounds reading the head of a request, ReadTimeout all of a
	// request, WriteTimeout the answer, IdleTimeout the wait for the next request. A
	// load balancer that keeps connections must give up before IdleTimeout does.
	HeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	// Proxies are those whose X-Forwarded-For is believed; none believes nobody.
	Proxies []netip.Prefix
}

// DefaultHTTP is what holds when the environment says nothing.
func DefaultHTTP() HTTP {
	return HTTP{BodyLimit: 64 << 10, HeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 35 * time.Second}
}

// Migrate is what `gastos migrate` needs.
type Migrate struct {
	DatabaseURL Secret
	AppRole     string
}

// Seed is what `gastos seed` needs.
type Seed struct {
	DatabaseURL Secret
	Password    Secret
}

// minSecret is the length in bytes under which a key of HS256 is refused: the size
// of the hash (RFC 7518, section 3.2).
const minSecret = 32

// ReadServe reads the variables of `gastos serve`. It reports every fault at once.
func ReadServe(lookup Lookup) (Serve, error) {
	v := reader{lookup: lookup}
	c := Serve{
		DatabaseURL:    v.databaseURL(),
		JWTSecret:      v.secret("JWT_SECRET", minSecret),
		PoolSize:       int32(v.integer("CONNECTION_POOL_SIZE", 1, 10_000)),
		Port:           uint16(v.integer("PORT", 1, 65_535)),
		AdminPort:      uint16(v.integerOr("ADMIN_PORT", 0, 1, 65_535)),
		ListenHost:     v.optional("LISTEN_HOST", "127.0.0.1"),
		FrontendOrigin: v.origin("FRONTEND_BASE_URL_DEV"),
		FrontendDir:    v.optional("FRONTEND_DIR", "frontend/dist"),
		HTTP:           v.http(),
	}
	c.CertificateFile, c.KeyFile = v.pair("TLS_CERT_FILE", "TLS_KEY_FILE")
	return c, errors.Join(v.faults...)
}

// ReadMigrate reads the variables of `gastos migrate`.
func ReadMigrate(lookup Lookup) (Migrate, error) {
	v := reader{lookup: lookup}
	c := Migrate{DatabaseURL: v.databaseURL(), AppRole: v.role("APP_ROLE", "gastos_app")}
	return c, errors.Join(v.faults...)
}

// ReadSeed reads the variables of `gastos seed`.
func ReadSeed(lookup Lookup) (Seed, error) {
	v := reader{lookup: lookup}
	c := Seed{DatabaseURL: v.databaseURL(), Password: v.secret("SEED_PASSWORD", 8)}
	return c, errors.Join(v.faults...)
}

// reader collects the faults of the variables it reads.
type reader struct {
	lookup Lookup
	faults []error
}

func (v *reader) fault(name, format string, args ...any) {
	v.faults = append(v.faults, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
}

func (v *reader) optional(name, otherwise string) string {
	if value, _ := v.lookup(name); value != "" {
		return value
	}
	return otherwise
}

// pair reads two variables of which neither makes sense without the other.
func (v *reader) pair(name, other string) (string, string) {
	first, second := v.optional(name, ""), v.optional(other, "")
	switch {
	case first != "" && second == "":
		v.fault(other, "not set, but %s is: set both or neither", name)
	case first == "" && second != "":
		v.fault(name, "not set, but %s is: set both or neither", other)
	}
	return first, second
}

func (v *reader) required(name string) (string, bool) {
	value, _ := v.lookup(name)
	if value == "" {
		v.fault(name, "not set: set it in the environment, see .env.example")
	}
	return value, value != ""
}

func (v *reader) secret(name string, least int) Secret {
	value, ok := v.required(name)
	if ok && len(value) < least {
		v.fault(name, "shorter than %d bytes: use a longer one", least)
	}
	return Secret(value)
}

func (v *reader) integer(name string, least, most int) int {
	if _, ok := v.required(name); !ok {
		return 0
	}
	return v.integerOr(name, 0, least, most)
}

// integerOr is integer for a variable that may be empty.
func (v *reader) integerOr(name string, otherwise, least, most int) int {
	value, _ := v.lookup(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		v.fault(name, "not an integer from %d to %d: correct it", least, most)
		return 0
	}
	return n
}

func (v *reader) databaseURL() Secret {
	const name = "DATABASE_URL"
	value, ok := v.required(name)
	if !ok {
		return ""
	}
	// The parser's own error may quote the URL, and the URL holds a password.
	if _, err := pgxpool.ParseConfig(value); err != nil {
		v.fault(name, "not a PostgreSQL connection string: write postgres://user:password@host:port/database")
	}
	return Secret(value)
}

// origin turns a base URL into an origin (RFC 6454): scheme, host and port.
func (v *reader) origin(name string) string {
	value, _ := v.lookup(name)
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		v.fault(name, "not an origin: write scheme://host[:port], nothing behind it")
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (v *reader) role(name, otherwise string) string {
	value := v.optional(name, otherwise)
	if !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`).MatchString(value) {
		v.fault(name, "not a plain role name: use lower-case letters, digits and _")
	}
	return value
}
