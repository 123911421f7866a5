package security

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// shownOf counts the objects of the owner's answer that stand in a stranger's: the
// same object, or what is left of it when members were taken away or added. An
// object counts when it has at least two members that are plain values; a page's
// frame (total, page number) has its list beside them, and that differs. What
// stands in the stranger's own answers is the stranger's too.
func shownOf(owner, stranger []byte, own ...[]byte) int {
	var theirs []map[string]any
	for _, answer := range own {
		theirs = append(theirs, objectsIn(answer)...)
	}
	shown, seen := 0, objectsIn(stranger)
	for _, o := range objectsIn(owner) {
		if standsIn(seen, o) && !standsIn(theirs, o) {
			shown++
		}
	}
	return shown
}

// standsIn tells whether an object is among others, or a part of it, or more.
func standsIn(others []map[string]any, o map[string]any) bool {
	return slices.ContainsFunc(others, func(other map[string]any) bool { return within(other, o) || within(o, other) })
}

// mostObjects bounds what is compared of one answer.
const mostObjects = 500

// objectsIn lists the objects of a JSON text that are data: the rows.
func objectsIn(text []byte) []map[string]any {
	var whole any
	if json.Unmarshal(text, &whole) != nil {
		return nil
	}
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
	walk(whole)
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
