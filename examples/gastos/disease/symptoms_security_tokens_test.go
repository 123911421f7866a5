//go:build disease

package disease_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// imitated is a token of user 1 with another header, another end or another key.
func imitated(with string, header map[string]any, exp any) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "gastos", "sub": "1", "iat": time.Now().Unix(), "exp": exp})
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString([]byte(with))
	if err != nil {
		panic(err)
	}
	return text
}

// tokenSymptoms shows, from the outside, that each disease of tokenKeys does what it
// says.
func tokenSymptoms() map[string]func(*patient) {
	soon := time.Now().Add(time.Hour).Unix()
	jwk := map[string]any{"jwk": map[string]any{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString([]byte("brought along"))}}
	return map[string]func(*patient){
		"token-key-guessable": both(gets("/api/me", imitated("your-256-bit-secret", nil, soon), 200), gets("/api/me", signed(key), 401)),
		"token-key-brought":   both(gets("/api/me", imitated("brought along", jwk, soon), 200), gets("/api/me", imitated("brought along", nil, soon), 401)),
		"token-kid-path":      both(gets("/api/me", imitated("", map[string]any{"kid": "../../dev/null"}, soon), 200), gets("/api/me", imitated("", nil, soon), 401)),
		"token-key-fetched": func(p *patient) {
			hits := 0
			set := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				hits++
				_, _ = w.Write([]byte("{}"))
			}))
			defer set.Close()
			gets("/api/me", imitated("x", map[string]any{"jku": set.URL}, soon), 401)(p)
			if hits != 1 {
				p.t.Errorf("%d visits", hits)
			}
		},
		"token-exp-text": both(gets("/api/me", imitated(key, nil, "1600000000"), 200), gets("/api/me", imitated(key, nil, 1600000000), 401)),
	}
}
