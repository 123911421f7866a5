package openapi

import (
	"encoding/json"
	"slices"
	"testing"
)

func nothing(string) any { return nil }

// One constraint of each kind is broken, and only what no reading takes counts.
func TestParameterCells(t *testing.T) {
	for schema, c := range map[string]struct {
		now   string
		want  []string // keyword=value, unclear ones with a ?
		needs bool
	}{
		`{"type":"integer","minimum":1,"maximum":9}`:             {"5", []string{"integer=1.5", "maximum=10", "minimum=0", "type=listo"}, false},
		`{"type":"integer","exclusiveMinimum":0}`:                {"5", []string{"exclusiveMinimum=0", "integer=1.5", "required=", "type=listo"}, true},
		`{"type":"string","enum":["a","b"]}`:                     {"a", []string{"enum=listo-none"}, false},
		`{"type":"string","minLength":1}`:                        {"x", []string{"minLength=?"}, false},
		`{"type":"string","minLength":2}`:                        {"xy", []string{"minLength=x", "required="}, true},
		`{"type":"string","format":"date"}`:                      {"2024-01-01", []string{"format=2024-02-30"}, false},
		`{"type":"string","format":"uuid"}`:                      {"x", []string{"format=listo-no-uuid"}, false},
		`{"type":"string","format":"password"}`:                  {"x", nil, false},
		`{"type":"string","maxLength":3}`:                        {"abc", []string{"maxLength=abcc"}, false},
		`{"type":"string","pattern":"^[a-c]+$"}`:                 {"abc", []string{"pattern=xbc"}, false},
		`{"type":"boolean"}`:                                     {"true", []string{"type=listo"}, false},
		`{}`:                                                     {"x", nil, false},
		`{"type":["integer","null"],"maximum":9007199254740991}`: {"1", []string{"integer=1.5", "maximum=9007199254740992", "type=listo"}, false},
	} {
		required := ""
		if c.needs {
			required = `"required":true,`
		}
		d := right(t, small("3.1.0", `,{"name":"q","in":"query",`+required+`"schema":`+schema+`}`, "", "", ""))
		var got []string
		for _, cell := range d.Operations[0].Parameters[1].ParameterCells(c.now) {
			text := cell.Keyword + "=" + cell.Text
			if cell.Unclear {
				text += "?"
			}
			got = append(got, text)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", schema, got, c.want)
		}
	}
}

const form = `{"type":"object","required":["name","tags"],"additionalProperties":false,"properties":{
 "name":{"type":"string","minLength":1,"maxLength":5},"tags":{"type":"array","minItems":1,"maxItems":2,"uniqueItems":true,"items":{"enum":["a","b"]}},
 "price":{"type":"number","multipleOf":0.01,"minimum":0},"inner":{"type":"object","required":["n"],"properties":{"n":{"type":"integer","format":"int32"}}}}}`

func TestBodyCells(t *testing.T) {
	d := right(t, small("3.1.0", "", form, "", ""))
	b := d.Operations[0].Body
	m := b.Content[0]
	now, ok := m.Schema.Make(nil, nothing, true)
	if !ok {
		t.Fatal("no value can be made")
	}
	found := map[string]bool{}
	for _, c := range b.BodyCells(m, now) {
		found[c.Name+" "+c.Keyword] = true
		if c.Absent {
			continue
		}
		if c.Unclear || len(m.Schema.InRequest(c.Body)) == 0 {
			t.Errorf("%s %s breaks nothing: %s", c.Name, c.Keyword, itoaAny(c.Body))
		}
		if itoaAny(now) == itoaAny(c.Body) {
			t.Errorf("%s %s changes nothing", c.Name, c.Keyword)
		}
	}
	for _, want := range []string{" required", " type", " null", " additionalProperties", "/name required", "/tags required", "/name type", "/name null", "/name minLength",
		"/name maxLength", "/tags minItems", "/tags maxItems", "/tags uniqueItems", "/tags/0 enum", "/price multipleOf", "/price minimum", "/inner type", "/inner/n required", "/inner/n integer"} {
		if !found[want] {
			t.Errorf("nothing breaks %q", want)
		}
	}
}

// What is known by its name goes where it fits, and nowhere else.
func TestMakeTakesWhatIsKnown(t *testing.T) {
	schema := `{"type":"object","required":["tenantId","when"],"properties":{"tenantId":{"type":"integer","minimum":1},"when":{"type":"string","format":"date"},"note":{"type":"string"}}}`
	d := right(t, small("3.1.0", "", schema, "", ""))
	s := d.Operations[0].Body.Content[0].Schema
	known := func(name string) any {
		return map[string]any{"tenantId": json.Number("7"), "when": json.Number("3")}[name]
	}
	for _, c := range []struct {
		example any
		full    bool
		want    string
	}{
		{nil, false, `{"tenantId":7,"when":"2024-02-29"}`},
		{nil, true, `{"note":"listo","tenantId":7,"when":"2024-02-29"}`},
		{map[string]any{"tenantId": json.Number("1"), "when": "2025-01-01", "note": "n"}, false, `{"tenantId":7,"when":"2025-01-01"}`},
		{map[string]any{"tenantId": json.Number("1"), "when": "2025-01-01", "note": "n"}, true, `{"note":"n","tenantId":7,"when":"2025-01-01"}`},
	} {
		v, ok := s.Make(c.example, known, c.full)
		if !ok || itoaAny(v) != c.want {
			t.Errorf("%v %v: %s, want %s", c.example, c.full, itoaAny(v), c.want)
		}
	}
}

// Whatever is made fits, or is not given.
func TestMakeFitsOrGivesNothing(t *testing.T) {
	for schema, possible := range map[string]bool{
		`{"type":"string","pattern":"^[A-Z]{3}-[0-9]{2,}$"}`: true,
		`{"type":"string","pattern":"^(?!x).+$"}`:            false,
		`{"type":"string","minLength":30,"maxLength":30}`:    true,
		`{"type":"number","exclusiveMinimum":1.5}`:           true,
		`{"oneOf":[{"type":"integer"},{"type":"string"}]}`:   true,
		`{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"required":["b"],"properties":{"b":{"const":3}}}]}`: true,
		`{"not":{}}`: false,
		`{"type":"array","minItems":2,"items":{"type":"boolean"}}`: true,
	} {
		d := right(t, small("3.1.0", "", schema, "", ""))
		s := d.Operations[0].Body.Content[0].Schema
		v, ok := s.Make(nil, nothing, false)
		if ok != possible || (ok && len(s.InRequest(v)) > 0) {
			t.Errorf("%s: %s %v", schema, itoaAny(v), ok)
		}
	}
}
