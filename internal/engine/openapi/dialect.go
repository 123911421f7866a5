package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// subschemas are the keywords that hold a schema, several, or several by name
// (JSON Schema 2020-12, and what older drafts call the same).
var subschemas = map[string]string{
	"items": "one", "additionalProperties": "one", "not": "one", "contains": "one", "propertyNames": "one", "if": "one", "then": "one",
	"else": "one", "unevaluatedItems": "one", "unevaluatedProperties": "one", "contentSchema": "one",
	"allOf": "list", "anyOf": "list", "oneOf": "list", "prefixItems": "list",
	"properties": "map", "patternProperties": "map", "dependentSchemas": "map", "$defs": "map", "definitions": "map",
}

// eachSchema visits every schema of an OpenAPI document or of a part of it, the
// inner ones first. What is an example is none, whatever it looks like.
func eachSchema(node any, pointer string, visit func(schema map[string]any, pointer string)) {
	switch node := node.(type) {
	case map[string]any:
		for key, child := range node {
			here := pointer + "/" + escape(key)
			switch {
			case key == "example" || key == "examples" || strings.HasPrefix(key, "x-"):
			case key == "schema":
				inSchema(child, here, visit)
			case pointer == "/components" && key == "schemas":
				eachNamed(child, here, visit)
			default:
				eachSchema(child, here, visit)
			}
		}
	case []any:
		for i, child := range node {
			eachSchema(child, pointer+"/"+itoa(i), visit)
		}
	}
}

func inSchema(node any, pointer string, visit func(map[string]any, string)) {
	schema, ok := node.(map[string]any)
	if !ok {
		return
	}
	for keyword, form := range subschemas {
		child, there := schema[keyword]
		here := pointer + "/" + escape(keyword)
		switch list, _ := child.([]any); {
		case !there:
		case form == "one":
			inSchema(child, here, visit)
		case form == "map":
			eachNamed(child, here, visit)
		default:
			for i, one := range list {
				inSchema(one, here+"/"+itoa(i), visit)
			}
		}
	}
	visit(schema, pointer)
}

func eachNamed(node any, pointer string, visit func(map[string]any, string)) {
	named, _ := node.(map[string]any)
	for name, one := range named {
		inSchema(one, pointer+"/"+escape(name), visit)
	}
}

// modernise rewrites a schema of OpenAPI 3.0 as one of JSON Schema 2020-12.
func modernise(schema map[string]any, _ string) {
	if _, ref := schema["$ref"]; ref { // its siblings count for nothing in 3.0
		for key := range schema {
			if key != "$ref" {
				delete(schema, key)
			}
		}
		return
	}
	for bound, exclusive := range map[string]string{"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"} {
		flag, isFlag := schema[exclusive].(bool)
		if !isFlag {
			continue
		}
		delete(schema, exclusive)
		if value, there := schema[bound]; flag && there {
			schema[exclusive] = value
			delete(schema, bound)
		}
	}
	if nullable, _ := schema["nullable"].(bool); nullable {
		if kind, ok := schema["type"].(string); ok {
			schema["type"] = []any{kind, "null"}
			if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, nil) {
				schema["enum"] = append(slices.Clone(enum), nil)
			}
		}
	}
	delete(schema, "nullable")
}

// ourDialect drops the names of dialects that differ from 2020-12 in annotations
// only (OpenAPI 3.1, 4.8.24.4).
func ourDialect(schema map[string]any, _ string) {
	if dialect, _ := schema["$schema"].(string); strings.HasPrefix(dialect, "https://spec.openapis.org/oas/3.1/") {
		delete(schema, "$schema")
	}
}

// oneWay makes properties that go the other way only (readOnly in a request,
// writeOnly in an answer) optional.
func (d *Document) oneWay(keyword string) func(map[string]any, string) {
	return func(schema map[string]any, _ string) {
		required, _ := schema["required"].([]any)
		properties, _ := schema["properties"].(map[string]any)
		if len(required) == 0 || len(properties) == 0 {
			return
		}
		schema["required"] = slices.DeleteFunc(slices.Clone(required), func(name any) bool {
			text, _ := name.(string)
			property, _ := d.follow(properties[text], "")
			own, _ := field(properties[text], keyword).(bool)
			behind, _ := property[keyword].(bool)
			return own || behind
		})
	}
}

// copied gives a tree that shares nothing with the first.
func copied(node any) any {
	switch node := node.(type) {
	case map[string]any:
		other := make(map[string]any, len(node))
		for key, value := range node {
			other[key] = copied(value)
		}
		return other
	case []any:
		other := make([]any, len(node))
		for i, value := range node {
			other[i] = copied(value)
		}
		return other
	}
	return node
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }
