package secrets

import (
	"encoding/base64"
	"regexp"

	"golang.org/x/crypto/argon2"
)

const fingerprintMark = "listo-fp:v1:"

// The cost of version 1 (RFC 9106, section 4, second recommendation): about a
// tenth of a second and 64 MiB for each guess.
const (
	fingerprintPasses  = 3
	fingerprintMemory  = 64 << 10 // KiB
	fingerprintThreads = 4
	fingerprintLength  = 32 // bytes
)

// Fingerprint gives a text by which a value can be recognised and not be found:
// "listo-fp:v1:" and base64url of Argon2id over the value, salted with the name.
//
// It is written into listo.yaml, which many can read. A plain HMAC under a key
// that everybody can derive would let them try a thousand million words a second
// against a weak secret; Argon2id makes each try cost memory and time. The salt
// comes from the name, not from chance: both sides must reach the same text
// without having met, and one value under two names looks like two values.
func Fingerprint(name, value string) string {
	key := argon2.IDKey([]byte(value), []byte(fingerprintMark+name), fingerprintPasses, fingerprintMemory, fingerprintThreads, fingerprintLength)
	return fingerprintMark + base64.RawURLEncoding.EncodeToString(key)
}

func isFingerprint(s string) bool {
	return regexp.MustCompile(`^listo-fp:v1:[A-Za-z0-9_-]{43}$`).MatchString(s)
}
