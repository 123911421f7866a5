package openapi

import (
	"net/url"
	"strconv"
	"strings"
)

// maxReferences bounds a chain of references.
const maxReferences = 32

// follow gives the object at a place, behind its references, and where it stands.
// What leads nowhere gives nil.
func (d *Document) follow(node any, pointer string) (map[string]any, string) {
	for range maxReferences {
		object, _ := node.(map[string]any)
		ref, ok := object["$ref"].(string)
		if !ok {
			return object, pointer
		}
		inside, ok := fragment(ref)
		if !ok {
			return nil, pointer
		}
		node, pointer = d.at(inside), inside
	}
	return nil, pointer
}

// fragment gives the pointer of a reference into the document itself.
func fragment(ref string) (pointer string, inside bool) {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return "", false
	}
	pointer, err := url.PathUnescape(rest)
	return pointer, err == nil && (pointer == "" || pointer[0] == '/')
}

// at gives the part of the document at a pointer; nil when there is none.
func (d *Document) at(pointer string) any { return within(d.tree.Value, pointer) }

func within(node any, pointer string) any {
	if pointer == "" {
		return node
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		switch parent := node.(type) {
		case map[string]any:
			node = parent[unescape(token)]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(parent) {
				return nil
			}
			node = parent[i]
		default:
			return nil
		}
	}
	return node
}
