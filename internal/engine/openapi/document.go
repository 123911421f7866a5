// Package openapi reads OpenAPI 3.0 and 3.1 documents, says what is wrong with
// them and where, judges answers by them, and makes requests from them: valid
// ones, and ones with exactly one constraint broken.
//
// Schemas are left to a JSON Schema library (draft 2020-12, which 3.1 uses; a 3.0
// document is brought into that form first). Reading strictly, following
// references, positions and the making of values are done here. The package knows
// no HTTP client and no service.
//
// It does not follow references out of the document: what is served is one file.
package openapi

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Document is an OpenAPI document as read.
type Document struct {
	Version    string // "3.1.0"
	Title      string
	Base       string // path of the first server's URL, no slash at its end
	Operations []*Operation
	// Problems are what is wrong with it; a document with problems is still used
	// as far as it can be read.
	Problems []Problem

	tree    Tree
	schemes map[string]any // security schemes by name
	request *schemas
	answer  *schemas
}

// Problem is one thing that is wrong with a document.
type Problem struct {
	Kind    string   `json:"kind"` // "schema", "reference", "parameter", "path", "example", ...
	Pointer string   `json:"pointer"`
	At      Position `json:"at"`
	Say     string   `json:"say"`
}

// Operation is a method of a path.
type Operation struct {
	ID      string // operationId; may be empty
	Method  string // upper case
	Path    string // template, with the document's base before it
	Pointer string
	At      Position
	// Secured tells that a credential is needed: every alternative names a scheme.
	Secured    bool
	Deprecated bool
	Parameters []Parameter
	Body       *Body             // nil: none documented
	Answers    map[string]Answer // by "200", "4XX" or "default"
}

// Name is how people call the operation.
func (o *Operation) Name() string { return o.Method + " " + o.Path }

// Parameter is one value outside of the body.
type Parameter struct {
	Name, In string // In: path, query, header or cookie
	Required bool
	Schema   *Schema // nil: none
	Example  any     // nil: none
	Pointer  string
}

// Body is what an operation takes.
type Body struct {
	Required bool
	Content  []Media
	Pointer  string
}

// Media is one representation.
type Media struct {
	Type    string  // as documented: a media type or a range
	Schema  *Schema // nil: anything
	Example any     // nil: none
}

// Answer is one documented answer.
type Answer struct {
	Content []Media
	Headers []Header
	Pointer string
}

// Header is a header of a documented answer.
type Header struct {
	Name     string
	Required bool
	Schema   *Schema
}

// methods are the operations that a path item may hold (OpenAPI 3.1, 4.8.9).
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// Read reads a document; name tells whether it is YAML. The error is that of a
// text that is no document at all.
func Read(name string, text []byte) (*Document, error) {
	tree, err := readTree(name, text)
	if err != nil {
		return nil, err
	}
	root, ok := tree.Value.(map[string]any)
	version, _ := field(root, "openapi").(string)
	switch {
	case !ok:
		return nil, errors.New("it is no JSON object")
	case version == "":
		return nil, errors.New(`it has no member "openapi": it is no OpenAPI 3 document`)
	case !strings.HasPrefix(version, "3.0.") && !strings.HasPrefix(version, "3.1."):
		return nil, fmt.Errorf("it is of version %s: write it in 3.0 or 3.1", clip(version))
	}
	d := &Document{Version: version, tree: tree}
	d.Title, _ = field(field(root, "info"), "title").(string)
	d.schemes, _ = field(field(root, "components"), "securitySchemes").(map[string]any)
	d.Base = base(root)
	d.wellFormed()
	d.compile()
	d.read(root)
	d.examine()
	return d, nil
}

func readTree(name string, text []byte) (Tree, error) {
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		return ReadYAML(text)
	}
	return ReadJSON(text)
}

// base is the path that the first server puts before every path.
func base(root map[string]any) string {
	servers, _ := root["servers"].([]any)
	if len(servers) == 0 {
		return ""
	}
	text, _ := field(servers[0], "url").(string)
	u, err := url.Parse(text)
	if err != nil || strings.Contains(text, "{") {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

func (d *Document) read(root map[string]any) {
	paths, _ := root["paths"].(map[string]any)
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if !strings.HasPrefix(p, "/") {
			continue // an extension
		}
		item, at := d.follow(paths[p], "/paths/"+escape(p))
		for _, method := range methods {
			if op, ok := field(item, method).(map[string]any); ok {
				d.Operations = append(d.Operations, d.operation(root, item, op, p, method, at))
			}
		}
	}
}

func (d *Document) operation(root, item, op map[string]any, p, method, at string) *Operation {
	pointer := at + "/" + method
	o := &Operation{Method: strings.ToUpper(method), Path: d.Base + p, Pointer: pointer, At: d.tree.At(pointer), Answers: map[string]Answer{}}
	o.ID, _ = op["operationId"].(string)
	o.Deprecated, _ = op["deprecated"].(bool)
	security, own := op["security"].([]any)
	if !own {
		security, _ = root["security"].([]any)
	}
	o.Secured = secured(security)
	o.Parameters = d.parameters(item, at, op, pointer)
	if body, there := op["requestBody"]; there {
		node, at := d.follow(body, pointer+"/requestBody")
		required, _ := node["required"].(bool)
		o.Body = &Body{Required: required, Content: d.content(node, at), Pointer: at}
	}
	answers, _ := op["responses"].(map[string]any)
	for status, raw := range answers {
		node, at := d.follow(raw, pointer+"/responses/"+escape(status))
		o.Answers[strings.ToUpper(status)] = Answer{Content: d.content(node, at), Headers: d.headers(node, at), Pointer: at}
	}
	if answer, there := o.Answers["DEFAULT"]; there {
		delete(o.Answers, "DEFAULT")
		o.Answers["default"] = answer
	}
	return o
}

// CookieCredentials tells that some security scheme is a cookie: whoever is refused
// then is sent to a login, not challenged.
func (d *Document) CookieCredentials() bool {
	for _, scheme := range d.schemes {
		if field(scheme, "type") == "apiKey" && field(scheme, "in") == "cookie" {
			return true
		}
	}
	return false
}

// secured tells whether a credential is needed. An empty requirement among the
// alternatives makes it optional.
func secured(alternatives []any) bool {
	for _, one := range alternatives {
		if names, ok := one.(map[string]any); !ok || len(names) == 0 {
			return false
		}
	}
	return len(alternatives) > 0
}

// parameters gives those of the operation and those of its path that it does not
// replace.
func (d *Document) parameters(item map[string]any, itemAt string, op map[string]any, opAt string) []Parameter {
	var all []Parameter
	for _, level := range []struct {
		node map[string]any
		at   string
	}{{op, opAt}, {item, itemAt}} {
		list, _ := level.node["parameters"].([]any)
		for i, raw := range list {
			node, at := d.follow(raw, fmt.Sprintf("%s/parameters/%d", level.at, i))
			p := d.parameter(node, at)
			if !slices.ContainsFunc(all, func(q Parameter) bool { return q.Name == p.Name && q.In == p.In }) {
				all = append(all, p)
			}
		}
	}
	return all
}

func (d *Document) parameter(node map[string]any, at string) Parameter {
	p := Parameter{Pointer: at}
	p.Name, _ = node["name"].(string)
	p.In, _ = node["in"].(string)
	p.Required, _ = node["required"].(bool)
	p.Example = exampleIn(d, node, at)
	if _, there := node["schema"]; there {
		p.Schema = &Schema{d, at + "/schema"}
	}
	return p
}

func (d *Document) content(node map[string]any, at string) []Media {
	content, _ := node["content"].(map[string]any)
	var all []Media
	for _, media := range slices.Sorted(maps.Keys(content)) {
		one, here := d.follow(content[media], at+"/content/"+escape(media))
		m := Media{Type: media, Example: exampleIn(d, one, here)}
		if _, there := one["schema"]; there {
			m.Schema = &Schema{d, here + "/schema"}
		}
		all = append(all, m)
	}
	return all
}

func (d *Document) headers(node map[string]any, at string) []Header {
	headers, _ := node["headers"].(map[string]any)
	var all []Header
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		one, here := d.follow(headers[name], at+"/headers/"+escape(name))
		h := Header{Name: name}
		h.Required, _ = one["required"].(bool)
		if _, there := one["schema"]; there {
			h.Schema = &Schema{d, here + "/schema"}
		}
		all = append(all, h)
	}
	return all
}

// exampleIn gives the first example that a parameter or a representation has.
func exampleIn(d *Document, node map[string]any, at string) any {
	if example, there := node["example"]; there {
		return example
	}
	examples, _ := node["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		one, _ := d.follow(examples[name], at+"/examples/"+escape(name))
		if value, there := one["value"]; there {
			return value
		}
	}
	return nil
}

func field(node any, name string) any {
	object, _ := node.(map[string]any)
	return object[name]
}
