package discover

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNesting is how deep a decoded file is looked into.
const maxNesting = 100

// object is a decoded JSON or YAML mapping.
type object = map[string]any

// decode reads JSON or YAML into plain values whose mappings have text keys.
func decode(name string, src []byte) (any, error) {
	var v any
	if path.Ext(name) == ".json" {
		if err := json.Unmarshal(src, &v); err != nil {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		return v, nil
	}
	if err := decodeYAML(src, &v); err != nil {
		return nil, fmt.Errorf("it is not YAML: %w", err)
	}
	return textKeys(v, 0), nil
}

// decodeYAML turns a panic of the library into an error: it has some of its own
// for files that it did not expect.
func decodeYAML(src []byte, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	return yaml.Unmarshal(src, into)
}

// textKeys writes keys such as 200 as text; YAML allows any value for a key.
func textKeys(v any, level int) any {
	if level > maxNesting {
		return nil
	}
	switch v := v.(type) {
	case map[any]any:
		out := object{}
		for key, value := range v {
			out[fmt.Sprint(key)] = textKeys(value, level+1)
		}
		return out
	case object:
		for key, value := range v {
			v[key] = textKeys(value, level+1)
		}
	case []any:
		for i := range v {
			v[i] = textKeys(v[i], level+1)
		}
	}
	return v
}

// at walks down mappings; nil when a key is not there.
func at(v any, keys ...string) any {
	for _, key := range keys {
		o, _ := v.(object)
		v = o[key]
	}
	return v
}

// textAt gives the scalar at the keys as text, "" when there is none. Control
// characters make it none: nothing that is shown or run may hold them.
func textAt(v any, keys ...string) string { return text(at(v, keys...)) }

func text(v any) string {
	switch v.(type) {
	case nil, object, []any:
		return ""
	}
	s := strings.TrimSpace(fmt.Sprint(v))
	if !printable(s) {
		return ""
	}
	return s
}

// printable tells whether a text is one plain line of sensible length.
func printable(s string) bool {
	const longest = 1000
	return len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || (r >= 0x7f && r < 0xa0) || isDirection(r) || r == '\ufffd' })
}

// isDirection tells the characters that turn the reading direction around, and
// the line breaks of Unicode.
func isDirection(r rune) bool {
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || (r >= '\u2028' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069') || r == '\ufeff'
}

// words gives a list of scalars, or the blank-separated words of one.
func words(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return strings.Fields(text(v))
	}
	var all []string
	for _, one := range list {
		if s := text(one); s != "" {
			all = append(all, s)
		}
	}
	return all
}
