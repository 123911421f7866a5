package secrets

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokenLife is how long a minted token is good for.
const tokenLife = 10 * time.Minute

// textClaims are text whatever they look like (RFC 7519, section 4.1).
var textClaims = [...]string{"iss", "sub", "aud", "jti"}

// claimsAt fills the claims of the settings for a moment. A value that is JSON
// stays what it is; any other is text.
func claimsAt(claims map[string]string, now time.Time) (json.RawMessage, error) {
	fill := strings.NewReplacer("{now}", strconv.FormatInt(now.Unix(), 10), "{exp}", strconv.FormatInt(now.Add(tokenLife).Unix(), 10))
	payload := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text := fill.Replace(claims[name])
		if !slices.Contains(textClaims[:], name) && json.Valid([]byte(text)) {
			payload[name] = json.RawMessage(text)
			continue
		}
		payload[name] = text
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("secrets: claims: %w", err)
	}
	return raw, nil
}

// mintHS256 signs claims as a JSON Web Token with HMAC-SHA256 (RFC 7519, 7515).
func mintHS256(claims json.RawMessage, key []byte) string {
	signed := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part(claims)
	return signed + "." + part(mac(signed, key))
}

// mintUnsigned is a token that says by its alg that nobody signed it (RFC 7518,
// section 3.6). alg is "none" in any writing.
func mintUnsigned(claims json.RawMessage, alg string) string {
	return part([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + part(claims) + "."
}

// signedBy tells whether a token carries a HMAC-SHA256 of this key.
func signedBy(token string, key []byte) bool {
	end := strings.LastIndexByte(token, '.')
	if end < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	return err == nil && hmac.Equal(signature, mac(token[:end], key))
}

func mac(text string, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func part(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
