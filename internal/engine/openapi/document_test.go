package openapi

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

func itoaAny(v any) string { b, _ := json.Marshal(v); return string(b) }

// small is a document of one operation, with a hole for its parts.
func small(version, parameters, body, answers, components string) string {
	text := `{"openapi":"` + version + `","info":{"title":"x","version":"1"},"paths":{"/x/{id}":{"post":{"operationId":"x","parameters":[` +
		`{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":1}}` + parameters + `]`
	if body != "" {
		text += `,"requestBody":{"required":true,"content":{"application/json":{"schema":` + body + `}}}`
	}
	return text + `,"responses":{"200":{"description":"d"` + answers + `}}}}},"components":{"schemas":{` + components + `}}}`
}

func read(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Read("x.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func right(t *testing.T, text string) *Document {
	t.Helper()
	d := read(t, text)
	for _, p := range d.Problems {
		t.Errorf("%s: %s %s", p.At, p.Pointer, p.Say)
	}
	return d
}

func TestThePatientsDocument(t *testing.T) {
	text, err := os.ReadFile("../../../examples/gastos/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	d := right(t, string(text))
	if len(d.Operations) < 15 || d.Base != "" || d.Version != "3.1.0" {
		t.Errorf("%d operations, base %q, version %q", len(d.Operations), d.Base, d.Version)
	}
	i := slices.IndexFunc(d.Operations, func(o *Operation) bool { return o.Name() == "POST /api/gastos" })
	o := d.Operations[i]
	if !o.Secured || o.Body == nil || !o.Body.Required || len(o.Answers) < 8 || o.At.Line == 0 {
		t.Errorf("%+v", o)
	}
}

func TestNoDocument(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"swagger":"2.0"}`, `{"openapi":"4.0.0"}`, `{"openapi":3.1}`, `{"openapi":"3.1.0","openapi":"3.1.0"}`} {
		if _, err := Read("x.json", []byte(text)); err == nil {
			t.Errorf("%q is a document", text)
		}
	}
}

func TestProblemsAreFound(t *testing.T) {
	for what, c := range map[string]struct{ text, kind, say string }{
		"reference":  {small("3.1.0", "", `{"$ref":"#/components/schemas/Y"}`, "", ""), "reference", "leads nowhere"},
		"outside":    {small("3.1.0", "", `{"$ref":"other.json#/Y"}`, "", ""), "reference", "out of the document"},
		"pattern":    {small("3.1.0", "", `{"type":"string","pattern":"("}`, "", ""), "schema", "cannot be used"},
		"type":       {small("3.1.0", "", `{"type":"text"}`, "", ""), "schema", "cannot be used"},
		"twice":      {small("3.1.0", `,{"name":"other","in":"path","required":true,"schema":{}}`, "", "", ""), "parameter", "no {other}"},
		"undeclared": {strings.Replace(small("3.1.0", "", "", "", ""), "/x/{id}", "/x/{id}/{of}", 1), "parameter", "not declared"},
		"optional":   {strings.Replace(small("3.1.0", "", "", "", ""), `"required":true,`, "", 1), "", "required"},
		"example":    {small("3.1.0", `,{"name":"q","in":"query","schema":{"type":"integer"},"example":"x"}`, "", "", ""), "example", "does not fit"},
		"schemaless": {small("3.1.0", "", "", `,"content":{"application/json":{}}`, ""), "answer", "no schema"},
		"openapi":    {strings.Replace(small("3.1.0", "", "", "", ""), `"title":"x",`, "", 1), "openapi", "title"},
		"security":   {strings.Replace(small("3.1.0", "", "", "", ""), `"operationId"`, `"security":[{"k":[]}],"operationId"`, 1), "security", "not defined"},
		"failure":    {strings.Replace(small("3.1.0", "", "", "", ""), `"200"`, `"400"`, 1), "answer", "no success"},
	} {
		d := read(t, c.text)
		if !slices.ContainsFunc(d.Problems, func(p Problem) bool {
			return (p.Kind == c.kind || c.kind == "") && strings.Contains(p.Say, c.say) && p.At.Line == 1
		}) {
			t.Errorf("%s: %+v", what, d.Problems)
		}
	}
}

// Both versions say the same in their own ways.
func TestNullableAndExclusive(t *testing.T) {
	old := right(t, small("3.0.3", "", `{"type":"object","properties":{"n":{"type":"integer","nullable":true,"minimum":0,"exclusiveMinimum":true}}}`, "", ""))
	new := right(t, small("3.1.0", "", `{"type":"object","properties":{"n":{"type":["integer","null"],"exclusiveMinimum":0}}}`, "", ""))
	for text, fits := range map[string]bool{`{"n":null}`: true, `{"n":1}`: true, `{"n":0}`: false, `{"n":"1"}`: false, `{}`: true} {
		tree, err := ReadJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Document{old, new} {
			if got := len(d.Operations[0].Body.Content[0].Schema.InRequest(tree.Value)) == 0; got != fits {
				t.Errorf("%s: %s fits: %v", d.Version, text, got)
			}
		}
	}
}

func TestOneWayProperties(t *testing.T) {
	d := right(t, small("3.1.0", "", `{"$ref":"#/components/schemas/U"}`, `,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/U"}}}`,
		`"U":{"type":"object","required":["id","password"],"properties":{"id":{"type":"integer","readOnly":true},"password":{"type":"string","writeOnly":true}}}`))
	s := d.Operations[0].Body.Content[0].Schema
	if b := s.InRequest(map[string]any{"password": "x"}); len(b) > 0 {
		t.Errorf("a request without the read-only id: %v", b)
	}
	if b := s.InAnswer(map[string]any{"id": json.Number("1")}); len(b) > 0 {
		t.Errorf("an answer without the write-only password: %v", b)
	}
	if len(s.InRequest(map[string]any{})) == 0 || len(s.InAnswer(map[string]any{})) == 0 {
		t.Error("what is required is not")
	}
}

func TestJudge(t *testing.T) {
	d := right(t, small("3.1.0", "", "", `,"headers":{"X-N":{"required":true,"schema":{"type":"integer"}}},"content":{"application/json":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}}}`, ""))
	o := d.Operations[0]
	o.Answers["204"] = Answer{}
	for what, c := range map[string]struct {
		status      int
		media, body string
		header      string
		kinds       []string
	}{
		"right":         {200, "application/json; charset=utf-8", `{"n":1}`, "1", nil},
		"more members":  {200, "application/json", `{"n":1.0,"m":2}`, "1", nil},
		"status":        {201, "application/json", `{"n":1}`, "1", []string{"status"}},
		"media":         {200, "text/html", `{"n":1}`, "1", []string{"media"}},
		"no media":      {200, "", `{"n":1}`, "1", []string{"media"}},
		"empty":         {200, "application/json", ``, "1", []string{"empty"}},
		"twice":         {200, "application/json", `{"n":1,"n":1}`, "1", []string{"json"}},
		"trailing":      {200, "application/json", `{"n":1} x`, "1", []string{"json"}},
		"type":          {200, "application/json", `{"n":"1"}`, "1", []string{"schema"}},
		"missing":       {200, "application/json", `{}`, "1", []string{"schema"}},
		"header":        {200, "application/json", `{"n":1}`, "", []string{"header"}},
		"header's type": {200, "application/json", `{"n":1}`, "x", []string{"header"}},
		"body on 204":   {204, "", `x`, "1", []string{"body"}},
		"204":           {204, "", ``, "", nil},
	} {
		h := http.Header{}
		if c.media != "" {
			h.Set("Content-Type", c.media)
		}
		if c.header != "" {
			h.Set("X-N", c.header)
		}
		var kinds []string
		for _, v := range o.Judge(c.status, h, []byte(c.body)) {
			kinds = append(kinds, v.Kind)
		}
		if !slices.Equal(kinds, c.kinds) {
			t.Errorf("%s: %v, want %v", what, kinds, c.kinds)
		}
	}
}

func TestChoose(t *testing.T) {
	content := []Media{{Type: "*/*"}, {Type: "application/*"}, {Type: "application/json"}}
	for have, want := range map[string]string{"application/json; charset=utf-8": "application/json", "application/xml": "application/*", "text/plain": "*/*", "": ""} {
		if m, _ := Choose(content, have); m.Type != want {
			t.Errorf("%q is %q, want %q", have, m.Type, want)
		}
	}
}

func TestDocumentsByRange(t *testing.T) {
	o := Operation{Answers: map[string]Answer{"200": {}, "4XX": {}, "default": {}}}
	for status, want := range map[int]string{200: "200", 404: "4XX", 500: "default"} {
		if _, key, ok := o.Documents(status); !ok || key != want {
			t.Errorf("%d is %q", status, key)
		}
	}
	if _, _, ok := (&Operation{Answers: map[string]Answer{"200": {}}}).Documents(201); ok {
		t.Error("201 is documented by 200")
	}
}
