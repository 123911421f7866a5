package openapi

import (
	"encoding/json"
	"regexp/syntax"
	"slices"
	"strings"
)

// Known gives a value for a member or a parameter of a name, from what was seen
// elsewhere; nil: nothing is known.
type Known func(name string) any

// Make gives a value that fits the schema in a request: from the example if there
// is one, else from the schema's own keywords, with the members that are known
// by name put in where they fit. full asks for the optional members too.
func (s *Schema) Make(example any, known Known, full bool) (any, bool) {
	flat := s.doc.flat(s.doc.at(s.pointer), 0)
	var tried []any
	made, generated := s.doc.generate(flat, known, full, 0)
	if example != nil {
		v := copied(example)
		if object, ok := v.(map[string]any); ok {
			v = s.doc.fitted(flat, object, known, full)
		}
		tried = append(tried, v)
	}
	if generated {
		tried = append(tried, made)
	}
	if example != nil {
		tried = append(tried, example)
	}
	for _, v := range tried {
		if len(s.InRequest(v)) == 0 {
			return v, true
		}
	}
	return nil, false
}

// fitted puts known members into an example, and drops or adds optional ones.
func (d *Document) fitted(flat, object map[string]any, known Known, full bool) map[string]any {
	for name, raw := range properties(flat) {
		property := d.flat(raw, 0)
		if readOnly, _ := property["readOnly"].(bool); readOnly {
			delete(object, name)
			continue
		}
		_, there := object[name]
		switch value := known(name); {
		case !requires(flat, name) && !full:
			delete(object, name)
		case value != nil && suits(property, value):
			object[name] = value
		case !there:
			if v, ok := d.generate(property, known, full, 1); ok {
				object[name] = v
			}
		}
	}
	return object
}

// suits tells that a value is of a type that a flat schema allows.
func suits(flat map[string]any, value any) bool {
	all := kinds(flat)
	switch v := value.(type) {
	case string:
		return len(all) == 0 || slices.Contains(all, "string")
	case json.Number:
		integer := !strings.ContainsAny(v.String(), ".eE")
		return len(all) == 0 || slices.Contains(all, "number") || (integer && slices.Contains(all, "integer"))
	}
	return false
}

// generate makes a value of a flat schema.
func (d *Document) generate(flat map[string]any, known Known, full bool, depth int) (any, bool) {
	if depth > 8 {
		return nil, false
	}
	if v, ok := said(flat); ok {
		return v, true
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		if list, _ := flat[keyword].([]any); len(list) > 0 {
			one := d.flat(list[0], 0)
			merge(one, flat)
			delete(one, keyword)
			return d.generate(one, known, full, depth+1)
		}
	}
	kind := "string"
	if all := slices.DeleteFunc(kinds(flat), func(k string) bool { return k == "null" }); len(all) > 0 {
		kind = all[0]
	}
	switch kind {
	case "object":
		return d.generateObject(flat, known, full, depth)
	case "array":
		return d.generateArray(flat, known, full, depth)
	case "boolean":
		return true, true
	case "null":
		return nil, true
	case "integer", "number":
		return number(flat), true
	}
	return text(flat)
}

// said gives what the schema itself offers.
func said(flat map[string]any) (any, bool) {
	if v, there := flat["const"]; there {
		return v, true
	}
	for _, keyword := range []string{"enum", "examples"} {
		if list, _ := flat[keyword].([]any); len(list) > 0 {
			return list[0], true
		}
	}
	for _, keyword := range []string{"example", "default"} {
		if v, there := flat[keyword]; there {
			return v, true
		}
	}
	return nil, false
}

func (d *Document) generateObject(flat map[string]any, known Known, full bool, depth int) (any, bool) {
	object := map[string]any{}
	for name, raw := range properties(flat) {
		property := d.flat(raw, 0)
		readOnly, _ := property["readOnly"].(bool)
		if must := requires(flat, name); readOnly || (!must && !full) {
			continue
		}
		if v := known(name); v != nil && suits(property, v) {
			object[name] = v
			continue
		}
		v, ok := d.generate(property, known, full, depth+1)
		switch {
		case ok:
			object[name] = v
		case requires(flat, name):
			return nil, false
		}
	}
	return object, true
}

func (d *Document) generateArray(flat map[string]any, known Known, full bool, depth int) (any, bool) {
	n := max(whole(flat, "minItems"), 1)
	if whole(flat, "maxItems") == 0 || n > 100 {
		return []any{}, n <= 100
	}
	element, ok := d.generate(d.flat(flat["items"], 0), known, full, depth+1)
	if !ok {
		return []any{}, whole(flat, "minItems") <= 0
	}
	array := []any{}
	for range n {
		array = append(array, element)
	}
	return array, true
}

// number is the least number that the bounds allow, else 1.
func number(flat map[string]any) any {
	for _, keyword := range []string{"minimum", "maximum"} {
		if n, ok := flat[keyword].(json.Number); ok {
			return n
		}
	}
	if n, ok := flat["exclusiveMinimum"].(json.Number); ok {
		return shifted(n, 1)
	}
	if n, ok := flat["exclusiveMaximum"].(json.Number); ok {
		return shifted(n, -1)
	}
	return json.Number("1")
}

// formats are one good text per format (JSON Schema validation, section 7.3).
var formats = map[string]string{
	"date": "2024-02-29", "date-time": "2024-02-29T10:20:30Z", "time": "10:20:30Z", "duration": "P1D",
	"email": "listo@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"uri": "https://example.com/", "uri-reference": "/", "url": "https://example.com/", "uuid": "7f1c1c1e-5a53-4d44-9b53-0d9d1f0a1c11",
	"byte": "bGlzdG8=", "password": "listo-Passw0rd",
}

func text(flat map[string]any) (any, bool) {
	format, _ := flat["format"].(string)
	s, formatted := formats[format]
	if expression, ok := flat["pattern"].(string); ok && !formatted {
		if s, ok = matching(expression); !ok {
			return nil, false
		}
	} else if !formatted {
		s = "listo"
	}
	if least := whole(flat, "minLength"); least > len([]rune(s)) && least < 10_000 {
		s += strings.Repeat("a", least-len([]rune(s)))
	}
	if most := whole(flat, "maxLength"); most >= 0 && len([]rune(s)) > most {
		s = string([]rune(s)[:most])
	}
	return s, true
}

// matching gives a short text that a pattern matches, when the pattern is one that
// RE2 knows.
func matching(expression string) (string, bool) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return "", false
	}
	var out strings.Builder
	write(&out, re.Simplify(), 0)
	return out.String(), true
}

func write(out *strings.Builder, re *syntax.Regexp, depth int) {
	if depth > 100 || out.Len() > 10_000 {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		out.WriteRune(printable(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('a')
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			write(out, sub, depth+1)
		}
	case syntax.OpAlternate:
		write(out, re.Sub[0], depth+1)
	case syntax.OpRepeat:
		for range re.Min {
			write(out, re.Sub[0], depth+1)
		}
	}
}

// printable picks a letter or a digit of a class, else its first character.
func printable(class []rune) rune {
	for _, wanted := range "a1A_-" {
		for i := 0; i+1 < len(class); i += 2 {
			if class[i] <= wanted && wanted <= class[i+1] {
				return wanted
			}
		}
	}
	if len(class) > 0 {
		return class[0]
	}
	return 'a'
}
