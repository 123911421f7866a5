//go:build disease

package disease

import (
	"time"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

func secretHardcoded() Disease {
	return Disease{
		ID: "secret-hardcoded", Check: "secrets.effective", Consequences: []string{},
		Summary: "tokens are signed and accepted with a key from the source; JWT_SECRET is ignored",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				builtIn := auth.NewTokens([]byte("development-key-do-not-use-in-production"), time.Now)
				if accepts(builtIn, builtIn) && !accepts(builtIn, healthy) {
					took("a token signed with JWT_SECRET is refused, one of the built-in key accepted")
				}
				return builtIn
			}}
		},
	}
}

// accepts tells whether one side accepts the tokens of the other.
func accepts(verifier, issuer httpapi.Tokens) bool {
	token, _, err := issuer.Issue(1)
	if err != nil {
		return false
	}
	_, err = verifier.Verify(token)
	return err == nil
}
