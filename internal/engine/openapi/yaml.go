package openapi

import (
	"encoding/json"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds a document after its aliases are followed: a few lines of YAML
// can stand for billions.
const maxNodes = 500_000

// ReadYAML reads a YAML text that says what JSON can say.
func ReadYAML(text []byte) (Tree, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return Tree{}, NotStrict{"syntax", Position{}, "it is no YAML: " + clip(err.Error())}
	}
	if len(doc.Content) != 1 {
		return Tree{}, NotStrict{"empty", Position{}, "it is empty"}
	}
	r := yamlReader{at: map[string]Position{}}
	value, err := r.value(doc.Content[0], "", 0)
	return Tree{value, r.at}, err
}

type yamlReader struct {
	at    map[string]Position
	nodes int
}

func (r *yamlReader) value(n *yaml.Node, pointer string, depth int) (any, error) {
	here := Position{n.Line, n.Column}
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return nil, NotStrict{"depth", here, fmt.Sprintf("it is deeper than %d or larger than %d values", maxDepth, maxNodes)}
	}
	if _, known := r.at[pointer]; !known {
		r.at[pointer] = here
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias, pointer, depth+1)
	case yaml.MappingNode:
		return r.object(n, pointer, depth)
	case yaml.SequenceNode:
		array := []any{}
		for i, child := range n.Content {
			element, err := r.value(child, pointer+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			array = append(array, element)
		}
		return array, nil
	}
	return scalar(n, here)
}

func (r *yamlReader) object(n *yaml.Node, pointer string, depth int) (any, error) {
	object := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if _, twice := object[key]; twice {
			return nil, NotStrict{"duplicate", Position{n.Content[i].Line, n.Content[i].Column}, fmt.Sprintf("the member %q is there twice", clip(key))}
		}
		var err error
		if object[key], err = r.value(n.Content[i+1], pointer+"/"+escape(key), depth+1); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// scalar reads one value; a date is a text, as JSON has none.
func scalar(n *yaml.Node, here Position) (any, error) {
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE", nil
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		var number float64
		if err := n.Decode(&number); err != nil {
			return nil, NotStrict{"syntax", here, "a number that JSON does not have"}
		}
		text, err := json.Marshal(number)
		if err != nil {
			return nil, NotStrict{"syntax", here, "a number that JSON does not have"}
		}
		return json.Number(text), nil
	}
	return n.Value, nil
}
