// Package harvest makes requests from an OpenAPI document and from what the service
// has told so far: ids stand in earlier answers, what is required and unknown is made
// by its schema.
//
// It sends nothing. Whose requests they are, in which order they are tried and what
// counts as a success is for those who use it.
package harvest

import (
	"encoding/json"
	"maps"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
	"listo/internal/lab/http"
)

// The bounds of what is remembered and tried.
const (
	mostRemembered = 200
	// MostTried is how many values are worth trying for one parameter.
	MostTried = 3
)

// Harvest is what the service has told so far: the ids that later requests need
// stand in earlier answers.
type Harvest struct {
	said map[string]string
	seen []remembered
}

// New gives a harvest in which nothing was seen; said are the user's own values for
// parameters and members, by name, which come before all others.
func New(said map[string]string) *Harvest { return &Harvest{said: said} }

// remembered is an answer and whose it was.
type remembered struct {
	op   *openapi.Operation
	path string // as sent, without its query
	body any    // nil: no JSON
	text string // of an answer that is no JSON
	at   string // Location
}

// Take remembers an answer of an operation that was asked at a target, its path and
// query as sent.
func (h *Harvest) Take(o *openapi.Operation, target string, a http.Answer) {
	if len(h.seen) >= mostRemembered || a.Err != nil {
		return
	}
	one := remembered{op: o, at: a.Header.Get("Location")}
	one.path, _, _ = strings.Cut(target, "?")
	if tree, err := openapi.ReadJSON(a.Body); err == nil {
		one.body = tree.Value
	} else if len(a.Body) < 1<<20 {
		one.text = string(a.Body)
	}
	h.seen = append(h.seen, one)
}

// value gives what the user said for a name, as a number when it is one.
func (h *Harvest) value(name string) any {
	text, there := h.said[name]
	switch {
	case !there:
		return nil
	case text != "" && strings.Trim(text, "0123456789") == "" && json.Valid([]byte(text)):
		return json.Number(text)
	}
	return text
}

// Known gives the i-th value that is known for a member or a parameter by its
// name: what the user said, or the id of a collection that is called like it
// (empresaId: /api/empresas), or a member of that name seen anywhere.
func (h *Harvest) Known(i int) openapi.Known {
	return func(name string) any {
		if v := h.value(name); v != nil {
			return v
		}
		stem := strings.ToLower(strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "Id"), "ID"), "id"), "_-"))
		if stem == "" || stem == strings.ToLower(name) {
			return nil
		}
		var all []any
		for _, one := range h.seen {
			last := one.path[strings.LastIndexByte(one.path, '/')+1:]
			if strings.HasPrefix(strings.ToLower(last), stem) {
				all = append(all, membersOf(one.body, "id")...)
			}
		}
		for _, one := range h.seen {
			all = append(all, membersOf(one.body, name)...)
		}
		return pick(all, i)
	}
}

// Parameter gives the i-th value for a parameter in the path: made by a POST to
// the collection before it (its path as sent), listed there, or found in a text; nil
// when none is known.
func (h *Harvest) Parameter(o *openapi.Operation, p openapi.Parameter, collection string, i int) any {
	name := p.Name
	if v := h.value(name); v != nil {
		return v
	}
	var made, listed, found []any
	link := linkPattern(o.Path, name)
	for _, one := range h.seen {
		switch {
		case one.path == collection && one.op.Method == nethttp.MethodPost:
			made = append(made, ownMember(one.body, name)...)
			if rest, ok := strings.CutPrefix(one.at, collection+"/"); ok && rest != "" && !strings.Contains(rest, "/") {
				made = append(made, asNumber(rest), rest)
			}
		case one.path == collection:
			listed = append(listed, membersOf(one.body, name)...)
			if name != "id" {
				listed = append(listed, membersOf(one.body, "id")...)
			}
		}
		for _, m := range link.FindAllStringSubmatch(one.text, MostTried) {
			found = append(found, asNumber(m[1]), m[1])
		}
	}
	slices.Reverse(made) // the newest first
	all := slices.DeleteFunc(slices.Concat(made, listed, found), func(v any) bool { return !fits(p, v) })
	if v := pick(all, i); v != nil {
		return v
	}
	if v := h.Known(i)(name); fits(p, v) {
		return v
	}
	return nil
}

// linkPattern finds a path of this template in a text.
func linkPattern(template, name string) *regexp.Regexp {
	before, after, _ := strings.Cut(template, "{"+name+"}")
	return regexp.MustCompile(regexp.QuoteMeta(before) + `([^/"'\s<>()?#&]+)` + regexp.QuoteMeta(after) + `["'\s<>()?#]`)
}

// asNumber reads digits as a number; nil for other texts.
func asNumber(s string) any {
	if s != "" && strings.Trim(s, "0123456789") == "" && json.Valid([]byte(s)) {
		return json.Number(s)
	}
	return nil
}

func pick(all []any, i int) any {
	var distinct []any
	for _, v := range all {
		if v != nil && !slices.Contains(distinct, v) {
			distinct = append(distinct, v)
		}
	}
	if i >= len(distinct) {
		return nil
	}
	return distinct[i]
}

// ownMember gives a scalar member of the object itself, or its id.
func ownMember(body any, name string) []any {
	object, _ := body.(map[string]any)
	for _, key := range []string{name, "id"} {
		if v := object[key]; scalar(v) {
			return []any{v}
		}
	}
	return nil
}

// membersOf gives the scalar members of a name in a value, outermost first, no
// more than are ever tried.
func membersOf(body any, name string) []any {
	var all []any
	level := []any{body}
	for depth := 0; depth < 5 && len(level) > 0 && len(all) < MostTried; depth++ {
		var next []any
		for _, node := range level {
			switch node := node.(type) {
			case map[string]any:
				if v := node[name]; scalar(v) {
					all = append(all, v)
				}
				for _, key := range slices.Sorted(maps.Keys(node)) {
					next = append(next, node[key])
				}
			case []any:
				next = append(next, node[:min(len(node), 20)]...)
			}
		}
		level = next
	}
	return all
}

func scalar(v any) bool {
	switch v.(type) {
	case string, json.Number:
		return true
	}
	return false
}
