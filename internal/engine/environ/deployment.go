package environ

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Variable is one that a deployment file sets. Known tells that its value stands
// in the file: a reference to a secret, a file or the shell's own does not.
type Variable struct {
	Name, Value string
	Known       bool
}

const mostDocuments = 200

type object = map[string]any

// Deployment reads the variables out of a docker compose file or of Kubernetes
// manifests (ConfigMap, Secret, and the containers of whatever runs pods). of
// names the compose service, the container or the ConfigMap that counts; "" is
// all of them. The error never quotes a value.
func Deployment(src []byte, of string) (all []Variable, err error) {
	defer func() { // the parser has panics of its own for files it did not expect
		if recover() != nil {
			all, err = nil, errors.New("the parser of YAML gave up on it")
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	for range mostDocuments {
		var doc object
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			if len(all) == 0 {
				return nil, errors.New("no variables in it: want a compose file or Kubernetes manifests, and the right name behind #")
			}
			return all, nil
		}
		if err != nil {
			return nil, errors.New("it is not YAML")
		}
		all = append(all, document(doc, of)...)
	}
	return nil, fmt.Errorf("more than %d documents in one file", mostDocuments)
}

func document(doc object, of string) []Variable {
	if services, ok := doc["services"].(object); ok {
		return compose(services, of)
	}
	kind, _ := doc["kind"].(string)
	metadata, _ := doc["metadata"].(object)
	switch {
	case kind == "ConfigMap" && wanted(metadata["name"], of):
		return values(doc["data"], true)
	case kind == "Secret" && wanted(metadata["name"], of):
		return append(values(doc["data"], false), values(doc["stringData"], true)...)
	case kind == "List":
		var all []Variable
		items, _ := doc["items"].([]any)
		for _, item := range items {
			if o, ok := item.(object); ok && o["kind"] != "List" {
				all = append(all, document(o, of)...)
			}
		}
		return all
	}
	return containers(doc, of, 0)
}

func wanted(name any, of string) bool { return of == "" || name == of }

func values(v any, known bool) []Variable {
	var all []Variable
	data, _ := v.(object)
	for name, value := range data {
		if isName.MatchString(name) {
			all = append(all, variable(name, value, known))
		}
	}
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func variable(name string, value any, known bool) Variable {
	text := ""
	if value != nil {
		text = fmt.Sprint(value)
	}
	// ${X} and $X come from the shell of whoever deploys.
	if !known || strings.HasPrefix(text, "$") || strings.Contains(text, "${") {
		return Variable{Name: name}
	}
	return Variable{name, text, true}
}

// compose reads services.*.environment, as a mapping or as a list.
func compose(services object, of string) []Variable {
	var all []Variable
	for name, s := range services {
		service, _ := s.(object)
		if !wanted(name, of) {
			continue
		}
		switch e := service["environment"].(type) {
		case object:
			for name, value := range e {
				all = append(all, variable(name, value, value != nil))
			}
		case []any:
			for _, item := range e {
				name, value, has := strings.Cut(fmt.Sprint(item), "=")
				all = append(all, variable(name, value, has))
			}
		}
	}
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// containers walks a manifest down to the containers of its pods.
func containers(v any, of string, level int) []Variable {
	const deepest = 12 // CronJob is the deepest kind
	if level > deepest {
		return nil
	}
	var all []Variable
	switch v := v.(type) {
	case object:
		for _, key := range []string{"initContainers", "containers"} {
			list, _ := v[key].([]any)
			for _, item := range list {
				if c, ok := item.(object); ok && wanted(c["name"], of) {
					all = append(all, environment(c["env"])...)
				}
			}
		}
		for _, key := range []string{"spec", "template", "jobTemplate"} {
			all = append(all, containers(v[key], of, level+1)...)
		}
	}
	return all
}

func environment(v any) []Variable {
	var all []Variable
	list, _ := v.([]any)
	for _, item := range list {
		e, _ := item.(object)
		if name, ok := e["name"].(string); ok {
			value, has := e["value"]
			all = append(all, variable(name, value, has))
		}
	}
	return all
}
