package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder walks the YAML tree and the Go types side by side, so that every
// error has its place. It goes on after an error: a person wants all of them.
type decoder struct {
	file     string
	lines    []string
	lookup   func(string) (string, bool)
	room     int                   // bytes that variables may still fill
	places   map[string]*yaml.Node // where each path's key (or list element) stands
	unset    map[string]string     // as Config.Unset
	used     map[string][]string   // the variables that stand in each path's value
	least    string                // what an empty file must at least hold
	problems []Problem
	more     int
}

// target is where a value goes.
type target struct {
	path  string
	value reflect.Value
	also  reflect.Value // a second struct that shares the section, if valid
	enum  []string      // the only texts allowed; none allows all
}

// pair is one key of a mapping with its value.
type pair struct{ key, value *yaml.Node }

// field is one key that a struct knows. Its tags: yaml is the key, doc says what
// it means, enum lists the only values, default is the value of an absent key,
// required:"true" demands the key.
type field struct {
	key   string
	value reflect.Value
	also  reflect.Value // as in target
	tag   reflect.StructTag
}

// fields lists the keys of a struct in their order; `yaml:"-"` is none.
func fields(v reflect.Value) []field {
	var all []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.IsExported() && key != "-" {
			all = append(all, field{key: cmp.Or(key, strings.ToLower(f.Name)), value: v.Field(i), tag: f.Tag})
		}
	}
	return all
}

func (f field) required() bool { return f.tag.Get("required") == "true" }

func (f field) enum() []string {
	if words := f.tag.Get("enum"); words != "" {
		return strings.Split(words, ",")
	}
	return nil
}

func keysOf(all []field) []string {
	var keys []string
	for _, f := range all {
		keys = append(keys, f.key)
	}
	return keys
}

// value decodes a node into its target by the target's type. It tells whether
// there is a value now: an unset variable leaves none.
func (d *decoder) value(t target, n *yaml.Node) bool {
	switch {
	case isScalar(t.value.Type()):
		return d.scalar(t, n)
	case isNull(n) && t.value.Kind() != reflect.Struct:
		return true // everything below the key is commented out
	case isNull(n):
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	}
	switch kind := t.value.Kind(); {
	case kind == reflect.Struct:
		if d.wants(t, n, yaml.MappingNode) {
			all := fields(t.value)
			if t.also.IsValid() {
				all = append(all, fields(t.also)...)
			}
			pairs, known := d.pairs(t.path, n, keysOf(all))
			d.assign(t.path, pairs, all, known)
		}
	case kind == reflect.Map && t.value.Type().Key() == reflect.TypeFor[string]():
		if d.wants(t, n, yaml.MappingNode) {
			d.mapping(t, n)
		}
	case kind == reflect.Slice:
		if d.wants(t, n, yaml.SequenceNode) {
			d.list(t, n)
		}
	default:
		d.report(n, t.path, "listo cannot read a %v: this is a defect in listo", t.value.Type())
	}
	return true
}

func (d *decoder) wants(t target, n *yaml.Node, kind yaml.Kind) bool {
	if n.Kind != kind {
		d.report(n, t.path, "wants %s, not %s", wanted(t.value.Type()), kindOf(n))
	}
	return n.Kind == kind
}

// pairs gives the good keys of a mapping. known tells that no key was unknown;
// with no keys to know, all are.
func (d *decoder) pairs(path string, n *yaml.Node, keys []string) (pairs []pair, known bool) {
	known = true
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		line, twice := first[k.Value]
		switch {
		case k.Kind != yaml.ScalarNode || k.Value == "":
			d.report(k, path, "a key must be one word, not %s: look at the indentation and the brackets", kindOf(k))
			continue
		case twice:
			d.report(k, join(path, k.Value), "written twice, first in line %d: delete one", line)
			continue
		case keys != nil && !slices.Contains(keys, k.Value):
			d.report(k, join(path, k.Value), "unknown key: %s", d.hint(k.Value, keys))
			known = false
			continue
		}
		first[k.Value] = k.Line
		pairs = append(pairs, pair{k, v})
	}
	return pairs, known
}

// assign decodes the pairs into the fields of one struct. Missing keys are only
// told when no key is unknown: a misspelt one is most likely the missing one.
func (d *decoder) assign(path string, pairs []pair, all []field, known bool) {
	for _, p := range pairs {
		i := slices.IndexFunc(all, func(f field) bool { return f.key == p.key.Value })
		f, full := all[i], join(path, p.key.Value)
		d.places[full] = p.key
		if d.value(target{full, f.value, f.also, f.enum()}, p.value) && f.required() && isScalar(f.value.Type()) && f.value.IsZero() {
			d.report(p.key, full, "has no value: write %s", wanted(f.value.Type()))
		}
	}
	for _, f := range all {
		written := slices.ContainsFunc(pairs, func(p pair) bool { return p.key.Value == f.key })
		if known && f.required() && !written {
			d.lacking(join(path, f.key), "missing: write it (%s)", f.tag.Get("doc"))
		}
	}
}

func (d *decoder) mapping(t target, n *yaml.Node) {
	t.value.Set(reflect.MakeMap(t.value.Type()))
	pairs, _ := d.pairs(t.path, n, nil)
	for _, p := range pairs {
		full := join(t.path, p.key.Value)
		d.places[full] = p.key
		element := reflect.New(t.value.Type().Elem()).Elem()
		if d.value(target{path: full, value: element, enum: t.enum}, p.value) {
			t.value.SetMapIndex(reflect.ValueOf(p.key.Value), element)
		}
	}
}

func (d *decoder) list(t target, n *yaml.Node) {
	for i, child := range n.Content {
		if isNull(child) {
			d.report(child, t.path, "an element has no value: write one or delete the line")
			continue
		}
		full := fmt.Sprintf("%s[%d]", t.path, i)
		d.places[full] = child
		element := reflect.New(t.value.Type().Elem()).Elem()
		if d.value(target{path: full, value: element, enum: t.enum}, child) {
			t.value.Set(reflect.Append(t.value, element))
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// kindOf says in plain words what a node is.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n) || n.Value == "":
		return "nothing"
	}
	return shortened(n.Value)
}
