package jwt

import (
	"encoding/json"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func keyed(key string) jwt.Keyfunc {
	return func(*jwt.Token) (any, error) { return []byte(key), nil }
}

// The library that services use is the oracle.
func TestMintedTokensAreRealTokens(t *testing.T) {
	token := Sign(HS256, json.RawMessage(`{"sub":"7"}`), []byte("key"))
	if _, err := jwt.Parse(token, keyed("key"), jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding()); err != nil {
		t.Error(err)
	}
	if !SignedBy(token, []byte("key")) || SignedBy(token, []byte("other")) || SignedBy("", nil) || SignedBy("a.b.!", nil) {
		t.Error("SignedBy does not tell keys apart")
	}
	if _, err := jwt.Parse(Unsigned(json.RawMessage(`{}`), "none"), func(*jwt.Token) (any, error) { return jwt.UnsafeAllowNoneSignatureType, nil }); err != nil {
		t.Error(err)
	}
}

func TestParseAndChange(t *testing.T) {
	issued, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "7", "exp": 1}).SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := Parse(issued)
	if err != nil || Joined(string(token.Header), token.Claims, token.Signature) != issued {
		t.Errorf("%+v, %v", token, err)
	}
	claims, err := With(token.Claims, map[string]any{"sub": "8", "exp": nil, "role": "admin"})
	if err != nil || string(claims) != `{"role":"admin","sub":"8"}` {
		t.Errorf("%s, %v", claims, err)
	}
	for _, bad := range []string{"", "a.b", "a.b.c", "e30.e30", "e30.e30.a.b", "e30.!.a"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken apart", bad)
		}
	}
	if _, err := With(json.RawMessage(`[]`), nil); err == nil {
		t.Error("a list has no claims")
	}
	if _, err := With(json.RawMessage(`{}`), map[string]any{"f": func() {}}); err == nil {
		t.Error("a function is no claim")
	}
}
