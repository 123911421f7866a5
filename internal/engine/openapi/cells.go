package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Cell is one constraint of an operation and a request that breaks it and
// nothing else of the valid request that it was made from.
type Cell struct {
	In      string // path, query, header or body
	Name    string // of the parameter; a JSON pointer into the body
	Keyword string // required, type, null, enum, minimum, maxLength, format, ...
	// Absent tells that the parameter or the body is left out; else Text is the
	// parameter's value or Body the whole body.
	Absent bool
	Text   string
	Body   any
	// Unclear tells that the breach cannot be carried: some reading of these bytes
	// is valid (an empty query value may count as none), or no value was found.
	Unclear bool
}

// Value is what stands at the place of the breach, for a reader; clipped.
func (c Cell) Value() string {
	switch {
	case c.Absent:
		return ""
	case c.In != "body":
		return clip(c.Text)
	}
	text, err := json.Marshal(within(c.Body, c.Name))
	if err != nil {
		return ""
	}
	return clip(string(text))
}

// ParameterCells breaks each constraint of a parameter whose valid value is now.
func (p Parameter) ParameterCells(now string) []Cell {
	if p.Schema == nil {
		return nil
	}
	var all []Cell
	if p.Required && p.In != "path" {
		all = append(all, Cell{In: p.In, Name: p.Name, Keyword: "required", Absent: true})
	}
	flat := p.Schema.doc.flat(p.Schema.doc.at(p.Schema.pointer), 0)
	value := any(now)
	if k := kinds(flat); len(k) > 0 && !slices.Contains(k, "string") {
		value = nil // on the wire it is text, but no text constraint holds for it
	}
	for _, m := range mutations(flat, value) {
		text, scalar := wire(m.value)
		if m.keyword == "null" || !scalar {
			continue // a parameter has no null and no object
		}
		c := Cell{In: p.In, Name: p.Name, Keyword: m.keyword, Text: text}
		c.Unclear = p.readable(text) || (p.In == "path" && (text == "" || strings.Trim(text, ".") == ""))
		if m.keyword == "type" && c.Unclear {
			continue // a text parameter takes any text: there is no wrong type
		}
		all = append(all, c)
	}
	return all
}

// wire is how a scalar stands in a URL or a header.
func wire(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// Wire gives the text of a parameter's value; an array's elements one by one.
func Wire(v any) ([]string, bool) {
	array, ok := v.([]any)
	if !ok {
		s, ok := wire(v)
		return []string{s}, ok
	}
	var all []string
	for _, element := range array {
		s, ok := wire(element)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	return all, len(all) > 0
}

// readable tells whether any reasonable reading of a text fits the schema: as it
// stands, without blanks around it, as a number or a boolean written otherwise,
// as nothing at all.
func (p Parameter) readable(text string) bool {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" && !p.Required {
		return true
	}
	readings := []any{text, trimmed}
	if _, err := strconv.ParseFloat(trimmed, 64); err == nil && json.Valid([]byte(trimmed)) {
		readings = append(readings, json.Number(trimmed))
	}
	if flag, err := strconv.ParseBool(trimmed); err == nil {
		readings = append(readings, flag)
	}
	return slices.ContainsFunc(readings, func(v any) bool { return len(p.Schema.InRequest(v)) == 0 })
}

// BodyCells breaks each constraint of a body whose valid value is now.
func (b *Body) BodyCells(m Media, now any) []Cell {
	var all []Cell
	if b.Required {
		all = append(all, Cell{In: "body", Keyword: "required", Absent: true})
	}
	if m.Schema == nil {
		return all
	}
	add := func(pointer, keyword string, value any) {
		if name, ok := strings.CutPrefix(keyword, "required "); ok {
			keyword, name = "required", pointer+"/"+escape(name)
			all = append(all, Cell{In: "body", Name: name, Keyword: keyword, Body: replaced(now, pointer, value)})
			return
		}
		all = append(all, Cell{In: "body", Name: pointer, Keyword: keyword, Body: replaced(now, pointer, value)})
	}
	d := m.Schema.doc
	d.walkBody(d.flat(d.at(m.Schema.pointer), 0), now, "", 0, add)
	for i, c := range all {
		all[i].Unclear = !c.Absent && len(m.Schema.InRequest(c.Body)) == 0
	}
	return all
}

// walkBody breaks each constraint of each part of a body that is there.
func (d *Document) walkBody(flat map[string]any, now any, pointer string, depth int, add func(pointer, keyword string, value any)) {
	if depth > 6 {
		return
	}
	for _, m := range mutations(flat, now) {
		add(pointer, m.keyword, m.value)
	}
	switch now := now.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(now)) {
			if property, there := properties(flat)[name]; there {
				d.walkBody(d.flat(property, 0), now[name], pointer+"/"+escape(name), depth+1, add)
			}
		}
	case []any:
		if len(now) > 0 {
			d.walkBody(d.flat(flat["items"], 0), now[0], pointer+"/0", depth+1, add)
		}
	}
}

// replaced gives a copy of a value with another part at a pointer.
func replaced(node any, pointer string, part any) any {
	if pointer == "" {
		return part
	}
	whole := copied(node)
	at := strings.LastIndexByte(pointer, '/')
	token := unescape(pointer[at+1:])
	switch parent := within(whole, pointer[:at]).(type) {
	case map[string]any:
		parent[token] = part
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(parent) {
			parent[i] = part
		}
	}
	return whole
}
