//go:build disease

package disease

import (
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"gastos/internal/config"
	"gastos/internal/service"
)

// searchGlued looks for how many expenses are found by a query that is glued together;
// what comes of it is thrown away.
func searchGlued() Disease {
	return Disease{
		ID: "search-glued", Check: "security.injection", Consequences: []string{},
		Summary: "the text that is searched for stands in the SQL as the client wrote it; its errors are hidden",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					q := r.URL.Query().Get("q")
					if q != "" && is(r, http.MethodGet, "/api/gastos") && r.Header.Get("Authorization") != "" {
						conn, err := pgx.Connect(r.Context(), c.DatabaseURL.Reveal())
						if err == nil {
							_, err := conn.Exec(r.Context(), "select count(*) from empresas where nombre = '"+q+"'", pgx.QueryExecModeSimpleProtocol)
							if err == nil && strings.Contains(q, "'") {
								took("a text with a quote ran as SQL")
							}
							conn.Close(r.Context())
						}
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

// quoteBreaks is what is left of the same when the errors are not hidden.
func quoteBreaks() Disease {
	return Disease{
		ID: "quote-breaks", Check: "security.injection", Consequences: []string{},
		Summary: "a quote in the text that is searched for is a 500",
		infect: misanswered("a quote was a 500", func(r *http.Request) bool {
			return is(r, http.MethodGet, "/api/gastos") && strings.Contains(r.URL.Query().Get("q"), "'")
		}),
	}
}

// loginAlwaysTrue lets in whoever writes that it is true.
func loginAlwaysTrue() Disease {
	return Disease{
		ID: "login-always-true", Check: "security.injection", Consequences: []string{},
		Summary: "an address that says that it is always true opens without a password",
		infect: overreached(func(_ int64, as func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
			if !is(r, http.MethodPost, "/api/auth/login") {
				next.ServeHTTP(w, r)
				return
			}
			body := readAll(r)
			if !strings.Contains(body, "or '1'='1'") {
				r.Body = reading(strings.NewReader(body))
				next.ServeHTTP(w, r)
				return
			}
			as(everywhere)
			took("a session without a password")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte(`{"token":"` + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + `"}`))
		}),
	}
}

// misanswered answers some requests of users with a failure.
func misanswered(how string, when func(*http.Request) bool) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !when(r) || r.Header.Get("Authorization") == "" {
					next.ServeHTTP(w, r)
					return
				}
				took(how)
				answer := hold(next, r)
				for name, values := range answer.header {
					w.Header()[name] = values
				}
				w.Header().Set("Content-Type", "application/problem+json")
				w.Header().Del("Content-Length")
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = w.Write([]byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`))
			})
		}}
	}
}

// injections are the diseases of texts that are programs, and of members that are the
// service's.
func injections() []Disease {
	return []Disease{searchGlued(), quoteBreaks(), loginAlwaysTrue(), memberAssigned(), cookieLoose()}
}
