package gateway

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder walks the YAML tree and the types of Config side by side, so that every error has its place. It goes on after an error: a
// person wants all of them.
type decoder struct {
	file   string
	lookup func(string) (string, bool)
	places map[string]*yaml.Node // where each field's value stands, by its path in Go
	faults []Fault
}

func (d *decoder) fault(n *yaml.Node, path, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if path != "" {
		message = keysOf(path) + ": " + message
	}
	d.faults = append(d.faults, Fault{File: d.file, Line: max(n.Line, 1), Column: max(n.Column, 1), Message: message})
}

// mapping fills the struct v from a mapping.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path, plain string) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, path, "write keys with values here, not %s", kind(n))
		return
	}
	known := fieldsOf(v, plain)
	d.pairs(n, path, func(key, value *yaml.Node) {
		at := slices.IndexFunc(known, func(f field) bool { return f.key == key.Value })
		if at < 0 {
			d.fault(key, path, "%q is no key here: write one of %s", printable(key.Value), list(known))
			return
		}
		f := known[at]
		d.places[join(path, f.name)] = value
		d.value(value, f.value, join(path, f.name), join(plain, f.name))
	})
}

// pairs walks the keys of a mapping, each once.
func (d *decoder) pairs(n *yaml.Node, path string, each func(key, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.fault(key, path, "a key is one word, not %s", kind(key))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			d.fault(key, path, "%q stands in line %d already: delete one", printable(key.Value), line)
			continue
		}
		seen[key.Value] = key.Line
		each(key, value)
	}
}

func list(fields []field) string {
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// value fills v. A key without a value is a key that is not there.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path, plain string) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
	case scalar(v.Type()):
		d.scalar(n, v, path)
	case v.Kind() == reflect.Struct:
		d.mapping(n, v, path, plain)
	case v.Kind() == reflect.Slice:
		d.sequence(n, v, path, plain)
	case v.Kind() == reflect.Map:
		d.table(n, v, path)
	}
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path, plain string) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, path, "write a list, as [a, b], not %s", kind(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.places[at] = item
		if item.Kind == yaml.ScalarNode && item.Tag == "!!null" {
			d.fault(item, at, "there is nothing: write a value or delete the line")
			continue
		}
		d.value(item, v.Index(i), at, plain)
	}
}

// table fills a map whose keys are any text.
func (d *decoder) table(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, path, "write keys with values here, not %s", kind(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, path, func(key, value *yaml.Node) {
		at := fmt.Sprintf("%s[%q]", path, key.Value)
		d.places[at] = value
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, at, "")
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	})
}

// kind names what stands somewhere.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "nothing"
		}
		return "one value"
	default:
		return "this"
	}
}
