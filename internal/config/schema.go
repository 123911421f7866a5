package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"listo/internal/evidence"
)

// object is a JSON object; encoding/json writes its keys sorted, so that the
// same types always give the same bytes.
type object = map[string]any

// Schema gives the JSON Schema (draft 2020-12) of listo.yaml with the sections
// and limits of these gates, for editors and for the docs. It allows what Load's
// first two stages allow. The error is a defect in listo: a type in a section
// that Load cannot read.
func Schema(gates []evidence.Gate) ([]byte, error) {
	c := &Config{Sections: map[string]any{}}
	all, err := rootFields(c, gates)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	root, err := objectSchema(all)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	root["type"] = "object" // the file may not be empty, a section may
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "listo.yaml"
	root["$defs"] = object{
		"variable": object{
			"type":        "string",
			"pattern":     `\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`,
			"description": "${NAME} or ${NAME:-default}, from the environment or the env files",
		},
		"text":     object{"type": []string{"string", "number", "boolean"}},
		"boolean":  orVariable(object{"type": "boolean"}),
		"whole":    orVariable(object{"type": "integer"}),
		"number":   orVariable(object{"type": "number"}),
		"duration": orVariable(object{"type": "string", "pattern": `^\+?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`}),
	}
	properties := root["properties"].(object)
	limits, excused := properties["limits"].(object), properties["excused"].(object)
	limits["properties"], limits["additionalProperties"] = limitSchemas(gates), false
	excused["properties"], excused["additionalProperties"] = excuseSchemas(gates), false
	src, err := json.MarshalIndent(root, "", "  ")
	return append(src, '\n'), err
}

func orVariable(s object) object {
	return object{"anyOf": []object{s, reference("variable")}}
}

func reference(name string) object { return object{"$ref": "#/$defs/" + name} }

// objectSchema describes a mapping with these keys and no other.
func objectSchema(all []field) (object, error) {
	properties, required := object{}, []string{}
	for _, f := range all {
		s, err := fieldSchema(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.key, err)
		}
		properties[f.key] = s
		if f.required() {
			required = append(required, f.key)
		}
	}
	s := object{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["type"], s["required"] = "object", required
	}
	return s, nil
}

func fieldSchema(f field) (object, error) {
	s, err := typeSchema(f.value.Type(), f)
	if err != nil {
		return nil, err
	}
	if doc := f.tag.Get("doc"); doc != "" {
		s["description"] = doc
	}
	if preset, has := f.tag.Lookup("default"); has {
		s["default"] = literal(f.value.Type(), preset)
	}
	return s, nil
}

// typeSchema describes what may stand for a type; f carries the allowed words
// and a second struct that shares the section.
func typeSchema(t reflect.Type, f field) (object, error) {
	switch {
	case f.enum() != nil && isScalar(t):
		var words []any
		for _, word := range f.enum() {
			words = append(words, literal(t, word))
		}
		return orVariable(object{"enum": words}), nil
	case isDuration(t):
		return reference("duration"), nil
	}
	switch t.Kind() {
	case reflect.String:
		return reference("text"), nil
	case reflect.Bool:
		return reference("boolean"), nil
	case reflect.Int:
		return reference("whole"), nil
	case reflect.Float64:
		return reference("number"), nil
	case reflect.Struct:
		all := fields(reflect.New(t).Elem())
		if f.also.IsValid() {
			all = append(all, fields(f.also)...)
		}
		return objectSchema(all)
	case reflect.Slice:
		items, err := typeSchema(t.Elem(), field{tag: f.tag})
		if nullable(items) {
			items["type"] = "object" // an element has a value
		}
		return object{"type": []string{"array", "null"}, "items": items}, err
	case reflect.Map:
		if t.Key() == reflect.TypeFor[string]() {
			values, err := typeSchema(t.Elem(), field{tag: f.tag})
			return object{"type": []string{"object", "null"}, "additionalProperties": values}, err
		}
	}
	return nil, fmt.Errorf("listo cannot read a %v: this is a defect in listo", t)
}

func nullable(s object) bool { _, several := s["type"].([]string); return several }

// literal gives the JSON value for a text in a tag.
func literal(t reflect.Type, text string) any {
	v := reflect.New(t).Elem()
	if isDuration(t) || t.Kind() == reflect.String || !set(v, text) {
		return text
	}
	return v.Interface()
}

func limitSchemas(gates []evidence.Gate) object {
	properties := object{}
	for _, g := range gates {
		for _, check := range g.Checks {
			for _, l := range check.Limits {
				properties[limitID(check, l)] = limitSchema(l)
			}
		}
	}
	return properties
}

func limitSchema(l evidence.Limit) object {
	s := orVariable(object{"type": "number", "minimum": 0})
	s["description"] = "at most"
	if l.Direction == evidence.AtLeast {
		s["description"] = "at least"
	}
	if l.Unit != "" {
		s["description"] = fmt.Sprintf("%s, in %s", s["description"], l.Unit)
	}
	if l.Unset {
		s["description"] = fmt.Sprintf("%s; must be set", s["description"])
		return s
	}
	s["default"] = l.Default
	s["description"] = fmt.Sprintf("%s; %s", s["description"], strconv.FormatFloat(l.Default, 'g', -1, 64))
	return s
}

func excuseSchemas(gates []evidence.Gate) object {
	properties := object{}
	for _, id := range gateAndCheckIDs(gates) {
		properties[id] = object{"type": "string", "minLength": 1, "description": "why it is left out"}
	}
	return properties
}
