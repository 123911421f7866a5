package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gastos"
)

// contract is openapi.json, compiled.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

const contractURL = "openapi.json"

func readContract(t *testing.T) *contract {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(gastos.OpenAPI)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(contractURL, doc); err != nil {
		t.Fatal(err)
	}
	return &contract{doc.(map[string]any), compiler}
}

// at walks the document, through references.
func (c *contract) at(t *testing.T, pointer string) (node map[string]any, where string) {
	t.Helper()
	node, where = c.doc, ""
	if pointer == "" {
		return node, where
	}
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		next, ok := node[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)].(map[string]any)
		if !ok {
			return nil, ""
		}
		node, where = next, where+"/"+token
		if ref, ok := node["$ref"].(string); ok {
			node, where = c.at(t, strings.TrimPrefix(ref, "#"))
		}
	}
	return node, where
}

// validate checks a value against the schema at a pointer.
func (c *contract) validate(t *testing.T, pointer string, value any) error {
	t.Helper()
	schema, err := c.compiler.Compile(contractURL + "#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func (c *contract) operations() []string {
	var all []string
	for path, item := range c.doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			all = append(all, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// operation is the place of a route in the document.
func operation(method, path string) string {
	return "/paths/" + strings.ReplaceAll(strings.ReplaceAll(path, "{$}", ""), "/", "~1") + "/" + strings.ToLower(method)
}

func TestOperationsAreTheRoutes(t *testing.T) {
	c := readContract(t)
	var routes []string
	for _, route := range new(API).Routes() {
		routes = append(routes, route.Method+" "+strings.ReplaceAll(route.Path, "{$}", ""))
		node, _ := c.at(t, operation(route.Method, route.Path))
		if node == nil {
			continue // the comparison below names it
		}
		_, public := node["security"]
		if wantToken := route.access == byUsuario; public == wantToken {
			t.Errorf("%s %s: the document and the route disagree about the token", route.Method, route.Path)
		}
		responses := node["responses"].(map[string]any)
		for status, want := range map[string]bool{"401": route.access == byUsuario, "429": route.access != open, "500": true} {
			if _, has := responses[status]; want && !has {
				t.Errorf("%s %s: %s is not documented", route.Method, route.Path, status)
			}
		}
	}
	slices.Sort(routes)
	if got := c.operations(); !slices.Equal(got, routes) {
		t.Errorf("documented:\n%s\nserved:\n%s", strings.Join(got, "\n"), strings.Join(routes, "\n"))
	}
}

func TestEverySchemaCompilesAndEveryExampleHolds(t *testing.T) {
	c := readContract(t)
	schemas, examples := 0, 0
	var walk func(pointer string, node any)
	walk = func(pointer string, node any) {
		switch node := node.(type) {
		case map[string]any:
			_, isSchema := node["schema"]
			if isSchema {
				schemas++
				if _, err := c.compiler.Compile(contractURL + "#" + pointer + "/schema"); err != nil {
					t.Errorf("%s: %v", pointer, err)
				} else if example, has := node["example"]; has {
					examples++
					if err := c.validate(t, pointer+"/schema", example); err != nil {
						t.Errorf("%s: the example: %v", pointer, err)
					}
				}
			}
			if properties, has := node["properties"].(map[string]any); has {
				if node["additionalProperties"] != false {
					t.Errorf("%s: other properties are not refused", pointer)
				}
				for _, name := range node["required"].([]any) {
					if properties[name.(string)] == nil {
						t.Errorf("%s: requires %q, which it does not describe", pointer, name)
					}
				}
			}
			for key, value := range node {
				walk(pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key), value)
			}
		case []any:
			for i, value := range node {
				walk(pointer+"/"+jsonNumber(i), value)
			}
		}
	}
	walk("", c.doc)
	if schemas < 30 || examples < 20 {
		t.Errorf("only %d schemas and %d examples were looked at", schemas, examples)
	}
}

func jsonNumber(i int) string { b, _ := json.Marshal(i); return string(b) }

// The same values must be right for the document and for the code.
func TestRulesAreTheDocuments(t *testing.T) {
	c := readContract(t)
	agree := func(schema, value string, code bool) {
		t.Helper()
		decoded, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
		if err != nil {
			t.Fatal(err)
		}
		if document := c.validate(t, "/components/schemas/"+schema, decoded) == nil; document != code {
			t.Errorf("%s %.40s: the document says %v, the code %v", schema, value, document, code)
		}
	}
	accepts := func(read func(*fields), value string) bool {
		f, err := readFields(post(`{"x":`+value+`}`, "application/json"))
		if err != nil {
			t.Fatal(err)
		}
		read(f)
		return f.done() == nil
	}
	quoted := func(all ...string) []string {
		for i, s := range all {
			b, _ := json.Marshal(s)
			all[i] = string(b)
		}
		return all
	}
	long := strings.Repeat("ñ", 200)
	for schema, c := range map[string]struct {
		read   func(*fields)
		values []string
	}{
		"Id":      {readID, []string{"0", "1", "1.0", "1.5", "-1", "9007199254740991", "9007199254740992", `"1"`, "null", "true", "[]"}},
		"Importe": {readAmount, append(quoted("0.00", "0.01", "0.1", "1", "1.00", "01.00", "99999999.99", "100000000.00", "1.000", "-1.00", "1,00", " 1.00", "1.00 "), "1.5", "null")},
		"Fecha":   {readDate, append(quoted("2024-02-29", "2023-02-29", "1999-12-31", "2000-01-01", "2099-12-31", "2100-01-01", "2024-1-01", "2024-01-01T00:00:00Z", ""), "20240101")},
		"Categoria": {readCategory,
			append(quoted(append(slices.Clone(categorias), "VIAJE", "", "coche")...), "1")},
		"Estado":   {func(f *fields) { f.oneOf("x", estados) }, append(quoted(append(slices.Clone(estados), "Pendiente", "")...), "null")},
		"Concepto": {func(f *fields) { f.text("x", 1, maxConcepto) }, append(quoted("", "a", long, long+"x", "a\nb", "a\u0085b", "a\x7fb", "\x00", "😀"), "1")},
	} {
		for _, value := range c.values {
			agree(schema, value, accepts(c.read, value))
		}
	}
}

func TestRouterAnswersProblems(t *testing.T) {
	h := (&API{}).Handler()
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/nothing", 404, ""}, {"POST", "/nothing", 404, ""}, {"FOOBAR", "/nothing", 404, ""}, {"GET", "/api", 404, ""},
		{"GET", "/api/gastos/", 404, ""}, {"GET", "/%2e%2e/x", 404, ""},
		{"OPTIONS", "*", 404, ""}, {"GET", "/assets/", 404, ""}, {"GET", "/assets/a/b", 404, ""},
		{"DELETE", "/api/me", 405, "GET, HEAD"}, {"FOOBAR", "/api/me", 405, "GET, HEAD"}, {"TRACE", "/", 405, "GET, HEAD"},
		{"PATCH", "/api/gastos/1", 405, "DELETE, GET, HEAD, PUT"}, {"GET", "/api/auth/login", 405, "POST"},
		{"GET", "/api/me", 401, ""}, {"GET", "/api/gastos?empresaId=x", 401, ""}, {"POST", "/api/gastos", 401, ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(c.method, c.target, nil)
		h.ServeHTTP(w, r)
		var body struct{ Status int }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != c.status || body.Status != c.status ||
			w.Header().Get("Allow") != c.allow || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %v %s", c.method, c.target, w.Code, w.Header(), w.Body)
		}
		if (w.Header().Get("WWW-Authenticate") != "") != (c.status == http.StatusUnauthorized) {
			t.Errorf("%s %s: WWW-Authenticate %q", c.method, c.target, w.Header().Get("WWW-Authenticate"))
		}
	}
}
