package harvest

import (
	"errors"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
)

// Values are what a request to an operation carries outside of its body, each by
// itself so that one of them can be changed.
type Values struct {
	Path   map[string]string
	Query  url.Values
	Header nethttp.Header
}

// Fill gives the i-th least set of values that an operation needs: those of its path
// and those that are required. The text names the first for which none is known, as
// "{id}" when it stands in the path; "" when there are all.
func (h *Harvest) Fill(o *openapi.Operation, i int) (Values, string) {
	v := Values{Path: map[string]string{}, Query: url.Values{}, Header: nethttp.Header{}}
	for _, p := range InPath(o) {
		value := h.Parameter(o, p, v.collection(o, p.Name), i)
		if value == nil && i == 0 {
			value, _ = valueOf(p, h.Known(i))
		}
		text, ok := openapi.Wire(value)
		if value == nil || !ok {
			return v, "{" + p.Name + "}"
		}
		v.Path[p.Name] = text[0]
	}
	for _, p := range o.Parameters {
		if !p.Required || p.In == "path" || p.In == "cookie" {
			continue
		}
		if !Set(p, h.Known(i), v.Query, v.Header) {
			return v, p.Name
		}
	}
	return v, ""
}

// Target gives the path and query of an operation as they are sent.
func (v Values) Target(o *openapi.Operation) string {
	p := o.Path
	for name, value := range v.Path {
		p = strings.ReplaceAll(p, "{"+name+"}", url.PathEscape(value))
	}
	if len(v.Query) > 0 {
		p += "?" + v.Query.Encode()
	}
	return p
}

// collection is the path before a parameter, with the ones before it filled in.
func (v Values) collection(o *openapi.Operation, name string) string {
	before, _, _ := strings.Cut(o.Path, "/{"+name+"}")
	return Values{Path: v.Path}.Target(&openapi.Operation{Path: before})
}

// Set gives a query or header parameter a good value; false when none is known or can
// be made.
func Set(p openapi.Parameter, known openapi.Known, query url.Values, header nethttp.Header) bool {
	v, ok := valueOf(p, known)
	if !ok {
		return false
	}
	text, ok := openapi.Wire(v)
	switch {
	case !ok:
		return false
	case p.In == "query":
		query[p.Name] = text
	default:
		header.Set(p.Name, strings.Join(text, ","))
	}
	return true
}

// Why a body cannot be made.
var (
	ErrNoJSON = errors.New("its body is no JSON, which is all that listo makes")
	ErrNoBody = errors.New("no body can be made that fits the schema: give it an example")
)

// Takes gives the representation in which an operation takes JSON; false when it takes
// no body at all.
func Takes(o *openapi.Operation) (openapi.Media, bool, error) {
	if o.Body == nil || len(o.Body.Content) == 0 {
		return openapi.Media{}, false, nil
	}
	at := slices.IndexFunc(o.Body.Content, func(m openapi.Media) bool { return openapi.IsJSON(m.Type) })
	if at < 0 {
		return openapi.Media{}, false, ErrNoJSON
	}
	return o.Body.Content[at], true, nil
}

// Body makes the i-th JSON value for a representation, from its example or its schema
// and what is known; full asks for the optional members too.
func (h *Harvest) Body(m openapi.Media, i int, full bool) (any, error) {
	if m.Schema == nil {
		return map[string]any{}, nil
	}
	v, ok := m.Schema.Make(m.Example, h.Known(i), full)
	if !ok {
		return nil, ErrNoBody
	}
	return v, nil
}

// InPath gives the parameters of an operation's path as they stand in it.
func InPath(o *openapi.Operation) []openapi.Parameter {
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
