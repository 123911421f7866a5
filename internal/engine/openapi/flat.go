package openapi

import (
	"encoding/json"
	"maps"
	"slices"
)

// flat gives the keywords that hold at a place: references followed, allOf taken
// in. What stands in oneOf, anyOf, if and not is left out: the validator knows
// them, and nothing that was made without them is used unless it agrees.
func (d *Document) flat(node any, depth int) map[string]any {
	schema, ok := node.(map[string]any)
	if !ok || depth > maxReferences {
		return map[string]any{}
	}
	all := maps.Clone(schema)
	delete(all, "$ref")
	delete(all, "allOf")
	var parts []any
	if ref, ok := schema["$ref"].(string); ok {
		if inside, ok := fragment(ref); ok {
			parts = append(parts, d.at(inside))
		}
	}
	list, _ := schema["allOf"].([]any)
	for _, part := range append(parts, list...) {
		merge(all, d.flat(part, depth+1))
	}
	return all
}

// merge takes the keywords of another schema that holds as well.
func merge(into, other map[string]any) {
	for keyword, value := range other {
		mine, there := into[keyword]
		switch mine := mine.(type) {
		case map[string]any:
			if theirs, ok := value.(map[string]any); ok && keyword == "properties" {
				both := maps.Clone(theirs)
				maps.Copy(both, mine)
				into[keyword] = both
			}
		case []any:
			if theirs, ok := value.([]any); ok && keyword == "required" {
				into[keyword] = slices.Concat(mine, theirs)
			}
		default:
			if !there {
				into[keyword] = value
			}
		}
	}
}

// kinds gives the types that a flat schema allows; none: any.
func kinds(flat map[string]any) []string {
	switch kind := flat["type"].(type) {
	case string:
		return []string{kind}
	case []any:
		var all []string
		for _, one := range kind {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	switch {
	case flat["properties"] != nil:
		return []string{"object"}
	case flat["items"] != nil:
		return []string{"array"}
	}
	return nil
}

func properties(flat map[string]any) map[string]any {
	all, _ := flat["properties"].(map[string]any)
	return all
}

func requires(flat map[string]any, name string) bool {
	list, _ := flat["required"].([]any)
	return slices.Contains(list, any(name))
}

// whole gives a keyword's value as a count; -1: it is not there, or no count.
func whole(flat map[string]any, keyword string) int {
	n, ok := flat[keyword].(json.Number)
	if !ok {
		return -1
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1e9 || f != float64(int(f)) {
		return -1
	}
	return int(f)
}
