package security

import (
	"context"
	"fmt"
	nethttp "net/http"
	"strings"
	"time"

	"listo/internal/engine/jwt"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	labwire "listo/internal/lab/wire"
)

// keys asks whether the key of the tokens is the service's alone: whether anybody
// can guess it, or name another one that the service then takes.
func keys() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: keysID, Class: keysID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedLogin, evidence.Setting("request")},
		Reasons: []string{"own", "accepted", "guessable", "fetched", "unrefused", "unexpected_own", "opaque", "hidden_key", "throttled", "unanswered"},
	}, timed(budget, sparing(runKeys)), judgeKeys)
}

// Keys is how the service answered tokens that bring or name a key, and whether its
// own is in the dictionary.
type Keys struct {
	Request string `json:"request"`
	Signed  bool   `json:"signed"` // the login's token is a JWT
	Alg     string `json:"alg"`    // that it names
	// Words counts the well-known keys that were tried on the login's token, without a
	// request; Guessed tells that one of them has signed it. Which is not kept.
	Words   int  `json:"words"`
	Guessed bool `json:"guessed"`
	// Public counts the keys that the service publishes, of a token signed with a pair.
	Public int     `json:"public"`
	Tries  []Knock `json:"tries"`
}

// symmetric tells that whoever verifies can sign, too.
func (o Keys) symmetric() bool { return strings.HasPrefix(o.Alg, "HS") }

func runKeys(ctx context.Context, b *lab.Bench) (Keys, error) {
	s := settings(b)
	o := Keys{Request: s.Request}
	request, err := parseOrder(s.Request)
	if err != nil {
		return o, fmt.Errorf("security: request: %w", err)
	}
	token, err := firstToken(ctx, b)
	if err != nil {
		return o, err
	}
	client := http.On(b)
	parsed, err := jwt.Parse(token.Value)
	if err != nil {
		return o, ctx.Err() // nothing of it can be imitated
	}
	o.Signed, o.Alg = true, parsed.Alg()
	words := jwt.Known(b.Config.Name, s.SigningKey)
	if guessed, tried := jwt.Guessed(token.Value, words); tried {
		o.Words, o.Guessed = len(words), guessed
	}
	t, err := newBurglary(parsed)
	if err != nil {
		return o, err
	}
	defer t.canary.Close()
	t.bringing()
	if !o.symmetric() {
		published := patient(ctx, client, http.Request{Method: nethttp.MethodGet, Path: s.PublicKeys})
		o.Public = t.confusing(published.Body)
	}
	if t.err != nil {
		return o, t.err
	}
	o.Tries = t.knock(ctx, client, request, token)
	return o, ctx.Err()
}

// knock sends the real token, the forgeries and the real token again, and counts
// who was led to the canary by each.
func (t *burglary) knock(ctx context.Context, client *http.Client, request order, token http.Token) (tries []Knock) {
	own := forgery{kind: ownToken, token: token.Value}
	again := own
	again.kind = ownAgain
	for _, f := range append(append([]forgery{own}, t.all...), again) {
		before := t.canary.Hits()
		r := f.request(request, token)
		k := Knock{Kind: f.kind, Curl: f.curl(client, r), Status: patient(ctx, client, r).Status}
		if leads(f.kind) {
			pause(ctx, 50*time.Millisecond) // whoever was sent there may be on the way
			k.Hits = t.canary.Hits() - before
		}
		tries = append(tries, k)
	}
	return tries
}

func judgeKeys(o Keys, _ evidence.Limits) evidence.Finding {
	s := sortKnocks(o.Tries)
	facts := evidence.Facts{"request": []string{o.Request}, "tries": max(0, len(o.Tries)-2), "accepted": s.accepted, "unrefused": s.unrefused,
		"words": o.Words, "alg": []string{o.Alg}, "led": s.led}
	switch {
	case o.Guessed:
		return evidence.Failed("guessable", facts)
	case len(s.accepted) > 0:
		return evidence.Failed("accepted", facts)
	case len(s.led) > 0:
		return evidence.Failed("fetched", facts)
	case len(o.Tries) == 0 && o.Request != "":
		return evidence.Undecided("opaque", facts)
	case len(o.Tries) == 0:
		return evidence.Undecided("unanswered", facts)
	case s.limited:
		return evidence.Undecided("throttled", facts)
	case len(s.unrefused) > 0:
		return evidence.Failed("unrefused", facts)
	case s.unanswered:
		return evidence.Undecided("unanswered", facts)
	case s.own != 2:
		return evidence.Undecided("unexpected_own", facts)
	case !s.all(bringingKinds()):
		return evidence.Undecided("unanswered", facts)
	case o.symmetric() && o.Words == 0, !o.symmetric() && o.Public == 0:
		return evidence.Undecided("hidden_key", facts)
	}
	return evidence.Passed("own", facts)
}

// all tells whether each of the kinds was tried.
func (s knocks) all(kinds []string) bool {
	for _, k := range kinds {
		if !s.kinds[k] {
			return false
		}
	}
	return true
}

// newBurglary begins with the claims of a real token and opens the canary.
func newBurglary(real jwt.Token) (*burglary, error) {
	pair, err := jwt.NewPair()
	if err != nil {
		return nil, err
	}
	canary, err := labwire.Bait(map[string]string{
		"/jwks": `{"keys":[` + pair.JWK() + `]}`, "/.well-known/jwks.json": `{"keys":[` + pair.JWK() + `]}`, "/key": brought,
	})
	if err != nil {
		return nil, err
	}
	return &burglary{claims: real.Claims, pair: pair, canary: canary}, nil
}
