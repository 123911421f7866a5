package security

import (
	"context"
	"encoding/base64"
	"encoding/json"
	nethttp "net/http"
	"strings"
	"time"

	"listo/internal/engine/jwt"
	"listo/internal/lab"
)

// issue makes a token for a user.
func (t *twin) issue(user string, now time.Time) string {
	claims := map[string]any{"sub": user, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	if t.audience != "" {
		claims["aud"] = t.audience
	}
	text, _ := json.Marshal(claims) // texts and numbers always can be
	if t.pair == nil {
		return jwt.Sign(jwt.HS256, text, []byte(t.key))
	}
	token, _ := t.pair.Sign(`{"alg":"RS256","typ":"JWT"}`, text) // a key that was made can sign
	return token
}

// user reads the token: its signature, its algorithm and its time.
func (t *twin) user(r *nethttp.Request) (string, bool) {
	text, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return "", false
	}
	believed, good := t.genuine(text)
	if !good && t.believes != nil {
		believed, good = t.believes(text)
	}
	var claims struct {
		Sub, Aud string
		Nbf, Exp json.RawMessage
	}
	now := time.Now()
	over := func(moment json.RawMessage) bool {
		var n json.Number
		if json.Unmarshal(moment, &n) != nil {
			return true
		}
		f, err := n.Float64()
		return err != nil || f <= float64(now.Unix())
	}
	switch {
	case !good || json.Unmarshal(believed, &claims) != nil, claims.Nbf != nil && !over(claims.Nbf):
		return "", false
	case t.expires && over(claims.Exp) && (t.unread == nil || !t.unread(string(claims.Exp))):
		return "", false
	case claims.Aud != t.audience && !t.foreign:
		return "", false
	}
	return claims.Sub, true
}

// genuine gives the claims of a token that the twin has signed.
func (t *twin) genuine(text string) (json.RawMessage, bool) {
	token, err := jwt.Parse(text)
	if err != nil {
		return nil, false
	}
	if t.pair != nil {
		return token.Claims, token.Alg() == "RS256" && jwt.SignedByPair(text, t.pair.Public())
	}
	return token.Claims, token.Alg() == "HS256" && jwt.SignedBy(text, []byte(t.key))
}

// opensWithTheTokensKey: a token is verified with the key that stands in its own
// header.
func opensWithTheTokensKey(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.believes = byEmbeddedSecret })
}

func byEmbeddedSecret(text string) (json.RawMessage, bool) {
	token, _ := jwt.Parse(text) // one that is none has no header
	var header struct{ Jwk struct{ Kty, K string } }
	if json.Unmarshal(token.Header, &header) != nil || header.Jwk.Kty != "oct" {
		return nil, false
	}
	key, err := base64.RawURLEncoding.DecodeString(header.Jwk.K)
	return token.Claims, err == nil && jwt.SignedBy(text, key)
}
