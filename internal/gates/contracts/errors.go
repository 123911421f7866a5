package contracts

import (
	"context"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/engine/provoke"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
)

// provocation asks for one error. Wants are the statuses that would be right: a
// service may hide what a user must not see (404 for 403), and a value that does
// not fit is 400 or 422 as the house likes.
type provocation struct {
	name  string
	group string // the status that this stands for in the table
	wants []int
	call
}

// errorsOf are the provocations that a normal client can send (the application's
// tier), made from good requests of the service's own.
func (s *scout) errorsOf(ctx context.Context) []provocation {
	token := s.tokens[0]
	all := []provocation{
		{"unknown_path", "404", []int{404}, strange(nethttp.MethodGet, nowhere, token)},
		{"unknown_path_post", "404", []int{404, 405}, strange(nethttp.MethodPost, nowhere, token)},
	}
	if t := s.any(func(t *twin) bool { return t.token.Value != "" }); t != nil {
		all = append(append(all, provocation{"no_token", "401", []int{401}, anonymous(t.call)}), credentials(t.call)...)
	}
	all = append(all, s.valueErrors()...)
	all = append(all, s.bodyErrors()...)
	all = append(all, s.missing()...)
	all = append(all, s.rules()...)
	all = append(all, s.wrongMethod()...)
	return append(all, s.forbidden(ctx)...)
}

// any gives the first good request of which something holds, in the document's order.
func (s *scout) any(holds func(*twin) bool) *twin {
	for _, op := range s.doc.Operations {
		if t := s.found[op]; t != nil && holds(t) {
			return t
		}
	}
	return nil
}

// valueErrors breaks one parameter of the path and one of the query.
func (s *scout) valueErrors() []provocation {
	var all []provocation
	for _, in := range []string{"query", "path"} {
		var made *call
		s.any(func(t *twin) bool {
			for _, p := range t.op.Parameters {
				now := cmpOr(t.path[p.Name], t.query.Get(p.Name))
				cells := p.ParameterCells(now)
				i := slices.IndexFunc(cells, func(c openapi.Cell) bool { return !c.Unclear && !c.Absent })
				if p.In == in && i >= 0 && made == nil {
					c := broken(t.call, cells[i], p)
					made = &c
				}
			}
			return made != nil
		})
		if made != nil {
			all = append(all, provocation{"bad_" + in, "400", []int{400, 422, 404}, *made})
		}
	}
	return all
}

// bodyErrors breaks a body in the ways that bodies break.
func (s *scout) bodyErrors() []provocation {
	t := s.any(func(t *twin) bool { return t.body != nil && !isLogin(s.b, t.op) })
	if t == nil {
		t = s.any(func(t *twin) bool { return t.body != nil })
	}
	if t == nil {
		return nil
	}
	all := []provocation{
		{"malformed", "400", []int{400, 422}, malformed(t.call)},
		{"truncated_text", "400", []int{400, 422}, rawBody(t.call, `"listo`)},
		{"text_plain", "415", []int{415, 400, 422}, plainText(t.call)},
		{"bad_charset", "415", []int{415, 400, 422}, withType(t.call, "application/json; charset=listo")},
		{"bad_coding", "415", []int{415, 400, 422}, withCoding(t.call)},
		{"too_large", "413", []int{413}, tooLarge(t.call, smallLarge)},
		{"far_too_large", "413", []int{413}, tooLarge(t.call, large)},
	}
	cells := s.bodyCells(t.call)
	for _, keyword := range []string{"required", "type", "enum", "maxLength"} {
		if i := slices.IndexFunc(cells, func(c openapi.Cell) bool { return c.Keyword == keyword && c.Name != "" && !c.Unclear }); i >= 0 {
			all = append(all, provocation{"body_" + strings.ToLower(keyword), "422", []int{422, 400}, broken(t.call, cells[i], openapi.Parameter{})})
		}
	}
	return all
}

func rawBody(c call, body string) call {
	c = c.clone()
	c.raw = []byte(body)
	return c
}

func withType(c call, media string) call {
	c = c.clone()
	c.header.Set("Content-Type", media)
	return c
}

// withCoding says that the body is compressed, which it is not.
func withCoding(c call) call {
	c = c.clone()
	c.header.Set("Content-Encoding", "gzip")
	return c
}

// missing asks for a thing that is not there.
func (s *scout) missing() []provocation {
	for _, op := range s.doc.Operations {
		t := s.found[op]
		if t == nil || len(harvest.InPath(op)) == 0 || op.Method != nethttp.MethodGet {
			continue
		}
		for _, p := range harvest.InPath(op) {
			if text, ok := unknown(p); ok {
				c := t.clone()
				c.path[p.Name] = text
				return []provocation{{"absent", "404", []int{404, 403, 410}, c}}
			}
		}
	}
	return nil
}

// wrongMethod uses a method that the document does not have for a path.
func (s *scout) wrongMethod() []provocation {
	t := s.any(func(t *twin) bool { return t.token.Value != "" || !t.op.Secured })
	if t == nil {
		return nil
	}
	c := t.clone()
	c.body, c.raw, c.method = nil, nil, unusedMethods(s.doc, t.op.Path)[0]
	return []provocation{{"wrong_method", "405", []int{405, 404, 501}, c}}
}

// unusedMethods are the usual methods that the document has not for a path.
func unusedMethods(d *openapi.Document, p string) []string {
	all := []string{nethttp.MethodPatch, nethttp.MethodDelete, nethttp.MethodPut, nethttp.MethodPost, nethttp.MethodGet}
	all = slices.DeleteFunc(all, func(m string) bool {
		return slices.ContainsFunc(d.Operations, func(o *openapi.Operation) bool { return o.Path == p && o.Method == m })
	})
	return append(all, "LISTO")
}

// forbidden looks for a 403: what one user may do, asked by the others, and for
// what is nobody's.
func (s *scout) forbidden(ctx context.Context) []provocation {
	var all []provocation
	for _, op := range s.doc.Operations {
		t := s.found[op]
		if _, documented := op.Answers["403"]; t == nil || !documented || t.token.Value == "" {
			continue
		}
		tries := s.absent(t)
		for _, token := range s.tokens[1:min(len(s.tokens), 3)] {
			c := s.anew(ctx, t)
			c.token = token
			tries = append(tries, c)
		}
		for _, c := range tries {
			if a := s.send(ctx, c); a.Status == 403 {
				return append(all, provocation{"forbidden", "403", []int{403}, c})
			}
		}
	}
	return all
}

// provoked is an error that came.
type provoked struct {
	provocation
	answer http.Answer
	line   string
	row    int // of the catalogue, when sent byte by byte
	layer  string
}

// provokeAll sends every provocation of the application's tier: those made out of
// the document, and those of the catalogue, byte by byte. What the catalogue asks
// of HEAD has no body to look at.
func (s *scout) provokeAll(ctx context.Context) ([]provoked, error) {
	var all []provoked
	list := s.errorsOf(ctx)
	for i, p := range list {
		s.b.Progress(i, len(list))
		a := s.send(ctx, p.call)
		all = append(all, provoked{provocation: p, answer: a, line: s.line(p.call), layer: layerOf(a)})
	}
	e, err := s.emit(ctx, provoke.Application, nil)
	for _, r := range e.replies {
		if r.Method != nethttp.MethodHead {
			all = append(all, provoked{provocation{r.Name, r.wanted(), r.Lawful, r.asked()}, r.answer, r.line, r.Row, r.from()})
		}
	}
	return all, err
}

// asked is the request as the search for leaks wants it: what it said itself is
// no secret.
func (r reply) asked() call {
	_, rest, _ := strings.Cut(string(r.Bytes), " ")
	target, _, _ := strings.Cut(rest, " ")
	return call{op: &openapi.Operation{Method: r.Method, Path: target}, method: r.Method, raw: r.Bytes}
}
