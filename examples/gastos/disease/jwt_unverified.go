//go:build disease

package disease

import (
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

func jwtUnverified() Disease {
	return Disease{
		ID: "jwt-unverified", Check: "secrets.effective", Consequences: []string{"security.tokens", "security.keys"},
		Summary: "the claims of a token are read, its signature is not checked",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				sick := trusting{healthy}
				stranger := auth.NewTokens([]byte("a key that the service has never seen"), time.Now)
				if accepts(sick, stranger) && !accepts(healthy, stranger) {
					took("a token signed with a stranger's key is accepted")
				}
				return sick
			}}
		},
	}
}

type trusting struct{ httpapi.Tokens }

func (trusting) Verify(token string) (int64, error) {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		return 0, auth.ErrToken
	}
	id, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil || claims.ExpiresAt == nil || claims.ExpiresAt.Before(time.Now()) {
		return 0, auth.ErrToken
	}
	return id, nil
}
