package security

import (
	"encoding/json"
	"io"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"listo/internal/engine/jwt"
	"listo/internal/evidence"
)

// headerOf reads the header of a token that a twin was sent.
func headerOf(text string) (header struct {
	Kid, Jku, X5u string
	Jwk           struct{ Kty, N, E string }
	X5c           []string
}, token jwt.Token) {
	token, _ = jwt.Parse(text)
	_ = json.Unmarshal(token.Header, &header)
	return header, token
}

// fetched gets what a token names, as a service does that lets itself be led.
func fetched(url string) string {
	r, err := nethttp.Get(url)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// byKid verifies with the key that kid leads to.
func byKid(find func(kid string) (key string, found bool)) func(string) (json.RawMessage, bool) {
	return func(text string) (json.RawMessage, bool) {
		header, token := headerOf(text)
		key, found := find(header.Kid)
		return token.Claims, found && jwt.SignedBy(text, []byte(key))
	}
}

// Each token that brings a key is believed by a twin of its own, and caught by name.
func TestEveryBroughtKeyIsCaught(t *testing.T) {
	set := func(text, jwks string) (json.RawMessage, bool) {
		token, _ := jwt.Parse(text)
		public := jwt.PublicRSA([]byte(jwks))
		return token.Claims, len(public) == 1 && jwt.SignedByPair(text, public[0])
	}
	for kind, believes := range map[string]func(string) (json.RawMessage, bool){
		"kid_path":      byKid(func(kid string) (string, bool) { return "", strings.HasSuffix(kid, "../dev/null") }),
		"kid_device":    byKid(func(kid string) (string, bool) { return "", kid == "/dev/null" }),
		"kid_sql":       byKid(func(kid string) (string, bool) { return brought, strings.Contains(kid, "UNION SELECT '"+brought) }),
		"kid_sql_empty": byKid(func(kid string) (string, bool) { return "", strings.Contains(kid, "UNION SELECT ''") }),
		"kid_url": byKid(func(kid string) (string, bool) {
			return fetched(kid), strings.HasPrefix(kid, "http://")
		}),
		"jwk_secret": byEmbeddedSecret,
		"jwk_pair": func(text string) (json.RawMessage, bool) {
			header, _ := headerOf(text)
			return set(text, `{"keys":[{"kty":"`+header.Jwk.Kty+`","n":"`+header.Jwk.N+`","e":"`+header.Jwk.E+`"}]}`)
		},
		"jku": func(text string) (json.RawMessage, bool) {
			header, _ := headerOf(text)
			return set(text, fetched(header.Jku))
		},
		"issuer_url": func(text string) (json.RawMessage, bool) {
			_, token := headerOf(text)
			var claims struct{ Iss string }
			_ = json.Unmarshal(token.Claims, &claims)
			return set(text, fetched(claims.Iss+"/.well-known/jwks.json"))
		},
		"x5c": func(text string) (json.RawMessage, bool) {
			header, token := headerOf(text)
			return token.Claims, len(header.X5c) > 0
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b, _ := beside(t, func(t *twin) { t.believes = believes })
			f := tried(t, keysID, b)
			if names, _ := f.Facts["accepted"].([]any); f.Reason != "accepted" || !slices.Contains(names, any(kind)) {
				if texts, _ := f.Facts["accepted"].([]string); !slices.Contains(texts, kind) {
					t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
				}
			}
		})
	}
}

// Whoever goes where a token leads is caught, although he then refuses it.
func TestWhoeverIsLedIsCaught(t *testing.T) {
	b, _ := beside(t, func(t *twin) {
		t.believes = func(text string) (json.RawMessage, bool) {
			if header, _ := headerOf(text); header.X5u != "" {
				fetched(header.X5u)
			}
			return nil, false
		}
	})
	wants(t, keysID, b, evidence.Fail, "fetched")
}

func TestAGuessableKeyIsCaught(t *testing.T) {
	b, _ := beside(t, func(t *twin) { t.key = "your-256-bit-secret" })
	wants(t, keysID, b, evidence.Fail, "guessable")
}

// A service that signs with a pair passes, unless its published key is taken for a
// secret; without a published key nothing is proved.
func TestKeysOfAPair(t *testing.T) {
	pair, err := jwt.NewPair()
	if err != nil {
		t.Fatal(err)
	}
	publishing := func(t *twin) {
		t.pair, t.files = &pair, map[string]string{"/.well-known/jwks.json": `{"keys":[` + pair.JWK() + `]}`}
	}
	b, _ := beside(t, publishing)
	wants(t, keysID, b, evidence.Pass, "own")
	b, _ = beside(t, func(t *twin) { t.pair = &pair })
	wants(t, keysID, b, evidence.Unproven, "hidden_key")
	b, _ = beside(t, func(t *twin) {
		publishing(t)
		t.believes = func(text string) (json.RawMessage, bool) {
			token, _ := jwt.Parse(text)
			return token.Claims, jwt.SignedBy(text, jwt.Texts(pair.Public())[0])
		}
	})
	wants(t, keysID, b, evidence.Fail, "accepted")
}

// Each time that is over, however it is written, is caught by a twin that reads over
// just that writing.
func TestEveryWritingOfTheEndIsCaught(t *testing.T) {
	for kind, unread := range map[string]func(string) bool{
		"exp_zero":          func(exp string) bool { return exp == "0" },
		"exp_negative":      func(exp string) bool { return strings.HasPrefix(exp, "-") },
		"exp_text_past":     func(exp string) bool { return strings.HasPrefix(exp, `"`) },
		"exp_fraction_past": func(exp string) bool { return strings.ContainsAny(exp, ".e") },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b, _ := beside(t, func(t *twin) { t.unread = unread })
			if f := tried(t, tokensID, b); f.Reason != "accepted" || !slices.Equal(f.Facts["accepted"].([]string), []string{kind}) {
				t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

func TestShapesAndAudiences(t *testing.T) {
	b, _ := beside(t, func(t *twin) {
		t.believes = func(text string) (json.RawMessage, bool) { // splits at the dots and reads the middle
			header, rest, _ := strings.Cut(text, ".")
			if strings.Contains(rest, ".") {
				return nil, false
			}
			token, err := jwt.Parse(header + "." + rest + ".")
			return token.Claims, err == nil
		}
	})
	if f := tried(t, tokensID, b); f.Reason != "accepted" || !slices.Equal(f.Facts["accepted"].([]string), []string{"two_segments"}) {
		t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
	}
	b, _ = beside(t, func(t *twin) { t.audience = "app" })
	wants(t, tokensID, b, evidence.Pass, "refused")
	b, _ = beside(t, func(t *twin) { t.audience, t.foreign = "app", true })
	wants(t, tokensID, b, evidence.Fail, "audience")
}

// What libraries in wide use let pass, and harms nobody, is not red: golang-jwt knows
// no crit, PyJWT takes padding, jsonwebtoken wants neither exp nor iss.
func TestLooseReadersAreInnocent(t *testing.T) {
	b, _ := beside(t, func(t *twin) {
		key := t.key
		t.unread = func(exp string) bool { return exp == "" }
		t.believes = func(text string) (json.RawMessage, bool) {
			text = strings.TrimRight(strings.TrimSuffix(text, ".listo"), "=")
			token, _ := jwt.Parse(text)
			return token.Claims, jwt.SignedBy(text, []byte(key)) && !strings.Contains(string(token.Header), "none")
		}
	})
	f := tried(t, tokensID, b)
	if odd, _ := f.Facts["odd"].(int); f.Outcome != evidence.Pass || odd < 6 {
		t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
	}
}

func TestJudgeKeys(t *testing.T) {
	answers := func(kind string, status, hits int) Keys {
		o := Keys{Request: "GET /x", Signed: true, Alg: "HS256", Words: 900}
		for _, k := range append(append([]string{ownToken}, bringingKinds()...), ownAgain) {
			knock := Knock{Kind: k, Curl: "curl", Status: 401}
			if k == ownToken || k == ownAgain {
				knock.Status = 200
			}
			if k == kind {
				knock.Status, knock.Hits = status, hits
			}
			o.Tries = append(o.Tries, knock)
		}
		return o
	}
	guessed, hidden, unasked := answers("", 0, 0), answers("", 0, 0), answers("", 0, 0)
	guessed.Guessed, hidden.Alg, hidden.Words = true, "RS256", 0
	unasked.Tries = slices.DeleteFunc(unasked.Tries, func(k Knock) bool { return k.Kind == "jku" })
	tryJudge(t, keys(), []judgement[Keys]{
		{answers("", 0, 0), evidence.Pass, "own"},
		{answers("jku", 200, 1), evidence.Fail, "accepted"},
		{answers("x5u", 401, 1), evidence.Fail, "fetched"},
		{answers("kid_sql", 500, 0), evidence.Fail, "unrefused"},
		{guessed, evidence.Fail, "guessable"},
		{hidden, evidence.Unproven, "hidden_key"},
		{unasked, evidence.Unproven, "unanswered"},
		{answers("kid_path", 429, 0), evidence.Unproven, "throttled"},
		{answers("kid_path", 0, 0), evidence.Unproven, "unanswered"},
		{answers(ownAgain, 401, 0), evidence.Unproven, "unexpected_own"},
		{Keys{Request: "GET /x"}, evidence.Unproven, "opaque"},
	})
}
