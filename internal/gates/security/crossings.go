package security

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/cors"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// What a page may ask for, further: errors that other code often answers than the
// handlers, and preflights that no browser of the frontend sends.
const (
	askWrite   = "write"   // a POST that is refused for what it holds
	askLarge   = "large"   // a body over the limit
	askFailed  = "failed"  // a request that fails with 500
	askMethod  = "method"  // a preflight for a method that there is not
	askCommas  = "commas"  // a preflight whose list of headers is nothing but commas
	askPrivate = "private" // a preflight of a stranger into a private network
)

// twoOrigins is the kind of a request with the header Origin twice.
const twoOrigins = "two"

func preflighted(what string) bool {
	return slices.Contains([]string{askPreflight, askMethod, askCommas, askPrivate}, what)
}

// unoffered is a method that no service has: who grants it grants what is asked.
const unoffered = "LISTO"

// commas are as many as fit into the headers that common servers take. A list of
// them cost rs/cors before 1.11 a service its memory (GO-2024-2883).
const commas = 6 << 10

// granted tells whether an answer to an odd preflight grants what was asked.
func granted(what string, h nethttp.Header) bool {
	switch what {
	case askMethod:
		return cors.Lists(h, cors.AllowMethods, unoffered)
	case askPrivate:
		return h.Get(cors.AllowPrivate) == "true"
	}
	return false
}

// odd sends what is no request of a browser's page, or of no honest one.
func (c crossing) odd(ctx context.Context, request order, allowed, stranger cors.Variant) {
	both := request.request(http.Token{})
	both.Header["Origin"] = []string{stranger.Origin, allowed.Origin}
	c.cross(ctx, cors.Variant{Kind: twoOrigins, Origin: stranger.Origin}, askData, both)
	preflight := func(v cors.Variant, what string, more nethttp.Header) {
		more.Set("Access-Control-Request-Method", nethttp.MethodPut)
		if what == askMethod {
			more.Set("Access-Control-Request-Method", unoffered)
		}
		c.cross(ctx, v, what, http.Request{Method: nethttp.MethodOptions, Path: request.path, Header: more})
	}
	preflight(allowed, askMethod, nethttp.Header{})
	preflight(allowed, askCommas, nethttp.Header{"Access-Control-Request-Headers": {strings.Repeat(",", commas)}})
	preflight(stranger, askPrivate, nethttp.Header{"Access-Control-Request-Private-Network": {"true"}})
}

// errors asks, as the frontend and as a stranger, for what is answered elsewhere
// in the code. A 429 is looked at by security.rate_limit.
func (c crossing) errors(ctx context.Context, b *lab.Bench, token http.Token, as []cors.Variant) error {
	s := settings(b)
	if o, err := parseOrder(s.SizeLimit.Request); err == nil && o.method == nethttp.MethodPost {
		for _, v := range as {
			c.cross(ctx, v, askWrite, sized(o, token, atLimit, len(bodyHead)+len(bodyTail)+1))
			if s.SizeLimit.Bytes > 0 {
				c.cross(ctx, v, askLarge, sized(o, token, announced, s.SizeLimit.Bytes+1))
			}
		}
	}
	f := s.Failure
	if f.Request == "" || (f.Table != "" && (b.Config.Service.Mode == config.Attached || b.Target.AdminURL == "")) {
		return nil
	}
	failing, err := parseOrder(f.Request)
	if err != nil {
		return fmt.Errorf("security: failure.request: %w", err)
	}
	back := func() error { return nil }
	if f.Table != "" {
		session, err := sql.Open(ctx, b)
		if err != nil {
			return err
		}
		defer session.Close()
		if back, err = hide(ctx, session, f.Table); err != nil {
			return err
		}
	}
	for _, v := range as {
		c.cross(ctx, v, askFailed, failing.request(token))
	}
	return back()
}

// Unset is how a copy of the service behaves that was told no origin.
type Unset struct {
	// Refused tells that it did not start, which is the best it can do.
	Refused bool `json:"refused"`
	// Answered counts the answers, Admitted names the origins let in.
	Answered int      `json:"answered"`
	Admitted []string `json:"admitted,omitempty"`
}

// unset starts a copy that is told no origin. nil is given where none may be
// started or the plan names no variable.
func unset(ctx context.Context, b *lab.Bench, r http.Request, strangers []cors.Variant) (found *Unset, err error) {
	variable := settings(b).OriginVariable
	if variable == "" || b.Config.Service.Mode == config.Attached || b.Start == nil {
		return nil, nil
	}
	target, stop, err := b.Start(ctx, lab.Variant{NotReady: true, Environment: map[string]string{variable: ""}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	ended := func() bool {
		if target.Ended == nil {
			return false
		}
		_, over := target.Ended()
		return over
	}
	client, ready := http.On(b.At(target)), "/"+strings.TrimPrefix(b.Config.Service.Ready, "/")
	if err := client.Await(ctx, http.Request{Method: nethttp.MethodGet, Path: ready}, b.Config.Service.ReadyWithin, ended); err != nil {
		return &Unset{Refused: ended()}, nil
	}
	found = &Unset{}
	for _, v := range strangers {
		r.Header = r.Header.Clone()
		r.Header.Set("Origin", v.Origin)
		if a := patient(ctx, client, r); a.Status != 0 {
			found.Answered++
			if cors.Admits(a.Header, v.Origin) {
				found.Admitted = append(found.Admitted, v.Origin)
			}
		}
	}
	return found, nil
}
