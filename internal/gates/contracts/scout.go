package contracts

import (
	"cmp"
	"context"
	"fmt"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/lab"
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
	harvest
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
	s.harvest.settings = settings(b)
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
		for i := range mostTried {
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
				s.take(c, a)
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
	c := call{op: o, path: map[string]string{}, query: url.Values{}, header: nethttp.Header{}}
	if o.Secured {
		c.token = token
	}
	if o.Method == nethttp.MethodDelete {
		s.another(ctx, o)
	}
	for _, p := range pathOrder(o) {
		v := s.harvest.parameter(o, p, collectionOf(c, p.Name), i)
		if v == nil && i == 0 {
			v, _ = valueOf(p, s.known(i))
		}
		text, ok := openapi.Wire(v)
		if v == nil || !ok {
			return c, "no value is known for {" + p.Name + "}"
		}
		c.path[p.Name] = text[0]
	}
	for _, p := range o.Parameters {
		if !p.Required || p.In == "path" || p.In == "cookie" {
			continue
		}
		if !c.set(p, s.known(i)) {
			return c, "no value is known for " + p.Name
		}
	}
	return c, s.withBody(&c, i, false)
}

// withBody gives a call its body: the login's own, or one made from the document.
func (s *scout) withBody(c *call, i int, full bool) string {
	if c.op.Body == nil || len(c.op.Body.Content) == 0 {
		return ""
	}
	at := slices.IndexFunc(c.op.Body.Content, func(m openapi.Media) bool { return openapi.IsJSON(m.Type) })
	if at < 0 {
		return "its body is no JSON, which is all that listo makes"
	}
	c.media = c.op.Body.Content[at]
	if isLogin(s.b, c.op) {
		if c.body = loginBody(s.b); c.body == nil {
			return "login.body is no JSON or there are no users"
		}
		return ""
	}
	if c.media.Schema == nil {
		c.body = map[string]any{}
		return ""
	}
	v, ok := c.media.Schema.Make(c.media.Example, s.known(i), full)
	if !ok {
		return "no body can be made that fits the schema: give it an example"
	}
	c.body = v
	return ""
}

// pathOrder gives the path's parameters as they stand in it.
func pathOrder(o *openapi.Operation) []openapi.Parameter {
	var all []openapi.Parameter
	for _, p := range o.Parameters {
		if p.In == "path" {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b openapi.Parameter) int {
		return strings.Index(o.Path, "{"+a.Name+"}") - strings.Index(o.Path, "{"+b.Name+"}")
	})
	return all
}

// collectionOf is the path before a parameter, with the ones before it filled in.
func collectionOf(c call, name string) string {
	before, _, _ := strings.Cut(c.op.Path, "/{"+name+"}")
	for n, v := range c.path {
		before = strings.ReplaceAll(before, "{"+n+"}", url.PathEscape(v))
	}
	return before
}

// valueOf gives a value for a parameter: known by its name, or from its example,
// or made.
func valueOf(p openapi.Parameter, known openapi.Known) (any, bool) {
	if v := known(p.Name); v != nil && fits(p, v) {
		return v, true
	}
	if p.Schema == nil {
		return p.Example, p.Example != nil
	}
	return p.Schema.Make(p.Example, known, false)
}

func fits(p openapi.Parameter, v any) bool {
	if v == nil {
		return false
	}
	return p.Schema == nil || len(p.Schema.InRequest(v)) == 0
}

// set gives a query or header parameter a good value.
func (c *call) set(p openapi.Parameter, known openapi.Known) bool {
	v, ok := valueOf(p, known)
	if !ok {
		return false
	}
	text, ok := openapi.Wire(v)
	switch {
	case !ok:
		return false
	case p.In == "query":
		c.query[p.Name] = text
	default:
		c.header.Set(p.Name, strings.Join(text, ","))
	}
	return true
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
				s.take(t.call, a)
			}
			return
		}
	}
}
