//go:build disease

package disease

import (
	"time"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

// keptBytes is how much of the key is used.
const keptBytes = 8

func secretTruncated() Disease {
	return Disease{
		ID: "secret-truncated", Check: "secrets.effective", Consequences: []string{},
		Summary: "only the first 8 bytes of JWT_SECRET are used as the key",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				short := auth.NewTokens([]byte(c.JWTSecret.Reveal()[:keptBytes]), time.Now)
				if accepts(short, short) && !accepts(short, healthy) {
					took("a token signed with the beginning of JWT_SECRET is accepted, one of all of it refused")
				}
				return short
			}}
		},
	}
}
