package jwt

import (
	"encoding/json"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// The library that services use signs; the dictionary must find its keys.
func TestKnownKeysAreGuessed(t *testing.T) {
	known := Known("gastos", "JWT_SECRET")
	for _, method := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
		for key, want := range map[string]bool{"secret": true, "SECRET": true, "Changeme1": true, "gastos-secret": true, "JWT_SECRET": true, "jwt_secret": true, "your-256-bit-secret": true,
			"shhhhh": true, "a key that nobody knows": false, "secretsecretsecret": false} {
			token, err := jwt.NewWithClaims(method, jwt.MapClaims{"sub": "7"}).SignedString([]byte(key))
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := Guessed(token, known); !ok || got != want {
				t.Errorf("%s %q: %t %t", method.Alg(), key, got, ok)
			}
		}
	}
	if _, ok := Guessed("no.token.here", known); ok {
		t.Error("a text that is no token was tried")
	}
	if len(known) < 500 || len(known) > 5000 {
		t.Errorf("%d keys", len(known))
	}
}

func TestPairIsUnderstoodByTheLibrary(t *testing.T) {
	pair, err := NewPair()
	if err != nil {
		t.Fatal(err)
	}
	token, err := pair.Sign(`{"alg":"RS256"}`, json.RawMessage(`{"sub":"7"}`))
	if err != nil {
		t.Fatal(err)
	}
	keys := PublicRSA([]byte(`{"keys":[{"kty":"EC"},` + pair.JWK() + `]}`))
	if len(keys) != 1 || !SignedByPair(token, keys[0]) || SignedByPair(token[:len(token)-4]+"AAAA", keys[0]) {
		t.Fatal("the key set does not verify its own token")
	}
	if _, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return keys[0], nil }, jwt.WithValidMethods([]string{"RS256"})); err != nil {
		t.Error(err)
	}
	for _, text := range Texts(keys[0])[:2] {
		if key, err := jwt.ParseRSAPublicKeyFromPEM(text); err != nil || !key.Equal(keys[0]) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, ok := Guessed(token, []string{""}); ok {
		t.Error("an RSA signature was guessed at")
	}
}
