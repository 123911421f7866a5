package secrets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"listo/internal/engine/jwt"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// effective asks the running service itself which key it believes.
func effective() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.effective", Class: "secrets.effective",
		Needs: []evidence.Need{evidence.NeedService, evidence.Setting("protected_request"), evidence.Setting("claims")},
		Reasons: []string{"effective", "forged", "open", "refused", "unrefused",
			"claims", "limited", "unanswered", "missing", "nothing"},
	}, runEffective, judgeEffective)
}

// The keys a token was signed with.
const (
	ownKey      = "own"     // the secret that is judged
	noToken     = "absent"  // no token was sent at all
	defaultKeys = "default" // values that everybody knows
	emptyKey    = "empty"   // a key of no bytes
	randomKey   = "random"  // 32 bytes of chance
	noAlgorithm = "none"    // alg none, no signature
)

// Effective is how the service answered tokens of each kind of key.
type Effective struct {
	Request string  `json:"request"`
	Tokens  []Tried `json:"tokens"`
	// IssuedSigned tells whether a token that the service itself gave at login is
	// signed with the secret; nil when there is no login to ask.
	IssuedSigned *bool `json:"issued_signed,omitempty"`
}

// Tried counts the answers to the tokens of one kind of key.
type Tried struct {
	Key        string `json:"key"`            // own, absent, default, empty, random, none
	Name       string `json:"name,omitempty"` // the variable, for own
	Sent       int    `json:"sent"`
	Accepted   int    `json:"accepted"`   // 2xx
	Refused    int    `json:"refused"`    // 401 or 403
	Limited    int    `json:"limited"`    // 429, also after waiting
	Other      int    `json:"other"`      // any other status
	Unanswered int    `json:"unanswered"` // no whole answer
	Unset      bool   `json:"unset,omitempty"`
}

func runEffective(ctx context.Context, b *lab.Bench) (Effective, error) {
	s := settings(b)
	o := Effective{Request: s.ProtectedRequest}
	method, path, err := methodAndPath(s.ProtectedRequest)
	if err != nil {
		return o, fmt.Errorf("secrets: protected_request: %w", err)
	}
	claims, err := claimsAt(s.Claims, b.Now())
	if err != nil {
		return o, err
	}
	values, _ := valuesOf(ctx, b)
	door := &door{client: http.On(b), method: method, path: path, patience: 60 * time.Second}
	for _, name := range s.namesWhere(func(r Required) bool { return r.Kind == HS256 }) {
		own := Tried{Key: ownKey, Name: name, Unset: values[name] == ""}
		if !own.Unset {
			door.try(ctx, &own, jwt.Sign(jwt.HS256, claims, []byte(values[name])))
		}
		o.Tokens = append(o.Tokens, own)
		o.IssuedSigned = issuedSigned(ctx, b, values[name], o.IssuedSigned)
	}
	forged, err := forgeries(claims, b.Rand, values)
	if err != nil {
		return o, err
	}
	for _, f := range forged {
		door.try(ctx, &f.Tried, f.tokens...)
		o.Tokens = append(o.Tokens, f.Tried)
	}
	return o, nil
}

// forgery is a kind of key that no service may believe, with its tokens.
type forgery struct {
	Tried
	tokens []string
}

func forgeries(claims json.RawMessage, chance io.Reader, values map[string]string) ([]forgery, error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(chance, random); err != nil {
		return nil, fmt.Errorf("secrets: making a random key: %w", err)
	}
	var known []string
	for _, key := range knownDefaults()[:triedDefaults] {
		own := false
		for _, v := range values {
			own = own || v == key
		}
		if !own { // secrets.strength says what there is to say about that one
			known = append(known, jwt.Sign(jwt.HS256, claims, []byte(key)))
		}
	}
	return []forgery{
		{Tried{Key: noToken}, []string{""}},
		{Tried{Key: defaultKeys}, known},
		{Tried{Key: emptyKey}, []string{jwt.Sign(jwt.HS256, claims, nil)}},
		{Tried{Key: randomKey}, []string{jwt.Sign(jwt.HS256, claims, random)}},
		{Tried{Key: noAlgorithm}, []string{jwt.Unsigned(claims, "none"), jwt.Unsigned(claims, "None"), jwt.Unsigned(claims, "NONE")}},
	}, nil
}

// issuedSigned looks at a token that the service gives itself: it tells a wrong
// key from claims that do not fit.
func issuedSigned(ctx context.Context, b *lab.Bench, key string, before *bool) *bool {
	if b.Config.Login.Request == "" || key == "" {
		return before
	}
	tokens, err := http.On(b).Tokens(ctx, 1)
	if err != nil || len(tokens) == 0 {
		return before // why stands on the record
	}
	signed := jwt.SignedBy(tokens[0].Value, []byte(key)) || (before != nil && *before)
	return &signed
}

// door is the protected request. Its patience with a rate limit is bounded over
// all tokens together.
type door struct {
	client       *http.Client
	method, path string
	patience     time.Duration
}

func (d *door) try(ctx context.Context, count *Tried, tokens ...string) {
	for _, token := range tokens {
		a := d.knock(ctx, token)
		count.Sent++
		switch {
		case a.Status == 0 || a.Err != nil:
			count.Unanswered++
		case a.Status/100 == 2:
			count.Accepted++
		case a.Status == 401 || a.Status == 403:
			count.Refused++
		case a.Status == 429:
			count.Limited++
		default:
			count.Other++
		}
	}
}

func (d *door) knock(ctx context.Context, token string) http.Answer {
	for {
		a := d.client.Do(ctx, http.Request{Method: d.method, Path: d.path, Token: http.Token{Value: token}})
		wait := retryAfter(a)
		if a.Status != 429 || wait > d.patience || ctx.Err() != nil {
			return a
		}
		d.patience -= wait
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// retryAfter is how long the service asks to wait, in seconds (RFC 9110, section
// 10.2.3); one second when it does not say.
func retryAfter(a http.Answer) time.Duration {
	seconds, err := strconv.ParseUint(a.Header.Get("Retry-After"), 10, 16)
	if err != nil || seconds == 0 {
		return time.Second
	}
	return time.Duration(seconds) * time.Second
}

func judgeEffective(o Effective, _ evidence.Limits) evidence.Finding {
	byKey := map[string]Tried{}
	sent, forgedSent := 0, 0
	for _, t := range o.Tokens {
		if t.Key == ownKey && t.Unset {
			return evidence.Undecided("missing", evidence.Facts{"name": []string{t.Name}})
		}
		sent += t.Sent
		if t.Key != ownKey && t.Key != noToken {
			forgedSent += t.Sent
		}
		sum := byKey[t.Key]
		sum.add(t)
		byKey[t.Key] = sum
	}
	facts := evidence.Facts{"request": []string{o.Request}, "sent": sent, "forged": forgedSent}
	for _, key := range []string{ownKey, noToken, defaultKeys, emptyKey, randomKey, noAlgorithm} {
		if byKey[key].Sent == 0 {
			return evidence.Undecided("nothing", facts)
		}
	}
	if byKey[noToken].Accepted > 0 {
		return evidence.Failed("open", facts)
	}
	if f, found := judgeForged(byKey, facts); found {
		return f
	}
	return judgeOwn(byKey[ownKey], o.IssuedSigned, facts)
}

func (t *Tried) add(more Tried) {
	t.Sent += more.Sent
	t.Accepted += more.Accepted
	t.Refused += more.Refused
	t.Limited += more.Limited
	t.Other += more.Other
	t.Unanswered += more.Unanswered
}

// judgeForged looks at what must be refused.
func judgeForged(byKey map[string]Tried, facts evidence.Facts) (evidence.Finding, bool) {
	var accepted []string
	var all Tried
	for _, key := range []string{defaultKeys, emptyKey, randomKey, noAlgorithm} {
		if byKey[key].Accepted > 0 {
			accepted = append(accepted, key)
		}
		all.add(byKey[key])
	}
	all.add(byKey[noToken])
	facts["kinds"], facts["limited"], facts["unanswered"], facts["other"] = accepted, all.Limited, all.Unanswered, all.Other
	switch {
	case len(accepted) > 0:
		return evidence.Failed("forged", facts), true
	case all.Other > 0:
		return evidence.Failed("unrefused", facts), true
	case all.Limited > 0:
		return evidence.Undecided("limited", facts), true
	case all.Unanswered > 0:
		return evidence.Undecided("unanswered", facts), true
	}
	return evidence.Finding{}, false
}

// judgeOwn looks at the token that must be accepted.
func judgeOwn(own Tried, issuedSigned *bool, facts evidence.Facts) evidence.Finding {
	facts["limited"], facts["unanswered"] = own.Limited, own.Unanswered
	switch {
	case own.Limited > 0:
		return evidence.Undecided("limited", facts)
	case own.Unanswered > 0:
		return evidence.Undecided("unanswered", facts)
	case own.Accepted == own.Sent:
		return evidence.Passed("effective", facts)
	case issuedSigned != nil && *issuedSigned:
		return evidence.Undecided("claims", facts)
	}
	return evidence.Failed("refused", facts)
}
