package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	key = []byte("a-key-for-tests-of-32-bytes-or-more")
	now = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
)

func clock(at time.Time) func() time.Time { return func() time.Time { return at } }

func TestTokenRoundTrip(t *testing.T) {
	token, expires, err := NewTokens(key, clock(now)).Issue(42)
	if err != nil || !expires.Equal(now.Add(time.Hour)) {
		t.Fatal(expires, err)
	}
	for at, want := range map[time.Time]bool{now: true, expires.Add(-time.Second): true, expires: false, now.Add(-time.Minute): false} {
		id, err := NewTokens(key, clock(at)).Verify(token)
		if (err == nil) != want || (want && id != 42) {
			t.Errorf("at %s: %d, %v", at, id, err)
		}
	}
}

func TestForgedTokens(t *testing.T) {
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "gastos", "sub": "42", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		change(c)
		return c
	}
	same := func(jwt.MapClaims) {}
	sign := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	tokens := NewTokens(key, clock(now))
	good := sign(jwt.SigningMethodHS256, key, claims(same))
	if id, err := tokens.Verify(good); err != nil || id != 42 {
		t.Fatalf("the control is refused: %v", err)
	}
	parts := strings.Split(good, ".")
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"gastos","sub":"1","iat":0,"exp":99999999999}`))
	for name, forged := range map[string]string{
		"empty":          "",
		"garbage":        "a.b.c",
		"none":           sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(same)),
		"HS512":          sign(jwt.SigningMethodHS512, key, claims(same)),
		"another key":    sign(jwt.SigningMethodHS256, []byte("secret"), claims(same)),
		"no signature":   parts[0] + "." + parts[1] + ".",
		"other claims":   parts[0] + "." + other + "." + parts[2],
		"another issuer": sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iss"] = "x" })),
		"no issuer":      sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "iss") })),
		"no expiry":      sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "exp") })),
		"no issue time":  sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "iat") })),
		"from tomorrow":  sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iat"] = now.Add(24 * time.Hour).Unix() })),
		"no subject":     sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "sub") })),
		"subject zero":   sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["sub"] = "0" })),
		"subject SQL":    sign(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["sub"] = "1 or 1=1" })),
	} {
		if _, err := tokens.Verify(forged); !errors.Is(err, ErrToken) {
			t.Errorf("%s: accepted, or refused with %v", name, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	p := NewPasswords()
	hash := HashPassword("correct horse", [16]byte{1})
	for _, c := range []struct {
		hash, password string
		want           bool
	}{
		{hash, "correct horse", true},
		{hash, "correct horsE", false},
		{hash, "", false},
		{"", "", false}, // no user: nothing matches, not even the decoy's own password
		{"", "x", false},
	} {
		if got, err := p.Check(t.Context(), c.hash, c.password); err != nil || got != c.want {
			t.Errorf("%q against %q: %v, %v", c.password, c.hash, got, err)
		}
	}
	if HashPassword("x", [16]byte{1}) == HashPassword("x", [16]byte{2}) {
		t.Error("the salt makes no difference")
	}
}

func TestMalformedHashes(t *testing.T) {
	p := NewPasswords()
	for _, hash := range []string{
		"!", "$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$argon2id$v=18$m=19456,t=2,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=0,p=1$AAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=0$AAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAA$AAAA",
	} {
		if ok, err := p.Check(t.Context(), hash, "x"); ok || err == nil {
			t.Errorf("%s: %v, %v", hash, ok, err)
		}
	}
}

func TestWaitingForASlotEndsWithTheRequest(t *testing.T) {
	p := NewPasswords()
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := p.Check(ctx, "", "x"); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", ok, err)
	}
}
