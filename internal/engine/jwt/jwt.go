// Package jwt takes JSON Web Tokens apart and puts forged ones together, to see
// which a service believes.
//
// It knows the compact form (RFC 7515), HMAC with SHA-256 and the alg "none" (RFC
// 7518). It never decides whether a token is good: libraries that do refuse to
// make what must be refused here.
package jwt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// HS256 is the protected header of a token signed with HMAC-SHA256.
const HS256 = `{"alg":"HS256","typ":"JWT"}`

// Token is a token taken apart; Header and Claims are the JSON texts.
type Token struct {
	Header, Claims json.RawMessage
	// Signature is still encoded, as it stood.
	Signature string
}

// Parse takes a token apart and verifies nothing.
func Parse(token string) (Token, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Token{}, fmt.Errorf("jwt: %d parts instead of 3: this is no signed token", len(parts))
	}
	var t Token
	for i, into := range []*json.RawMessage{&t.Header, &t.Claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || !json.Valid(raw) {
			return Token{}, fmt.Errorf("jwt: part %d is no JSON: this is no signed token", i+1)
		}
		*into = raw
	}
	t.Signature = parts[2]
	return t, nil
}

// Sign signs header and claims with HMAC-SHA256, whatever the header says.
func Sign(header string, claims json.RawMessage, key []byte) string {
	signed := part([]byte(header)) + "." + part(claims)
	return signed + "." + part(mac(signed, key))
}

// Joined puts header, claims and an encoded signature together as they are.
func Joined(header string, claims json.RawMessage, signature string) string {
	return part([]byte(header)) + "." + part(claims) + "." + signature
}

// Unsigned is a token that says by its alg that nobody signed it (RFC 7518,
// section 3.6). alg is "none" in any writing.
func Unsigned(claims json.RawMessage, alg string) string {
	return Joined(`{"alg":"`+alg+`","typ":"JWT"}`, claims, "")
}

// SignedBy tells whether a token carries a HMAC-SHA256 of this key.
func SignedBy(token string, key []byte) bool {
	end := strings.LastIndexByte(token, '.')
	if end < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	return err == nil && hmac.Equal(signature, mac(token[:end], key))
}

// With gives the claims with some of them set anew; a nil value takes one away.
func With(claims json.RawMessage, changes map[string]any) (json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(claims, &all); err != nil {
		return nil, fmt.Errorf("jwt: the claims are no JSON object: %w", err)
	}
	for name, value := range changes {
		if value == nil {
			delete(all, name)
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("jwt: claim %s: %w", name, err)
		}
		all[name] = raw
	}
	return json.Marshal(all)
}

func mac(text string, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func part(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
