package contracts

import (
	"cmp"
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
)

const (
	// mostUsers is how many users are logged in: a service may give some more than others.
	mostUsers = 4
	// rounds is how often what was not reached is tried again with what was learnt since.
	rounds = 3
)

// scout finds for every operation a request that succeeds: in the order in which
// the document's own operations make what the others need.
type scout struct {
	b      *lab.Bench
	doc    *openapi.Document
	client *http.Client
	tokens []http.Token
	found  map[*openapi.Operation]*twin
	tried  map[*openapi.Operation]*attempt
	*harvest.Harvest
	sender
}

// twin is a request that succeeded: every change of it is one change away from a
// good one.
type twin struct {
	call
	answer http.Answer
}

// attempt is the last request that did not succeed.
type attempt struct {
	call
	answer http.Answer
	why    string // when no request could be made
}

// begin reads the document and logs in.
func begin(ctx context.Context, b *lab.Bench) (*scout, error) {
	doc, err := document(b)
	if err != nil {
		return nil, err
	}
	client := http.On(b)
	tokens, err := client.Tokens(ctx, mostUsers)
	if err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	s := &scout{b: b, doc: doc, client: client, tokens: tokens, found: map[*openapi.Operation]*twin{}, tried: map[*openapi.Operation]*attempt{}}
	s.Harvest = harvest.New(settings(b).Values)
	s.sender = sender{b: b, client: client}
	return s, nil
}

// all looks for a good request to every operation.
func (s *scout) all(ctx context.Context) {
	open := slices.Clone(s.doc.Operations)
	slices.SortStableFunc(open, func(a, b *openapi.Operation) int { return cmp.Compare(s.rank(a), s.rank(b)) })
	for round := 0; round < rounds && len(open) > 0 && ctx.Err() == nil; round++ {
		before := len(open)
		open = slices.DeleteFunc(open, func(o *openapi.Operation) bool {
			s.b.Progress(len(s.found), len(s.doc.Operations))
			return s.reach(ctx, o)
		})
		if round > 0 && len(open) == before {
			return
		}
	}
}

// quiet looks for a good request to every operation, in one transcript: where that
// is only the way to what is asked. contracts.positive shows it in full.
func (s *scout) quiet(ctx context.Context) {
	defer s.quietly("a request that succeeds for each operation")()
	s.all(ctx)
}

// rank orders operations: what lists, then what makes, then what needs an id of
// it; what takes away comes last.
func (s *scout) rank(o *openapi.Operation) int {
	place := strings.Count(o.Path, "{") * 10
	switch o.Method {
	case nethttp.MethodGet, nethttp.MethodHead, nethttp.MethodOptions:
		return place
	case nethttp.MethodPost:
		return place + 1
	case nethttp.MethodDelete:
		return 1000 - place // children before their parents
	}
	return place + 2
}

// reach tries an operation as each user with each value known; true when it
// succeeded.
func (s *scout) reach(ctx context.Context, o *openapi.Operation) bool {
	if !managed(s.b) && !safe(o.Method) && !isLogin(s.b, o) {
		s.tried[o] = &attempt{why: "attached"}
		return true // nothing will change that
	}
	for _, token := range s.tokens {
		for i := range harvest.MostTried {
			c, why := s.build(ctx, o, token, i)
			if why != "" {
				if i == 0 {
					s.tried[o] = &attempt{call: c, why: why}
				}
				break
			}
			a := s.send(ctx, c)
			if good(o, a) {
				s.found[o] = &twin{c, a}
				delete(s.tried, o)
				s.Take(c.op, c.target(), a)
				return true
			}
			s.tried[o] = &attempt{call: c, answer: a}
			if a.Err != nil || a.Status >= 500 || ctx.Err() != nil {
				return false
			}
		}
	}
	return false
}

func safe(method string) bool {
	return method == nethttp.MethodGet || method == nethttp.MethodHead || method == nethttp.MethodOptions
}

// good tells that an answer is a success of this operation: 2xx, or a redirect
// that is documented.
func good(o *openapi.Operation, a http.Answer) bool {
	_, _, documented := o.Documents(a.Status)
	return a.Err == nil && (a.Status/100 == 2 || (a.Status/100 == 3 && documented && a.Status != nethttp.StatusNotModified))
}

// build makes the i-th minimal request to an operation, or says why it cannot.
func (s *scout) build(ctx context.Context, o *openapi.Operation, token http.Token, i int) (call, string) {
	c := call{op: o}
	if o.Secured {
		c.token = token
	}
	if o.Method == nethttp.MethodDelete {
		s.another(ctx, o)
	}
	values, lacking := s.Fill(o, i)
	c.path, c.query, c.header = values.Path, values.Query, values.Header
	if lacking != "" {
		return c, "no value is known for " + lacking
	}
	return c, s.withBody(&c, i, false)
}

// withBody gives a call its body: the login's own, or one made from the document.
func (s *scout) withBody(c *call, i int, full bool) string {
	media, takes, err := harvest.Takes(c.op)
	if err != nil {
		return err.Error()
	}
	if !takes {
		return ""
	}
	c.media = media
	if isLogin(s.b, c.op) {
		if c.body = loginBody(s.b); c.body == nil {
			return "login.body is no JSON or there are no users"
		}
		return ""
	}
	if c.body, err = s.Body(media, i, full); err != nil {
		return err.Error()
	}
	return ""
}

// set gives a query or header parameter a good value.
func (c *call) set(p openapi.Parameter, known openapi.Known) bool {
	return harvest.Set(p, known, c.query, c.header)
}

// another makes one more of what an operation takes away, so that it does not
// take what the others still need.
func (s *scout) another(ctx context.Context, o *openapi.Operation) {
	collection, _, ok := strings.Cut(o.Path, "/{")
	if !ok {
		return
	}
	for maker, t := range s.found {
		if maker.Method == nethttp.MethodPost && maker.Path == collection {
			if a := s.send(ctx, t.call); good(maker, a) {
				s.Take(t.op, t.target(), a)
			}
			return
		}
	}
}
