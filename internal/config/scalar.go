package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func isDuration(t reflect.Type) bool { return t == reflect.TypeFor[time.Duration]() }

func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
		return true
	}
	return isDuration(t)
}

// wanted says in plain words what a type holds.
func wanted(t reflect.Type) string {
	switch {
	case isDuration(t):
		return "a duration such as 30s"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Slice:
		return "a list"
	}
	return "keys and values"
}

// scalar decodes one value, its variables filled. An unset variable leaves the
// target as it is and is written down: the checks that need it will say so.
func (d *decoder) scalar(t target, n *yaml.Node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.report(n, t.path, "wants %s, not %s", wanted(t.value.Type()), kindOf(n))
		return false
	case isNull(n):
		d.report(n, t.path, "has no value: write %s or delete the line", wanted(t.value.Type()))
		return false
	}
	f, err := fill(n.Value, d.room, d.lookup)
	if err != nil {
		d.report(n, t.path, "%v", err)
		return false
	}
	if len(f.names) > 0 {
		d.room -= len(f.text)
		d.used[t.path] = f.names
	}
	if len(f.unset) > 0 {
		d.unset[t.path] = strings.Join(f.unset, ", ")
		return false
	}
	return d.store(t, n, f)
}

func (d *decoder) store(t target, n *yaml.Node, f filled) bool {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && len(f.names) == 0
	kind := t.value.Kind()
	textual := kind == reflect.String || isDuration(t.value.Type())
	switch {
	case quoted && !textual:
		d.report(n, t.path, "wants %s, not text: delete the quotes", wanted(t.value.Type()))
		return false
	case !set(t.value, f.text):
		d.report(n, t.path, "wants %s, not %s", wanted(t.value.Type()), said(n, f))
		return false
	case t.enum != nil && !slices.Contains(t.enum, f.text):
		d.report(n, t.path, "wants %s, not %s", strings.Join(t.enum, " or "), said(n, f))
		return false
	}
	return true
}

// said quotes what stands in the file, or names the variable: its value may be
// a secret.
func said(n *yaml.Node, f filled) string {
	if len(f.names) > 0 {
		return "what ${" + strings.Join(f.names, "}, ${") + "} holds"
	}
	return shortened(n.Value)
}

// set reads text into a scalar; false when it is none of that type.
func set(v reflect.Value, text string) bool {
	if isDuration(v.Type()) {
		dur, err := time.ParseDuration(text)
		good := err == nil && dur >= 0 && strings.ContainsAny(text, "smh") // "0" has no unit
		if good {
			v.SetInt(int64(dur))
		}
		return good
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return true
	case reflect.Bool:
		v.SetBool(text == "true")
		return text == "true" || text == "false"
	case reflect.Int:
		i, err := strconv.Atoi(text)
		v.SetInt(int64(i))
		return err == nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_") {
		return false
	}
	v.SetFloat(f)
	return true
}

// setDefault gives a field the value of its default tag, and the fields of the
// structs in it theirs. Elements of lists and maps have none.
func (f field) setDefault() error {
	text, has := f.tag.Lookup("default")
	if has && !(isScalar(f.value.Type()) && set(f.value, text)) {
		return fmt.Errorf("the default %q of %s is not %s: this is a defect in listo", text, f.key, wanted(f.value.Type()))
	}
	for _, v := range []reflect.Value{f.value, f.also} {
		if !v.IsValid() || v.Kind() != reflect.Struct {
			continue
		}
		for _, below := range fields(v) {
			if err := below.setDefault(); err != nil {
				return err
			}
		}
	}
	return nil
}
