//go:build disease

package disease

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/service"
)

// everybodysKey stands in the first example of many a page.
const everybodysKey = "your-256-bit-secret"

func tokenKeyGuessable() Disease {
	return Disease{
		ID: "token-key-guessable", Check: "security.keys", Consequences: []string{"secrets.effective", "security.tokens"},
		Summary: "tokens are signed with a key out of a tutorial, whatever JWT_SECRET says",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				sick := auth.NewTokens([]byte(everybodysKey), time.Now)
				if accepts(healthy, sick) {
					return healthy
				}
				took("a token signed with everybody's key is good")
				return sick
			}}
		},
	}
}

// misled verifies as the healthy one, and if that refuses, with a key that it finds
// by the token's header.
type misled struct {
	httpapi.Tokens
	find func(header map[string]any) (key []byte)
	took func(string)
}

func (m misled) Verify(token string) (int64, error) {
	if id, err := m.Tokens.Verify(token); err == nil {
		return id, nil
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256", "RS256"}), jwt.WithExpirationRequired())
	_, err := parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		if key := m.find(t.Header); key != nil {
			return key, nil
		}
		return nil, auth.ErrToken
	})
	if err != nil {
		return 0, auth.ErrToken
	}
	id, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil {
		return 0, auth.ErrToken
	}
	m.took("a token was verified with a key that it named itself")
	return id, nil
}

func misleading(find func(header map[string]any, took func(string)) []byte) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
			return misled{healthy, func(header map[string]any) []byte { return find(header, took) }, took}
		}}
	}
}

func tokenKeyBrought() Disease {
	return Disease{
		ID: "token-key-brought", Check: "security.keys", Consequences: []string{},
		Summary: "a token is verified with the key that stands in its own header (jwk)",
		infect: misleading(func(header map[string]any, _ func(string)) []byte {
			jwk, _ := header["jwk"].(map[string]any)
			text, _ := jwk["k"].(string)
			key, err := base64.RawURLEncoding.DecodeString(text)
			if err != nil || text == "" {
				return nil
			}
			return key
		}),
	}
}

func tokenKidIsAPath() Disease {
	return Disease{
		ID: "token-kid-path", Check: "security.keys", Consequences: []string{"security.tokens", "secrets.effective"},
		Summary: "kid names the file with the key, and any file will do",
		infect: misleading(func(header map[string]any, _ func(string)) []byte {
			if kid, _ := header["kid"].(string); len(kid) > 8 && kid[len(kid)-8:] == "dev/null" {
				return []byte{}
			}
			return nil
		}),
	}
}

func tokenKeyFetched() Disease {
	return Disease{
		ID: "token-key-fetched", Check: "security.keys", Consequences: []string{},
		Summary: "the key set is fetched from wherever the token says (jku), before anything is verified",
		infect: misleading(func(header map[string]any, took func(string)) []byte {
			from, _ := header["jku"].(string)
			client := http.Client{Timeout: 2 * time.Second}
			if r, err := client.Get(from); from != "" && err == nil {
				body, _ := io.ReadAll(io.LimitReader(r.Body, mostRead))
				r.Body.Close()
				if json.Valid(body) {
					took("a key set came from where the token said")
				}
			}
			return nil // it holds no key of ours, so the token is refused all the same
		}),
	}
}

func tokenEndAsText() Disease {
	return Disease{
		ID: "token-exp-text", Check: "security.tokens", Consequences: []string{},
		Summary: "an exp that is no number is read over, so such a token never ends",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Tokens: func(healthy httpapi.Tokens) httpapi.Tokens {
				return endless{healthy, []byte(c.JWTSecret.Reveal()), took}
			}}
		},
	}
}

// endless takes an exp that is a text for none.
type endless struct {
	httpapi.Tokens
	key  []byte
	took func(string)
}

func (e endless) Verify(token string) (int64, error) {
	if id, err := e.Tokens.Verify(token); err == nil {
		return id, nil
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return e.key, nil }); err != nil {
		return 0, auth.ErrToken
	}
	subject, _ := claims["sub"].(string)
	id, err := strconv.ParseInt(subject, 10, 64)
	if _, text := claims["exp"].(string); !text || err != nil {
		return 0, auth.ErrToken
	}
	e.took("a token whose exp is a text is believed")
	return id, nil
}
