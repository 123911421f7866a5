package performance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// shape is what a JSON text is made of, whatever stands in it: each place with
// the kinds of values seen there. All elements of a list are one place.
type shape map[string]map[string]bool

// places bounds how large a shape may grow: an answer may be anything.
const places = 2000

func shapeOf(text []byte) shape {
	s := shape{}
	var value any
	if json.Unmarshal(text, &value) != nil {
		return s
	}
	s.add("", value)
	return s
}

func (s shape) add(at string, value any) {
	if len(s) >= places && s[at] == nil {
		return
	}
	kind := "null"
	switch v := value.(type) {
	case map[string]any:
		kind = "object"
		for name, member := range v {
			s.add(at+"/"+name, member)
		}
	case []any:
		kind = "list"
		for _, element := range v {
			s.add(at+"/*", element)
		}
	case string:
		kind = "text"
	case float64:
		kind = "number"
	case bool:
		kind = "boolean"
	}
	if s[at] == nil {
		s[at] = map[string]bool{}
	}
	s[at][kind] = true
}

// lacking says which place of s another shape has not, or of another kind; ""
// when it has them all. Null stands for any kind, and more places are no fault.
func (s shape) lacking(other shape) string {
	for _, at := range slices.Sorted(maps.Keys(s)) {
		if other[at] == nil {
			return fmt.Sprintf("nothing at %q", at)
		}
		if s[at]["null"] {
			continue
		}
		for kind := range other[at] {
			if kind != "null" && !s[at][kind] {
				return fmt.Sprintf("%s at %q", kind, at)
			}
		}
	}
	return ""
}
