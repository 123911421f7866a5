package security

import (
	"encoding/json"
	"maps"
	"reflect"
)

// shownOf counts the objects of the owner's answer that stand in a stranger's: the
// same object, or what is left of it when members were taken away or added. An
// object counts when it has at least two members that are plain values; a page's
// frame (total, page number) has its list beside them, and that differs.
func shownOf(owner, stranger []byte) int {
	var own, other any
	if json.Unmarshal(owner, &own) != nil || json.Unmarshal(stranger, &other) != nil {
		return 0
	}
	shown := 0
	for _, o := range objectsIn(own) {
		for _, s := range objectsIn(other) {
			if within(s, o) || within(o, s) {
				shown++
				break
			}
		}
	}
	return shown
}

// mostObjects bounds what is compared of one answer.
const mostObjects = 500

// objectsIn lists the objects of a JSON value that hold plain values only: the rows.
func objectsIn(v any) []map[string]any {
	var found []map[string]any
	var walk func(any)
	walk = func(v any) {
		if len(found) == mostObjects {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if row(v) {
				found = append(found, v)
			}
			for _, e := range maps.All(v) {
				walk(e)
			}
		}
	}
	walk(v)
	return found
}

// row tells an object that is data rather than a frame around a list.
func row(object map[string]any) bool {
	plain := 0
	for _, v := range object {
		switch v.(type) {
		case []any:
			return false
		case map[string]any:
		default:
			plain++
		}
	}
	return plain >= 2
}

// within tells whether every member of a stands in b.
func within(a, b map[string]any) bool {
	for name, v := range a {
		if other, ok := b[name]; !ok || !reflect.DeepEqual(v, other) {
			return false
		}
	}
	return true
}
