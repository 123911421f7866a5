package jwt

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"hash"
	"strings"
)

//go:embed known.txt
var knownTXT string

// Known gives keys that everybody knows, and those that follow from names: of the
// service, of the variable that holds the key. Each stands as it is, in capitals and
// with the endings that people add when a rule asks for a digit.
func Known(names ...string) []string {
	var all []string
	seen := map[string]bool{}
	add := func(word string) {
		if !seen[word] {
			seen[word], all = true, append(all, word)
		}
	}
	add("")
	vary := func(word string) {
		for _, w := range []string{word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:]} {
			for _, end := range []string{"", "1", "123", "!", "1!"} {
				add(w + end)
			}
		}
	}
	for line := range strings.Lines(knownTXT) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !strings.HasPrefix(line, "#") {
			vary(line)
		}
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, word := range []string{name, name + "secret", name + "-secret", name + "_secret", name + "-key", name + "_key", "secret-" + name} {
			vary(word)
			vary(strings.ToLower(word))
		}
	}
	return all
}

// Alg gives the algorithm that a token names; "" when it names none.
func (t Token) Alg() string {
	var header struct {
		Alg string `json:"alg"`
	}
	if json.Unmarshal(t.Header, &header) != nil {
		return ""
	}
	return header.Alg
}

// Guessed tells whether one of the keys has signed the token, as it stands or as the
// base64 text that some libraries take a key for. ok is false when the
// token is of no HMAC (RFC 7518, section 3.2): then there is nothing to guess.
func Guessed(token string, keys []string) (guessed, ok bool) {
	parsed, err := Parse(token)
	digest := map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}[parsed.Alg()]
	if err != nil || digest == nil {
		return false, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parsed.Signature)
	if err != nil {
		return false, false
	}
	signed := []byte(token[:strings.LastIndexByte(token, '.')])
	by := func(key []byte) bool {
		h := hmac.New(digest, key)
		h.Write(signed)
		return hmac.Equal(signature, h.Sum(nil))
	}
	for _, key := range keys {
		if by([]byte(key)) {
			return true, true
		}
		if raw, err := base64.StdEncoding.DecodeString(key); err == nil && by(raw) {
			return true, true
		}
	}
	return false, true
}
