//go:build disease

package disease_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gastos/internal/auth"
)

// securityChecks are the checks that the diseases of security turn red.
func securityChecks() []string {
	return []string{"security.headers", "security.csp", "security.hsts", "security.cors", "security.size_limit", "security.tokens", "security.keys", "security.tenants", "security.roles", "security.assignment", "security.injection", "security.exposed", "security.rate_limit",
		"security.framing", "security.requests", "security.trust", "security.slow"}
}

const frontendOrigin = "http://localhost:5173"

// carries demands a header in the answer to a request without a token.
func carries(path string, status int, name, value string, headers ...string) func(*patient) {
	return func(p *patient) {
		r := p.ask(p.t.Context(), "GET", path, "", "", headers...)
		if got := r.header.Get(name); r.status != status || got != value {
			p.t.Errorf("%s: %d with %s %q, want %d with %q", path, r.status, name, got, status, value)
		}
	}
}

// fails makes the service answer 500: its table is away for a moment.
func fails(look func(reply)) func(*patient) {
	return func(p *patient) {
		if _, err := p.watcher.Exec(p.t.Context(), `alter table empresas rename to empresas_away`); err != nil {
			p.t.Fatal(err)
		}
		r := p.ask(p.t.Context(), "GET", "/api/empresas", signed(key), "")
		if _, err := p.watcher.Exec(p.t.Context(), `alter table empresas_away rename to empresas`); err != nil {
			p.t.Fatal(err)
		}
		if r.status != 500 {
			p.t.Errorf("%d", r.status)
		}
		look(r)
	}
}

func overTLS(path string) func(*patient) {
	return func(p *patient) {
		r := httptest.NewRequest("GET", path, nil)
		r.TLS = &tls.ConnectionState{}
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, r)
		if w.Code < 400 || w.Header().Get("Strict-Transport-Security") != "" {
			p.t.Errorf("%d with %q", w.Code, w.Header())
		}
	}
}

// posts sends a body; 0 means that no answer came.
func posts(body io.Reader, length int64, want int) func(*patient) {
	return func(p *patient) {
		r, err := http.NewRequestWithContext(p.t.Context(), "POST", p.url+"/api/gastos", body)
		if err != nil {
			p.t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Authorization", "Bearer "+signed(key))
		r.Header.Set("Content-Type", "application/json")
		status := 0
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
			status = response.StatusCode
		}
		if status != want {
			p.t.Errorf("%d, want %d", status, want)
		}
	}
}

// gets demands a status of a request with a token.
func gets(path, token string, want int) func(*patient) {
	return func(p *patient) {
		if r := p.ask(p.t.Context(), "GET", path, token, ""); r.status != want {
			p.t.Errorf("%s: %d, want %d", path, r.status, want)
		}
	}
}

// old is a token of the service that expired an hour ago; of names its user.
func old() string {
	token, _, err := auth.NewTokens([]byte(key), func() time.Time { return time.Now().Add(-2 * time.Hour) }).Issue(1)
	if err != nil {
		panic(err)
	}
	return token
}

func of(user string) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "gastos", "sub": user,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(key))
	if err != nil {
		panic(err)
	}
	return token
}

// hammered sends requests of user 1 until one is refused, or too many.
func hammered(p *patient, headers func(i int) []string) (refused reply, after int) {
	const most = 2000
	for i := range most {
		if r := p.ask(p.t.Context(), "GET", "/api/me", signed(key), "", headers(i)...); r.status == 429 {
			return r, i
		}
	}
	return reply{}, most
}

func none(int) []string { return nil }

func neverRefused(headers func(int) []string) func(*patient) {
	return func(p *patient) {
		if r, after := hammered(p, headers); r.status != 0 {
			p.t.Errorf("refused after %d", after)
		}
	}
}

// securitySymptoms shows, from the outside, that each disease does what it says.
func securitySymptoms() map[string]func(*patient) {
	large := strings.Repeat("x", 70_000)
	crossing := func(origin, allowed string) func(*patient) {
		return carries("/healthz", 200, "Access-Control-Allow-Origin", allowed, "Origin", origin)
	}
	return map[string]func(*patient){
		"headers-not-on-404": both(carries("/nothing", 404, "X-Content-Type-Options", ""), carries("/healthz", 200, "X-Content-Type-Options", "nosniff")),
		"headers-not-on-500": fails(func(r reply) {
			if r.header.Get("Referrer-Policy") != "" {
				panic("a failure with its headers")
			}
		}),
		"nosniff-missing": carries("/healthz", 200, "X-Content-Type-Options", ""),
		"referrer-unsafe": carries("/healthz", 200, "Referrer-Policy", "unsafe-url"),
		"opener-missing":  carries("/healthz", 200, "Cross-Origin-Opener-Policy", ""),
		"frame-options-twice": func(p *patient) {
			if got := p.ask(p.t.Context(), "GET", "/", "", "").header.Values("X-Frame-Options"); len(got) != 2 {
				p.t.Errorf("%q", got)
			}
		},
		"data-cacheable": func(p *patient) {
			if r := p.ask(p.t.Context(), "GET", "/api/me", signed(key), ""); r.status != 200 || r.header.Get("Cache-Control") != "" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"xss-auditor-on": carries("/healthz", 200, "X-XSS-Protection", "1; mode=block"),
		"headers-not-on-400": func(p *patient) {
			if r := p.ask(p.t.Context(), "GET", "/api/gastos/x", signed(key), ""); r.status != 400 || r.header.Get("Referrer-Policy") != "" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"cors-not-on-413": func(p *patient) {
			r := p.ask(p.t.Context(), "POST", "/api/gastos", signed(key), large, "Origin", frontendOrigin, "Content-Type", "application/json")
			if r.status != 413 || r.header.Get("Access-Control-Allow-Origin") != "" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"cors-not-on-500": func(p *patient) {
			if _, err := p.watcher.Exec(p.t.Context(), `alter table empresas rename to empresas_away`); err != nil {
				p.t.Fatal(err)
			}
			r := p.ask(p.t.Context(), "GET", "/api/empresas", signed(key), "", "Origin", frontendOrigin)
			if _, err := p.watcher.Exec(p.t.Context(), `alter table empresas_away rename to empresas`); err != nil {
				p.t.Fatal(err)
			}
			if r.status != 500 || r.header.Get("Access-Control-Allow-Origin") != "" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"cors-echoes-method": func(p *patient) {
			r := p.ask(p.t.Context(), "OPTIONS", "/api/me", "", "", "Origin", frontendOrigin, "Access-Control-Request-Method", "BREW")
			if r.header.Get("Access-Control-Allow-Methods") != "BREW" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"cors-private-network": func(p *patient) {
			r := p.ask(p.t.Context(), "OPTIONS", "/api/me", "", "", "Origin", "https://evil.example", "Access-Control-Request-Private-Network", "true")
			if r.header.Get("Access-Control-Allow-Private-Network") != "true" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"cors-open-when-unset": crossing("https://evil.example", "https://evil.example"),
		"csp-unsafe-inline": func(p *patient) {
			if got := p.ask(p.t.Context(), "GET", "/", "", "").header.Get("Content-Security-Policy"); !strings.Contains(got, "'unsafe-inline'") {
				p.t.Errorf("%q", got)
			}
		},
		"csp-report-only":    carries("/", 200, "Content-Security-Policy", ""),
		"hsts-over-http":     carries("/", 200, "Strict-Transport-Security", "max-age=31536000"),
		"hsts-not-on-errors": overTLS("/nothing"),
		"cors-reflects":      both(crossing("https://evil.example", "https://evil.example"), crossing(frontendOrigin, frontendOrigin)),
		"cors-ends-with":     both(crossing("http://evil-localhost:5173", "http://evil-localhost:5173"), crossing("https://evil.example", "")),
		"cors-null":          both(crossing("null", "null"), crossing("https://evil.example", "")),
		"cors-without-vary":  carries("/healthz", 200, "Vary", "", "Origin", frontendOrigin),
		"size-chunked-unlimited": both(posts(struct{ io.Reader }{strings.NewReader(large)}, -1, 422),
			posts(strings.NewReader(large), int64(len(large)), 413)),
		"size-cut-off":           posts(strings.NewReader(large), int64(len(large)), 0),
		"token-expired-accepted": gets("/api/me", old(), 200),
		"token-in-query":         both(gets("/api/me?access_token="+signed(key), "", 200), gets("/api/me", "", 401)),
		"tenant-unchecked-route": both(gets("/api/gastos/2", of("3"), 200), gets("/api/gastos?empresaId=2", of("3"), 403)),
		"route-without-token":    both(gets("/api/usuarios/5", "", 200), gets("/api/me", "", 401)),
		"git-served":             gets("/.git/HEAD", "", 200),
		"version-told":           carries("/healthz", 200, "Server", "gastos/1.4.2 (Go 1.26)"),
		"rate-none":              neverRefused(none),
		"rate-by-header":         neverRefused(func(i int) []string { return []string{"X-Forwarded-For", time.Duration(i).String()} }),
		"rate-shared": func(p *patient) {
			hammered(p, none)
			gets("/api/me", of("4"), 429)(p)
		},
		"rate-retry-after-missing": func(p *patient) {
			if r, _ := hammered(p, none); r.status != 429 || r.header.Get("Retry-After") != "" {
				p.t.Errorf("%d %v", r.status, r.header)
			}
		},
		"rate-retry-after-lies": func(p *patient) {
			r, _ := hammered(p, none)
			time.Sleep(1100 * time.Millisecond) // as the answer says
			if r.header.Get("Retry-After") != "1" {
				p.t.Errorf("%v", r.header)
			}
			gets("/api/me", signed(key), 429)(p)
		},
	}
}
