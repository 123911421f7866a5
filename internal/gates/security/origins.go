package security

import (
	"cmp"
	"context"
	"fmt"
	nethttp "net/http"
	"strings"

	"listo/internal/engine/cors"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// origins asks whether scripts of the one frontend may read the answers, and
// nobody else's.
func origins() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: originsID, Class: originsID,
		Needs: []evidence.Need{evidence.NeedService, evidence.Setting("frontend_origin"), evidence.Setting("request")},
		Reasons: []string{"closed", "anyone", "strangers", "locked_out", "preflight_refused", "hidden_errors", "uncached",
			"credentials", "any_method", "private_network", "choked", "open_when_unset", "unplanned", "unanswered"},
	}, timed(budget, runOrigins), judgeOrigins)
}

// Origins is how the service answered pages of other origins.
type Origins struct {
	Allowed string  `json:"allowed"`
	Tries   []Cross `json:"tries"`
	// Unset is a copy of the service that was told no origin; nil when none was started.
	Unset *Unset `json:"unset,omitempty"`
}

// Cross is one request from a page.
type Cross struct {
	// Kind is "allowed", "none" (no Origin) or the kind of the variant.
	Kind   string `json:"kind"`
	Origin string `json:"origin"`
	// What was asked: data, refused (no token), missing, a preflight, or one of those
	// in crossings.go.
	What   string `json:"what"`
	Curl   string `json:"curl"`
	Status int    `json:"status"`
	// Admitted tells that a script of the origin may read the answer; Star that
	// this is because everybody may.
	Admitted    bool     `json:"admitted"`
	Star        bool     `json:"star"`
	Credentials bool     `json:"credentials"`
	Varies      bool     `json:"varies"`           // Vary names Origin
	Invited     bool     `json:"invited"`          // of a preflight: the real request may follow
	Header      []string `json:"header,omitempty"` // Access-Control-Allow-Origin as it came
	// Granted tells that a preflight was granted what no service offers: see unoffered.
	Granted bool `json:"granted,omitempty"`
}

// Kinds that are no variant.
const (
	allowedOrigin = "allowed"
	noOrigin      = "none"
)

// What a page may ask for.
const (
	askData      = "data"
	askRefused   = "refused"
	askMissing   = "missing"
	askPreflight = "preflight"
)

// The request that a preflight announces: what a frontend with tokens sends.
const preflightMethod = nethttp.MethodPut

var preflightHeaders = []string{"Authorization", "Content-Type"}

func runOrigins(ctx context.Context, b *lab.Bench) (Origins, error) {
	s := settings(b)
	o := Origins{Allowed: origin(s.FrontendOrigin)}
	variants, err := cors.Variants(o.Allowed)
	if err != nil {
		return o, fmt.Errorf("security: frontend_origin: %w", err)
	}
	request, err := parseOrder(s.Request)
	if err != nil {
		return o, fmt.Errorf("security: request: %w", err)
	}
	token, err := firstToken(ctx, b)
	if err != nil {
		return o, err
	}
	c := crossing{client: http.On(b), into: &o}
	missing := http.Request{Method: nethttp.MethodGet, Path: s.MissingPath, Token: token}
	preflight := http.Request{Method: nethttp.MethodOptions, Path: request.path, Header: nethttp.Header{
		"Access-Control-Request-Method":  {preflightMethod},
		"Access-Control-Request-Headers": {strings.ToLower(strings.Join(preflightHeaders, ","))},
	}}
	all := append([]cors.Variant{{Kind: allowedOrigin, Origin: o.Allowed}}, variants...)
	for _, v := range all {
		c.cross(ctx, v, askData, request.request(token))
		c.cross(ctx, v, askPreflight, preflight)
	}
	for _, v := range all[:2] { // the allowed one and a stranger: errors are answered elsewhere in the code
		c.cross(ctx, v, askRefused, request.request(http.Token{}))
		c.cross(ctx, v, askMissing, missing)
	}
	c.cross(ctx, cors.Variant{Kind: noOrigin}, askData, request.request(token))
	c.odd(ctx, request, all[0], all[1])
	if err := c.errors(ctx, b, token, all[:2]); err != nil {
		return o, err
	}
	if o.Unset, err = unset(ctx, b, request.request(token), all[1:3]); err != nil {
		return o, err
	}
	return o, ctx.Err()
}

// crossing sends requests as a browser would for a page.
type crossing struct {
	client *http.Client
	into   *Origins
}

func (c crossing) cross(ctx context.Context, v cors.Variant, what string, r http.Request) {
	header := nethttp.Header{}
	for name, values := range r.Header {
		header[name] = values
	}
	if v.Kind != noOrigin && len(header["Origin"]) == 0 {
		header.Set("Origin", v.Origin)
	}
	r.Header = header
	a := patient(ctx, c.client, r)
	if what == askLarge && a.Status == 0 {
		return // cut off: that is the business of security.size_limit
	}
	t := Cross{Kind: v.Kind, Origin: v.Origin, What: what, Curl: c.client.Replay(r), Status: a.Status, Header: a.Header.Values(cors.AllowOrigin)}
	if a.Status != 0 {
		t.Admitted = cors.Admits(a.Header, v.Origin)
		t.Star = t.Admitted && t.Header[0] == "*"
		t.Credentials = a.Header.Get(cors.AllowCredentials) == "true"
		t.Varies = cors.VariesByOrigin(a.Header)
		t.Granted = granted(what, a.Header)
		t.Invited = what == askPreflight && a.Status/100 == 2 && cors.Invites(a.Header, v.Origin, preflightMethod, preflightHeaders...)
	}
	c.into.Tries = append(c.into.Tries, t)
}

// crossings sorts the tries by what they mean.
type crossings struct {
	answered, unanswered int
	strangers            []string // origins let in that must not be
	line                 string   // that shows the first of them
	star, credentials    bool
	locked               bool // the frontend cannot read the data
	uninvited            bool // the frontend's preflight fails
	hidden               []string
	asked                map[string]bool // what strangers asked for
	// constant: the same header for everybody, so that caches cannot mix it up.
	constant, unvaried, controlled bool
	granted                        map[string]bool // by what was asked
	choked                         bool            // a long list of headers was not answered, or broke it
}

func sortCrossings(o Origins) crossings {
	c := crossings{constant: true, asked: map[string]bool{}, granted: map[string]bool{}}
	for _, t := range o.Tries {
		if t.What == askCommas && (t.Status == 0 || t.Status >= 500) {
			c.choked, c.line = true, cmp.Or(c.line, t.Curl)
			continue
		}
		if t.Granted {
			c.granted[t.What], c.line = true, cmp.Or(c.line, t.Curl)
		}
		limited := t.Status == nethttp.StatusTooManyRequests // a limiter may stand before CORS
		if t.Status == 0 || limited {
			c.unanswered++
		}
		if t.Status == 0 || limited && !t.Admitted {
			continue
		}
		c.answered++
		if t.Star || (t.Kind == noOrigin && len(t.Header) == 1 && t.Header[0] == "*") {
			c.star = true
		}
		c.constant = c.constant && (preflighted(t.What) || len(t.Header) == 1 && t.Header[0] == o.Allowed)
		switch {
		case t.Kind == allowedOrigin && limited:
		case t.Kind == allowedOrigin:
			c.frontend(t)
		case t.Admitted && t.Kind != noOrigin:
			c.line = cmp.Or(c.line, t.Curl)
			c.strangers = append(c.strangers, t.Origin)
			c.credentials = c.credentials || t.Credentials
		}
		c.asked[t.What] = c.asked[t.What] || t.Kind != allowedOrigin && t.Kind != noOrigin
		c.unvaried = c.unvaried || (!preflighted(t.What) && !t.Varies)
	}
	return c
}

// frontend looks at an answer to the page that must be let in.
func (c *crossings) frontend(t Cross) {
	switch {
	case t.What == askPreflight:
		c.uninvited = c.uninvited || !t.Invited
	case preflighted(t.What):
	case t.What == askData:
		c.controlled = t.Status/100 == 2
		c.locked = c.locked || !t.Admitted
	case !t.Admitted:
		c.hidden = append(c.hidden, t.What)
	}
}

func judgeOrigins(o Origins, _ evidence.Limits) evidence.Finding {
	c := sortCrossings(o)
	facts := evidence.Facts{"origin": []string{o.Allowed}, "tries": len(o.Tries), "unanswered": c.unanswered, "strangers": once(c.strangers), "errors": once(c.hidden)}
	if c.line != "" {
		facts[evidence.Replay] = c.line
	}
	switch {
	case c.answered == 0:
		return evidence.Undecided("unanswered", facts)
	case c.star:
		return evidence.Failed("anyone", facts)
	case len(c.strangers) > 0 && c.credentials:
		return evidence.Failed("credentials", facts)
	case len(c.strangers) > 0:
		return evidence.Failed("strangers", facts)
	case o.Unset != nil && len(o.Unset.Admitted) > 0:
		facts["strangers"] = o.Unset.Admitted
		return evidence.Failed("open_when_unset", facts)
	case c.granted[askPrivate]:
		return evidence.Failed("private_network", facts)
	case c.choked:
		return evidence.Failed("choked", facts)
	case c.unanswered > 0 || o.Unset != nil && !o.Unset.Refused && o.Unset.Answered == 0:
		return evidence.Undecided("unanswered", facts)
	case !c.controlled || !c.asked[askData] || !c.asked[askPreflight]:
		return evidence.Undecided("unplanned", facts)
	case c.locked:
		return evidence.Failed("locked_out", facts)
	case c.uninvited:
		return evidence.Failed("preflight_refused", facts)
	case len(c.hidden) > 0:
		return evidence.Failed("hidden_errors", facts)
	case c.unvaried && !c.constant:
		return evidence.Failed("uncached", facts)
	case c.granted[askMethod]:
		return evidence.Failed("any_method", facts)
	}
	return evidence.Passed("closed", facts)
}
