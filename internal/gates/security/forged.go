package security

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/jwt"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// tokens asks whether the service believes a token that it did not give, or that
// is not good any more.
func tokens() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: tokensID, Class: tokensID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("request")},
		Reasons: []string{"refused", "accepted", "audience", "open", "unrefused", "unexpected_own", "opaque", "keyless", "throttled", "unanswered"},
	}, timed(budget, sparing(runTokens)), judgeTokens)
}

// Kinds of what is sent instead of a good token.
const (
	ownToken   = "own" // the positive control: the token that the login gave
	ownAgain   = "own_again"
	none       = "none" // no token at all
	expired    = "expired"
	notYet     = "not_yet"
	foreignKey = "foreign_key"
)

// Tokens is how the service answered each token.
type Tokens struct {
	Request string `json:"request"`
	// Signed tells that the login's token is a JWT, Key that listo's key has signed it.
	Signed bool    `json:"signed"`
	Key    bool    `json:"key"`
	Tries  []Knock `json:"tries"`
	// Deep tells that shapes, times and names of stampedKinds were tried, which the
	// first version of this observation knew nothing of; a bundle of then is judged as then.
	Deep bool `json:"deep,omitempty"`
}

// Knock is one request with one token.
type Knock struct {
	Kind   string `json:"kind"`
	Curl   string `json:"curl,omitempty"` // where something is wrong or odd
	Status int    `json:"status"`
	// Hits counts who came to the canary that the token names.
	Hits int `json:"hits,omitempty"`
}

func runTokens(ctx context.Context, b *lab.Bench) (Tokens, error) {
	s := settings(b)
	o := Tokens{Request: s.Request}
	request, err := parseOrder(s.Request)
	if err != nil {
		return o, fmt.Errorf("security: request: %w", err)
	}
	token, err := firstToken(ctx, b)
	if err != nil {
		return o, err
	}
	forger := forger{name: s.SigningKey, key: []byte(b.Target.Environment[s.SigningKey]), now: b.Now(), chance: b.Rand}
	forgeries, err := forger.all(token.Value)
	if err != nil {
		return o, err
	}
	_, notJWT := jwt.Parse(token.Value)
	o.Signed, o.Key = notJWT == nil, forger.holds(token.Value)
	client := http.On(b)
	knock := func(f forgery) {
		r := f.request(request, token)
		o.Tries = append(o.Tries, Knock{Kind: f.kind, Curl: f.curl(client, r), Status: patient(ctx, client, r).Status})
	}
	own := forgery{kind: ownToken, token: token.Value}
	knock(own)
	for _, f := range forgeries {
		knock(f)
	}
	own.kind = ownAgain
	knock(own)
	o.Deep = true
	return o, ctx.Err()
}

// forgery is what is sent in place of a good token.
type forgery struct {
	kind, token, note string
	// recipe is a shell command that makes FORGED out of TOKEN.
	recipe  string
	scheme  string // another than Bearer
	inQuery bool
	second  string // a second Authorization, before or behind the first
	behind  bool
}

func (f forgery) request(o order, real http.Token) http.Request {
	r := o.request(http.Token{Value: f.token})
	r.Note, r.Before = f.note, f.recipe
	if f.recipe != "" {
		r.TokenName = "FORGED"
	}
	if f.scheme != "" {
		r.Token, r.Before = http.Token{}, ""
		r.Header.Set("Authorization", f.scheme)
	}
	if f.second != "" {
		r.Token, r.Header["Authorization"] = http.Token{}, f.both()
	}
	if f.inQuery {
		r.Path = withQuery(o.path, real.Value)
	}
	return r
}

// curl is the line to paste; in a query the token stands by its name, too.
func (f forgery) curl(c *http.Client, r http.Request) string {
	switch {
	case f.second != "":
		return f.twice(c, r)
	case !f.inQuery:
		return c.Replay(r)
	}
	r.Path, _, _ = strings.Cut(r.Path, queryNames[0]+"=")
	return strings.Replace(c.Replay(r), `" #`, queryNames[0]+`=$`+`TOKEN&`+queryNames[1]+`=$`+`TOKEN" #`, 1)
}

// queryNames are the parameters in which a token must not be believed (RFC 6750,
// section 2.3).
var queryNames = []string{"access_token", "token"}

func withQuery(path, token string) string {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return path + mark + queryNames[0] + "=" + url.QueryEscape(token) + "&" + queryNames[1] + "=" + url.QueryEscape(token)
}

// forger makes tokens out of a real one, since a service refuses one that names
// nobody for that alone.
type forger struct {
	name   string // of the variable with the key
	key    []byte
	now    time.Time
	chance io.Reader
}

func (f forger) holds(token string) bool { return len(f.key) > 0 && jwt.SignedBy(token, f.key) }

func (f forger) all(real string) ([]forgery, error) {
	plain := []forgery{
		{kind: none},
		{kind: "basic", scheme: "Basic bGlzdG86bGlzdG8=", note: "user listo, password listo"},
		{kind: "empty", scheme: "Bearer "},
		{kind: "garbage", token: "listo.is.no-token", recipe: "FORGED=listo.is.no-token"},
		{kind: "in_query", inQuery: true, note: "the good token, and no header"},
		{kind: "cut", token: real[:len(real)-min(8, len(real)-1)], recipe: `FORGED="${TOKEN%????????}"`},
	}
	parsed, err := jwt.Parse(real)
	if err != nil {
		return plain, nil
	}
	other := make([]byte, sha256.Size)
	if _, err := io.ReadFull(f.chance, other); err != nil {
		return nil, fmt.Errorf("security: making a key: %w", err)
	}
	edited, err := jwt.With(parsed.Claims, map[string]any{"sub": "2", "role": "admin", "admin": true})
	if err != nil {
		return plain, nil // claims that are no object: nothing to edit
	}
	header := string(parsed.Header)
	const otherHeader = `{"alg":"HS256","typ":"JWT","kid":"../../../../../../dev/null"}`
	all := append(append(plain, f.misshapen(real, parsed)...),
		forgery{kind: "edited", token: jwt.Joined(header, edited, parsed.Signature), recipe: editing(`.sub="2"|.role="admin"|.admin=true`) +
			`; FORGED="${TOKEN%%.*}.$CLAIMS.${TOKEN##*.}"`},
		forgery{kind: "flipped", token: jwt.Joined(header, parsed.Claims, flipped(parsed.Signature)), recipe: `FORGED="${TOKEN%.*}.A${TOKEN##*.?}"`,
			note: "B instead of A when it is A already"},
		forgery{kind: "unsigned", token: jwt.Joined(header, parsed.Claims, ""), recipe: `FORGED="${TOKEN%.*}."`},
		forgery{kind: foreignKey, token: jwt.Sign(header, parsed.Claims, other), recipe: signing(`"${TOKEN%.*}"`, `"$(openssl rand -hex 16)"`)},
		forgery{kind: "empty_key", token: jwt.Sign(jwt.HS256, parsed.Claims, nil), recipe: signing(encoding(jwt.HS256)+`.$(echo "$TOKEN" | cut -d. -f2)`, `''`)},
		forgery{kind: "kid_path", token: jwt.Sign(otherHeader, parsed.Claims, nil), recipe: signing(encoding(otherHeader)+`.$(echo "$TOKEN" | cut -d. -f2)`, `''`)},
	)
	for _, alg := range [][2]string{{"alg_none", "none"}, {"alg_none_title", "None"}, {"alg_none_upper", "NONE"}, {"alg_none_mixed", "nOnE"}} {
		all = append(all, forgery{kind: alg[0], token: jwt.Unsigned(parsed.Claims, alg[1]),
			recipe: "FORGED=" + encoding(`{"alg":"`+alg[1]+`","typ":"JWT"}`) + `.$(echo "$TOKEN" | cut -d. -f2).`})
	}
	return append(append(all, f.outOfTime(real, parsed.Claims)...), f.stamped(real, parsed)...), nil
}

// outOfTime are tokens that the service's own key has signed and that are not
// good now. Without the key nobody can make them.
func (f forger) outOfTime(real string, claims json.RawMessage) []forgery {
	if !f.holds(real) {
		return nil
	}
	var all []forgery
	for _, c := range []struct {
		kind, filter string
		changes      map[string]any
	}{
		{expired, `.iat=(now|floor)-7200|.exp=.iat+3600|del(.nbf)`, map[string]any{"iat": f.now.Add(-2 * time.Hour).Unix(), "nbf": nil, "exp": f.now.Add(-time.Hour).Unix()}},
		{notYet, `.nbf=(now|floor)+3600|.exp=.nbf+3600`, map[string]any{"nbf": f.now.Add(time.Hour).Unix(), "exp": f.now.Add(2 * time.Hour).Unix()}},
	} {
		if changed, err := jwt.With(claims, c.changes); err == nil {
			all = append(all, forgery{kind: c.kind, token: jwt.Sign(jwt.HS256, changed, f.key),
				recipe: editing(c.filter) + "; " + signing(encoding(jwt.HS256)+".$CLAIMS", `"$`+f.name+`"`)})
		}
	}
	return all
}

// flipped changes the first letter of a signature: the last may hold bits that
// do not count.
func flipped(signature string) string {
	if strings.HasPrefix(signature, "A") {
		return "B" + signature[1:]
	}
	if signature == "" {
		return "A"
	}
	return "A" + signature[1:]
}

func judgeTokens(o Tokens, _ evidence.Limits) evidence.Finding {
	s := sortKnocks(o.Tries)
	facts := evidence.Facts{"request": []string{o.Request}, "tries": max(0, len(o.Tries)-2), "accepted": s.accepted, "unrefused": s.unrefused,
		"odd": len(s.odd)}
	switch {
	case len(o.Tries) == 0:
		return evidence.Undecided("unanswered", facts)
	case s.opened:
		return evidence.Failed("open", facts)
	case slices.Equal(s.accepted, []string{audienceOther}):
		return evidence.Failed("audience", facts)
	case len(s.accepted) > 0:
		return evidence.Failed("accepted", facts)
	case s.limited:
		return evidence.Undecided("throttled", facts)
	case len(s.unrefused) > 0:
		return evidence.Failed("unrefused", facts)
	case s.unanswered:
		return evidence.Undecided("unanswered", facts)
	case s.own != 2:
		return evidence.Undecided("unexpected_own", facts)
	case !o.Signed:
		return evidence.Undecided("opaque", facts)
	case o.Deep && !s.all(stampedKinds()):
		return evidence.Undecided("keyless", facts)
	case !o.Key || !s.kinds[expired] || !s.kinds[notYet] || !s.kinds[foreignKey] || !s.kinds[none]:
		return evidence.Undecided("keyless", facts)
	}
	return evidence.Passed("refused", facts)
}
