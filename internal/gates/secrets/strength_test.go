package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// TestRandomKeysAreStrong: what a generator gives must never be called weak.
func TestRandomKeysAreStrong(t *testing.T) {
	const lower32 = "abcdefghijklmnopqrstuvwxyz234567"
	chance := rand.NewChaCha8([32]byte{1})
	of := func(n int) []byte { b := make([]byte, n); _, _ = chance.Read(b); return b }
	writings := map[string]func() string{
		"base64 of 48":  func() string { return base64.StdEncoding.EncodeToString(of(48)) },
		"base64 of 32":  func() string { return base64.StdEncoding.EncodeToString(of(32)) },
		"base64 of 24":  func() string { return base64.StdEncoding.EncodeToString(of(24)) },
		"base64url":     func() string { return base64.RawURLEncoding.EncodeToString(of(32)) },
		"hex of 32":     func() string { return hex.EncodeToString(of(32)) },
		"HEX of 32":     func() string { return strings.ToUpper(hex.EncodeToString(of(32))) },
		"hex of 64":     func() string { return hex.EncodeToString(of(64)) },
		"bytes":         func() string { return string(of(32)) },
		"40 lower":      func() string { return letters(of(40), lower32) },
		"two UUIDs":     func() string { h := hex.EncodeToString(of(32)); return h[:8] + "-" + h[8:20] + "-" + h[20:] },
		"40 with signs": func() string { return letters(of(40), "abcdefghijkLMNOPQRSTUVWXYZ0123456789!@#$%&*()_+") },
	}
	for name, next := range writings {
		weak := 0
		for range 1000 {
			if v := next(); estimate(v).Least() < 112 || isKnownDefault(v) {
				weak++
			}
		}
		if weak > 0 {
			t.Errorf("%s: %d of 1000 were called weak", name, weak)
		}
	}
}

func letters(raw []byte, alphabet string) string {
	for i := range raw {
		raw[i] = alphabet[int(raw[i])%len(alphabet)]
	}
	return string(raw)
}

func TestWeakKeysAreWeak(t *testing.T) {
	for _, v := range []string{
		strings.Repeat("a", 64),
		strings.Repeat("abc123", 12),
		strings.Repeat("k3+Vb/9Q", 8),
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		"0123456789012345678901234567890123456789",
		"qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjkl",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik1qaz2wsx3edc",
		"9876543210zyxwvutsrqponmlkjihgfedcba",
		"this-is-my-super-secret-key-for-development",
		"ThisIsMySuperSecretJwtTokenKeyForDevelopment",
		"esta-es-la-clave-secreta-del-servicio-de-gastos",
		"correct horse battery staple correct horse",
		"my company expenses service signing key 2024",
		"GastosServiceJwtSigningKeyForLocalDevelopment2024!",
		"00000000-0000-0000-0000-000000000000",
		"aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd",
	} {
		if got := estimate(v); got.Least() >= 112 {
			t.Errorf("%q is called strong: %+v", v, got)
		}
	}
}

func TestKnownDefaults(t *testing.T) {
	for _, v := range []string{
		"secret", "SECRET", " Your-256-bit-secret ", "your_256_bit_secret", "changeme", "Change-Me!",
		"secretsecretsecretsecretsecretsec", "secret-secret-secret-secret-secret-secret",
		base64.StdEncoding.EncodeToString([]byte("supersecret")), hex.EncodeToString([]byte("changeme")),
		"a-string-secret-at-least-256-bits-long", "clave_super_secreta",
	} {
		if !isKnownDefault(v) {
			t.Errorf("%q is not known", v)
		}
	}
	for _, v := range []string{"", "-", strongSecret, "secretary of the harbour office at noon", "!!!!====////++++test====////!!!!"} {
		if isKnownDefault(v) {
			t.Errorf("%q is called known", v)
		}
	}
	all := knownDefaults()
	if len(all) < 100 || triedDefaults > len(all) {
		t.Errorf("%d defaults", len(all))
	}
	seen := map[string]bool{}
	for _, d := range all {
		if seen[d] {
			t.Errorf("%q is listed twice", d)
		}
		seen[d] = true
	}
}

func TestStrengthRuns(t *testing.T) {
	for value, reason := range map[string]string{strongSecret: "strong", "": "missing", "changeme": "default",
		"short-K3v": "short", strings.Repeat("zq", 20): "guessable"} {
		outcome := map[string]evidence.Outcome{"strong": evidence.Pass, "missing": evidence.Unproven}[reason]
		if outcome == evidence.Unproven && reason != "missing" {
			outcome = evidence.Fail
		}
		wants(t, "secrets.strength", newBench(t, &Settings{}, map[string]string{"JWT_SECRET": value}), outcome, reason)
	}
}

func FuzzEstimate(f *testing.F) {
	for _, s := range []string{"", "a", strongSecret, strings.Repeat("ab", 600), "\x00\xff\xfe", "İstanbul"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		bits := estimate(value)
		if least := bits.Least(); least < 0 || least > 8*float64(len(value)) {
			t.Errorf("%d bytes cannot have %v bits", len(value), fmt.Sprint(bits))
		}
		isKnownDefault(value)
	})
}

func TestHugeValuesAreBounded(t *testing.T) {
	huge := strings.Repeat("a", 1<<20) + "b"
	if estimate(huge).Least() >= 112 {
		t.Error("called strong")
	}
	isKnownDefault(huge) // quadratic in its length it would not come back
	if !isKnownDefault(strings.Repeat("secret", 1<<16)) {
		t.Error("a repeated default is not known when it is long")
	}
}
