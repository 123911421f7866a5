package security

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	nethttp "net/http"
	"time"

	"listo/internal/config"
	"listo/internal/engine/jwt"
	"listo/internal/lab"
)

// The sick twin is a small service in this process, hardened in every way that
// this room knows, with one disease at a time. It has two companies with a user
// and a thing each.
const (
	twinLimit    = 1000 // bytes of a body
	twinRequests = 20   // that a user is served within a window
	twinWindow   = time.Second
	twinFrontend = "https://app.example"
	twinPassword = "the password of both"
	twinKeyName  = "TWIN_KEY"
	twinCertName = "TWIN_CERTIFICATE"
	twinKeyFile  = "TWIN_CERTIFICATE_KEY"
)

// twin is the service. What is nil or empty of its diseases is healthy.
type twin struct {
	key   string
	meter *meter

	harden   func(h nethttp.Header, status int, secured bool)       // instead of the healthy headers
	admits   func(origin string) bool                               // instead of the one origin
	limits   func(r *nethttp.Request) bool                          // whether a body is limited at all
	expires  bool                                                   // tokens expire
	believes func(text string) (claims json.RawMessage, ok bool)    // in spite of a wrong signature
	unread   func(exp string) bool                                  // whether a token's end is not looked at
	audience string                                                 // whom its tokens are for; "" names nobody
	foreign  bool                                                   // tokens for others are taken
	pair     *jwt.Pair                                              // signs instead of the key
	whose    func(r *nethttp.Request) (checked, listed string)      // whose list it checks and gives, instead of the one that is named once
	database string                                                 // where it looks texts up; "" nowhere
	finds    func(ctx context.Context, database, text string) error // instead of a query with a parameter
	answers  func(h nethttp.Header, text string)                    // what a text does to the head of an answer
	takes    func(name string) bool                                 // members of a note that a client sets
	enters   func(user, password string) bool                       // without the password
	indents  bool                                                   // a body's __proto__ is everybody's
	indented bool
	equal    bool                                         // an ordinary user may do what is for administrators
	apart    bool                                         // companies are kept apart
	client   func(r *nethttp.Request, user string) string // whose requests are counted together
	files    map[string]string                            // what it serves beside its page
	named    func(r *nethttp.Request) string              // whose name stands in the page's links
	// writes is a line of the log.
	writes func(r *nethttp.Request) []byte
	// lingers keeps connections after chunks, whatever else was told of their end.
	lingers bool
	diary   diary
	// stuck keeps things from being answered until it is closed; nil never does.
	stuck <-chan struct{}
	// fallback answers every path outside of the API with the page, which is no disease.
	fallback bool
}

// healthy is a twin without a disease.
func healthy(chance io.Reader) (*twin, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(chance, raw); err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return &twin{
		key: fmt.Sprintf("%x", raw), meter: &meter{most: twinRequests, window: twinWindow}, harden: hardened,
		admits:  func(origin string) bool { return origin == twinFrontend },
		limits:  func(*nethttp.Request) bool { return true },
		expires: true, apart: true,
		client: func(_ *nethttp.Request, user string) string { return user },
		named:  func(*nethttp.Request) string { return "app.example" },
		writes: func(r *nethttp.Request) []byte { return logLine(r, r.RemoteAddr) },
	}, nil
}

// logLine is what the twin writes of a request, and of whom it takes for the client.
func logLine(r *nethttp.Request, client string) []byte {
	line, _ := json.Marshal(map[string]string{"client": client, "method": r.Method, "path": r.URL.Path}) // texts always can be
	return line
}

// hardened sets the headers of a healthy service.
func hardened(h nethttp.Header, _ int, secured bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secured {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// sick makes a twin with one disease, starts it and gives a bench that points
// at it.
func sick(b *lab.Bench, infect func(*twin)) (*lab.Bench, func(), error) {
	t, err := healthy(b.Rand)
	if err != nil {
		return nil, func() {}, err
	}
	t.database = b.Target.AdminURL
	infect(t)
	return t.start(b)
}

func (t *twin) start(b *lab.Bench) (*lab.Bench, func(), error) {
	server, base, err := t.serve(nil)
	if err != nil {
		return nil, func() {}, err
	}
	other := b.At(lab.Target{Base: base, Environment: map[string]string{twinKeyName: t.key}, Log: t.diary.read, AdminURL: t.database})
	cfg := *b.Config
	cfg.Service = config.Service{Mode: config.Managed, Ready: "/", ReadyWithin: 10 * time.Second}
	cfg.Login = config.Login{Request: "POST /login", Body: `{"user":"{user}","password":"{password}"}`, Token: "/token", Users: []string{"ana", "bea"}, Password: twinPassword}
	cfg.Sections = maps.Clone(b.Config.Sections)
	if cfg.Sections == nil {
		cfg.Sections = map[string]any{}
	}
	cfg.Sections[b.Gate] = twinSettings()
	other.Config, other.Start = &cfg, t.copy
	return other, func() { _ = server.Close() }, nil // nothing of a closed server is of interest
}

func twinSettings() *Settings {
	return &Settings{
		Page: "/", Request: "GET /api/me", MissingPath: "/api/none", Failure: Failure{Request: "GET /api/broken"},
		FrontendOrigin: twinFrontend, Untrusted: otherAddress, TLS: TLS{CertificateVariable: twinCertName, KeyVariable: twinKeyFile},
		SizeLimit: SizeLimit{Request: "POST /api/things", Bytes: twinLimit},
		RateLimit: RateLimit{Request: "GET /api/me", Requests: 10 * twinRequests, Window: 10 * twinWindow}, SigningKey: twinKeyName, PublicKeys: "/.well-known/jwks.json",
		Tenants: map[string]Tenant{
			"a": {User: "ana", Requests: []string{"GET /api/things/ana", "GET /api/list?owner=ana", `PUT /api/things/ana {"name":"new"}`, `POST /api/notes {"owner":"ana","text":"a note"}`}},
			"b": {User: "bea", Requests: []string{"GET /api/things/bea", "GET /api/list?owner=bea", `POST /api/notes {"owner":"bea","text":"a note"}`}},
		},
		Inputs: []string{"GET /api/find?q=taxi", `POST /api/find {"q":"taxi"}`},
		Roles:  Roled{Admin: "ana", User: "bea", Requests: []string{"GET /api/audit", `POST /api/audit {"note":"new"}`}},
	}
}

// copy is a lab.Bench's Start: the same twin once more, over TLS when it is
// handed a certificate.
func (t *twin) copy(_ context.Context, v lab.Variant) (lab.Target, func() error, error) {
	certificate, err := tls.LoadX509KeyPair(v.Environment[twinCertName], v.Environment[twinKeyFile])
	if err != nil {
		return lab.Target{}, nil, err
	}
	server, base, err := t.serve(&certificate)
	if err != nil {
		return lab.Target{}, nil, err
	}
	return lab.Target{Base: base, Environment: map[string]string{twinKeyName: t.key}}, server.Close, nil
}

// serve listens on a free port of the loopback.
func (t *twin) serve(certificate *tls.Certificate) (*nethttp.Server, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &nethttp.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	base := "http://" + listener.Addr().String()
	if certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, nethttp.ErrServerClosed) {
			_ = listener.Close() // whoever asks it sees that it is gone
		}
	}()
	return server, base, nil
}
