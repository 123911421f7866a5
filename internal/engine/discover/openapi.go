package discover

import (
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Document is an OpenAPI (3.x) or Swagger (2.0) document.
type Document struct {
	File       string
	Title      string
	Operations []Operation // by path and method

	root any
}

// Operation is one method of one path, the servers' base path before it.
type Operation struct {
	Method, Path string
	Query        []Parameter // in the order of the document
	Secured      bool        // it wants a token

	raw any
}

// Parameter is one query parameter.
type Parameter struct {
	Name     string
	Type     string // integer, string, ...; "" when the document does not tell
	Required bool
	Example  string
}

// documents reads the OpenAPI documents. One that describes nothing is none.
func (t *tree) documents() []*Document {
	var all []*Document
	for _, file := range t.where(isDocument) {
		src, ok := t.read(file, maxDocument)
		if !ok {
			continue
		}
		root, err := decode(file, src)
		if err != nil {
			t.warn(file, "it is neither JSON nor YAML: it was left out")
			continue
		}
		d := parseDocument(file, root)
		if len(d.Operations) == 0 {
			t.warn(file, "it describes no operation: it was left out")
			continue
		}
		all = append(all, d)
	}
	return all
}

func isDocument(name string) bool {
	return slices.Contains([]string{"openapi.json", "openapi.yaml", "openapi.yml", "swagger.json", "swagger.yaml", "swagger.yml"}, path.Base(name))
}

// methods are those that a document may describe, by the names of its keys.
func methods() []string {
	return []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"}
}

func parseDocument(file string, root any) *Document {
	d := &Document{File: file, Title: textAt(root, "info", "title"), root: root}
	paths, _ := at(root, "paths").(object)
	base := d.base()
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if !requestPath.MatchString(p) {
			continue
		}
		item := d.resolve(paths[p])
		for _, method := range methods() {
			if raw := d.resolve(at(item, method)); raw != nil {
				d.Operations = append(d.Operations, Operation{Method: strings.ToUpper(method), Path: base + p,
					Query: d.query(at(item, "parameters"), at(raw, "parameters")), Secured: d.secured(raw), raw: raw})
			}
		}
	}
	return d
}

// OpenAPI3 tells that the document is of OpenAPI 3.0 or 3.1, not of Swagger or a version
// yet to come: what listo can make requests from.
func (d *Document) OpenAPI3() bool {
	version := textAt(d.root, "openapi")
	return strings.HasPrefix(version, "3.0.") || strings.HasPrefix(version, "3.1.")
}

// requestPath is a path that can stand in a request line, {parameters} included.
var requestPath = regexp.MustCompile(`^/[A-Za-z0-9._~!$&'()*+,;=:@%/{}-]*$`)

// base gives the path before all paths: of the first server, or Swagger's.
func (d *Document) base() string {
	base := textAt(d.root, "basePath")
	if servers, _ := at(d.root, "servers").([]any); len(servers) > 0 {
		if u, err := url.Parse(textAt(servers[0], "url")); err == nil {
			base = u.Path
		}
	}
	base = strings.TrimRight(base, "/")
	if !requestPath.MatchString(base) || strings.Contains(base, "{") {
		return ""
	}
	return base
}

// secured reads security: the operation's own, else the document's.
func (d *Document) secured(raw any) bool {
	security, own := at(raw, "security").([]any)
	if !own {
		security, _ = at(d.root, "security").([]any)
	}
	return len(security) > 0
}

func (d *Document) query(lists ...any) []Parameter {
	var all []Parameter
	for _, list := range lists {
		list, _ := list.([]any)
		for _, one := range list {
			one = d.resolve(one)
			name := textAt(one, "name")
			if textAt(one, "in") != "query" || !parameterName.MatchString(name) {
				continue
			}
			schema := d.resolve(at(one, "schema"))
			if schema == nil {
				schema = one // Swagger 2.0 has no schema here
			}
			all = append(all, Parameter{Name: name, Type: textAt(schema, "type"), Required: textAt(one, "required") == "true", Example: d.example(one, schema)})
		}
	}
	return all
}

var parameterName = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,100}$`)

// example gives a value that the document itself proposes.
func (d *Document) example(places ...any) string {
	for _, place := range places {
		for _, key := range []string{"example", "default", "minimum"} {
			if s := textAt(place, key); s != "" {
				return s
			}
		}
		for _, key := range []string{"examples", "enum"} {
			switch list := at(place, key).(type) {
			case []any:
				if len(list) > 0 && text(list[0]) != "" {
					return text(list[0])
				}
			case object:
				for _, name := range slices.Sorted(maps.Keys(list)) {
					if s := textAt(d.resolve(list[name]), "value"); s != "" {
						return s
					}
				}
			}
		}
	}
	return ""
}

// resolve follows references inside the document; nil when one leads nowhere,
// out of it, or in a circle.
func (d *Document) resolve(v any) any {
	const hops = 10
	for range hops {
		reference := textAt(v, "$ref")
		if reference == "" {
			return v
		}
		pointer, inside := strings.CutPrefix(reference, "#/")
		if !inside {
			return nil
		}
		v = d.root
		for token := range strings.SplitSeq(pointer, "/") {
			v = at(v, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		}
	}
	return nil
}
