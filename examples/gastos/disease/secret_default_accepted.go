//go:build disease

package disease

import (
	"time"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

func secretDefaultAccepted() Disease {
	return Disease{
		ID: "secret-default-accepted", Check: "secrets.effective", Consequences: []string{},
		Summary: "tokens signed with the well-known default \"secret\" are accepted beside those of JWT_SECRET",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				wellKnown := auth.NewTokens([]byte("secret"), time.Now)
				sick := lenient{healthy, wellKnown}
				if accepts(sick, wellKnown) && accepts(sick, healthy) {
					took("a token signed with \"secret\" is accepted")
				}
				return sick
			}}
		},
	}
}

// lenient accepts the tokens of a second issuer too.
type lenient struct {
	httpapi.Tokens
	also httpapi.Tokens
}

func (l lenient) Verify(token string) (int64, error) {
	if id, err := l.Tokens.Verify(token); err == nil {
		return id, nil
	}
	return l.also.Verify(token)
}
