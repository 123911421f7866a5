package security

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"listo/internal/engine/cors"
	"listo/internal/lab"
)

// Settings is the section "security" of listo.yaml. A request is written as
// METHOD /path, with a JSON body behind it where one is needed.
type Settings struct {
	Page           string            `yaml:"page" doc:"path of the page that people open, without a token, e.g. /"`
	Request        string            `yaml:"request" doc:"a request that needs a token and changes nothing, e.g. GET /api/me"`
	MissingPath    string            `yaml:"missing_path" default:"/api/listo-no-such-path" doc:"a path of the API that does not exist"`
	Failure        Failure           `yaml:"failure" doc:"how the service is made to answer 500"`
	BeforeHandlers bool              `yaml:"before_handlers" doc:"true: what the server refuses before any code of the service runs (an address too long) must carry the headers, too; it is shown in any case"`
	FrontendOrigin string            `yaml:"frontend_origin" doc:"the one origin that CORS may let in, e.g. ${FRONTEND_BASE_URL_DEV}"`
	OriginVariable string            `yaml:"origin_variable" doc:"variable by which the service learns that origin; listo starts a copy with it empty, which must let nobody in or not start"`
	TLS            TLS               `yaml:"tls" doc:"how the service learns that a client came over TLS; one of the two ways"`
	SizeLimit      SizeLimit         `yaml:"size_limit" doc:"the largest body that the service takes"`
	RateLimit      RateLimit         `yaml:"rate_limit" doc:"how often one client may ask"`
	Untrusted      string            `yaml:"untrusted" doc:"an address of this machine that no proxy of the service's has, e.g. 127.0.0.2: whoever comes from there must not be believed"`
	SigningKey     string            `yaml:"signing_key" default:"JWT_SECRET" doc:"variable with the key (HS256) of the service's tokens: listo signs an expired one with it"`
	PublicKeys     string            `yaml:"public_keys" default:"/.well-known/jwks.json" doc:"path at which the service publishes the keys (JWK set) of its tokens, where they are signed with a key pair"`
	Tenants        map[string]Tenant `yaml:"tenants" doc:"companies whose data must stay apart, by a name of your choice; two or more"`
	Inputs         []string          `yaml:"inputs" doc:"requests with every parameter and member that takes text, which the first user may make: listo writes programs into each, in turn; writes only on its own clone"`
	Roles          Roled             `yaml:"roles" doc:"what is for administrators only"`
}

// Roled is what only an administrator may do, and who is none.
type Roled struct {
	Admin    string   `yaml:"admin" doc:"an administrator, as the login wants it; the password is login.password"`
	User     string   `yaml:"user" doc:"an ordinary user, of the same company where there are companies"`
	Requests []string `yaml:"requests" doc:"what the administrator may do and the ordinary user may not, as METHOD /path or METHOD /path {\"json\": 1}; tried by the ordinary user first"`
}

// Failure tells how an answer of 500 is provoked.
type Failure struct {
	Request string `yaml:"request" doc:"a request with a token that reads the table, e.g. GET /api/empresas"`
	Table   string `yaml:"table" doc:"table that listo renames for that one request, on the gate's own clone of the database; empty when the request fails by itself"`
}

// TLS tells how the service is reached, or believes to be reached, over TLS.
type TLS struct {
	CertificateVariable string `yaml:"certificate_variable" doc:"variable that names the file with the certificate (PEM); listo starts a copy of the service with one of its own"`
	KeyVariable         string `yaml:"key_variable" doc:"variable that names the file with its key"`
	ForwardedHeader     string `yaml:"forwarded_header" doc:"header by which a trusted proxy tells that the client came over TLS, e.g. \"X-Forwarded-Proto: https\"; listo speaks as that proxy"`
}

// SizeLimit is the declared limit of a body.
type SizeLimit struct {
	Request string `yaml:"request" doc:"a request that takes a JSON body, e.g. POST /api/gastos"`
	Bytes   int    `yaml:"bytes" doc:"the largest body that is taken, in bytes"`
}

// RateLimit is the declared limit of one client.
type RateLimit struct {
	Request  string        `yaml:"request" doc:"the request that is sent again and again; GET"`
	Requests int           `yaml:"requests" doc:"the most requests that one client is served within the window"`
	Window   time.Duration `yaml:"window" doc:"the window, e.g. 10s"`
}

// Tenant is one company: a member, and what only its members may do.
type Tenant struct {
	User string `yaml:"user" doc:"one of its members, as the login wants it; the password is login.password"`
	// Requests are tried by strangers first, in this order, then by the member.
	Requests []string `yaml:"requests" doc:"what its members may do and no stranger may, as METHOD /path or METHOD /path {\"json\": 1}"`
}

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	for key, line := range map[string]string{"request": s.Request, "failure.request": s.Failure.Request,
		"size_limit.request": s.SizeLimit.Request, "rate_limit.request": s.RateLimit.Request} {
		if _, err := parseOrder(line); line != "" && err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	for key, path := range map[string]string{"page": s.Page, "missing_path": s.MissingPath, "public_keys": s.PublicKeys} {
		if path != "" && !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%s wants a path that begins with /", key)
		}
	}
	if s.Failure.Table != "" && !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,40}(\.[A-Za-z_][A-Za-z0-9_]{0,40})?$`).MatchString(s.Failure.Table) {
		return errors.New("failure.table: not the plain name of a table: write it as table or schema.table")
	}
	if s.FrontendOrigin != "" {
		if _, err := cors.Variants(origin(s.FrontendOrigin)); err != nil {
			return fmt.Errorf("frontend_origin: %w", err)
		}
	}
	if s.Untrusted != "" && !address(s.Untrusted).IsLoopback() {
		return errors.New("untrusted: not an address of the loopback: write 127.0.0.2")
	}
	if s.SizeLimit.Bytes < 0 || s.SizeLimit.Bytes > mostSize {
		return fmt.Errorf("size_limit.bytes: listo tries limits of at most %d bytes: write one between", mostSize)
	}
	if s.RateLimit.Requests < 0 || s.RateLimit.Requests > mostRequests || s.RateLimit.Window < 0 || s.RateLimit.Window > longestWindow {
		return fmt.Errorf("rate_limit: listo sends at most %d requests within %v: name a request with a stricter limit", mostRequests, longestWindow)
	}
	for _, line := range s.Inputs {
		if _, err := parseOrder(line); err != nil {
			return fmt.Errorf("inputs: %w", err)
		}
	}
	return errors.Join(s.TLS.validate(), s.validateTenants(), s.Roles.validate())
}

func (r Roled) validate() error {
	if r.Admin != "" && r.Admin == r.User {
		return errors.New("roles: the administrator and the user are one: name two")
	}
	for _, line := range r.Requests {
		if _, err := parseOrder(line); err != nil {
			return fmt.Errorf("roles.requests: %w", err)
		}
	}
	return nil
}

func (t TLS) validate() error {
	byFile := t.CertificateVariable != "" && t.KeyVariable != ""
	switch {
	case (t.CertificateVariable != "") != (t.KeyVariable != ""):
		return errors.New("tls: certificate_variable and key_variable go together: write both")
	case byFile && t.ForwardedHeader != "":
		return errors.New("tls: two ways are one too many: keep the variables or forwarded_header")
	case t.ForwardedHeader != "" && !regexp.MustCompile(`^[A-Za-z0-9-]+: \S.*$`).MatchString(t.ForwardedHeader):
		return errors.New(`tls.forwarded_header: write it as "Name: value"`)
	}
	return nil
}

func (s *Settings) validateTenants() error {
	for name, t := range s.Tenants {
		if t.User == "" || len(t.Requests) == 0 {
			return fmt.Errorf("tenants.%s: a company wants a user and requests", name)
		}
		for _, line := range t.Requests {
			if _, err := parseOrder(line); err != nil {
				return fmt.Errorf("tenants.%s: %w", name, err)
			}
		}
	}
	if len(s.Tenants) == 1 {
		return errors.New("tenants: one company has no strangers: name two")
	}
	return nil
}

// origin makes an origin of a base URL: people end those with a slash.
func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return base
	}
	return strings.TrimSuffix(base, "/")
}

// settings gives the section of listo.yaml.
func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }
