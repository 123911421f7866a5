//go:build disease

package disease

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

func tokenExpiredAccepted() Disease {
	return Disease{
		ID: "token-expired-accepted", Check: "security.tokens", Consequences: []string{},
		Summary: "nobody looks at when a token expires",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				return timeless{healthy, []byte(c.JWTSecret.Reveal()), took}
			}}
		},
	}
}

// timeless verifies a signature and no time.
type timeless struct {
	httpapi.Tokens
	key  []byte
	took func(string)
}

func (t timeless) Verify(token string) (int64, error) {
	if id, err := t.Tokens.Verify(token); err == nil {
		return id, nil
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return 0, auth.ErrToken
	}
	id, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil {
		return 0, auth.ErrToken
	}
	if claims.ExpiresAt != nil && claims.ExpiresAt.Before(time.Now()) {
		t.took("an expired token is believed")
	}
	return id, nil
}

func tokenInQuery() Disease {
	return Disease{
		ID: "token-in-query", Check: "security.tokens", Consequences: []string{},
		Summary: "a token in the address is believed, where every log and history keeps it",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					token := r.URL.Query().Get("access_token")
					if token != "" && r.Header.Get("Authorization") == "" {
						r.Header.Set("Authorization", "Bearer "+token)
						took("a token was taken from the query")
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

// everywhere is a user who belongs to every company: what it may see, a service
// without tenants would show to anybody.
const everywhere = 1

// asEverywhere serves the requests of which it is true as if the user that belongs
// to every company had sent them.
func asEverywhere(when func(r *http.Request, known bool) bool) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		var tokens httpapi.Tokens
		return service.Seams{
			Tokens: func(healthy httpapi.Tokens) httpapi.Tokens { tokens = healthy; return healthy },
			Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, err := tokens.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
					if when(r, err == nil) {
						token, _, err := tokens.Issue(everywhere)
						if err != nil {
							panic(err) // the healthy service signs tokens all the time
						}
						r.Header.Set("Authorization", "Bearer "+token)
						took("a request is served for everybody")
					}
					next.ServeHTTP(w, r)
				})
			},
		}
	}
}

func tenantUncheckedRoute() Disease {
	return Disease{
		ID: "tenant-unchecked-route", Check: "security.tenants", Consequences: []string{},
		Summary: "one route looks an expense up by its number and not by its company",
		infect: asEverywhere(func(r *http.Request, known bool) bool {
			return known && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/gastos/")
		}),
	}
}

func routeWithoutToken() Disease {
	return Disease{
		ID: "route-without-token", Check: "security.tenants", Consequences: []string{"security.roles"},
		Summary: "one route was forgotten when the others were put behind the token",
		infect: asEverywhere(func(r *http.Request, known bool) bool {
			return !known && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/usuarios/")
		}),
	}
}
