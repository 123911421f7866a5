package performance

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhoseAnAnswerIs(t *testing.T) {
	const (
		list   = `{"items":[{"id":1,"empresaId":1,"estado":"nuevo"},{"id":4,"empresaId":1,"estado":"nuevo"}],"total":2}`
		theirs = `{"items":[{"id":2,"empresaId":2,"estado":"nuevo"},{"id":5,"empresaId":2,"estado":"visto"}],"total":2}`
		me     = `{"id":1,"nombre":"Ana","role":"empleado","pendientes":3}`
		other  = `{"id":4,"nombre":"Luis","role":"empleado","pendientes":5}`
	)
	for _, c := range []struct {
		name, path, rest, other, now string
		strange                      bool
	}{
		{"the same", "/api/gastos?empresaId=1", list, list, list, false},
		{"another company's rows", "/api/gastos?empresaId=1", list, list, theirs, true},
		{"one foreign row among them", "/api/gastos?empresaId=1", list, list, strings.Replace(list, `4,"empresaId":1`, `9,"empresaId":2`, 1), true},
		{"new rows", "/api/gastos?empresaId=1", list, list, `{"items":[{"id":90,"empresaId":1,"estado":"visto"}],"total":90}`, false},
		{"a company that nothing names", "/api/gastos", list, list, theirs, false},
		{"the tenant is in the token", "/api/gastos", list, theirs, theirs, true},
		{"the tenant is in the token, new rows", "/api/gastos", list, theirs, strings.Replace(list, `"id":4`, `"id":77`, 1), false},
		{"a parameter that the rows never bore", "/api/gastos?empresaId=3", list, list, theirs, false},
		{"a parameter given twice names nothing", "/api/gastos?empresaId=1&empresaId=2", list, list, theirs, false},
		{"a number in the path", "/api/gastos/1", `{"id":1}`, `{"id":1}`, `{"id":2}`, true},
		{"an id of its own", "/api/me", `{"id":7}`, `{"id":7}`, `{"id":8}`, false},
		{"somebody else", "/api/me", me, other, other, true},
		{"somebody else, who has gone on", "/api/me", me, other, strings.Replace(other, `:5`, `:6`, 1), false},
		{"one figure becomes like another's", "/api/me", me, other, strings.Replace(me, `:3`, `:5`, 1), false},
		{"one figure is no mark", "/api/open", `{"open":3}`, `{"open":5}`, `{"open":5}`, false},
		{"an error", "/api/me", me, other, `{"error":"busy"}`, false},
		{"no JSON", "/api/me", me, other, `<html>`, false},
		{"true and null tell nobody apart", "/api/flags", `{"a":true,"b":null}`, `{"a":false,"b":1}`, `{"a":false,"b":1}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rest := valuesOf([]byte(c.rest))
			w := newWhose(c.path, rest, rest, []values{valuesOf([]byte(c.other))})
			if got := w.stranger(valuesOf([]byte(c.now))); (got != "") != c.strange {
				t.Errorf("%q", got)
			}
		})
	}
}

// What changes by itself tells nobody apart.
func TestWhatChangesByItselfIsNoMark(t *testing.T) {
	w := newWhose("/", valuesOf([]byte(`{"now":1,"pod":"a"}`)), valuesOf([]byte(`{"now":3,"pod":"b"}`)), []values{valuesOf([]byte(`{"now":2,"pod":"c"}`))})
	if len(w.own) != 0 || w.told() != 0 || w.stranger(valuesOf([]byte(`{"now":2,"pod":"c"}`))) != "" {
		t.Errorf("%+v", w)
	}
}

func TestValuesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"a":[1`)
	for i := range 5 * valuesEach {
		fmt.Fprintf(&b, `,%d`, i)
	}
	b.WriteString(`]`)
	for i := range 5 * places {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	v := valuesOf([]byte(b.String() + "}"))
	if len(v) > places || len(v["/a/*"]) > valuesEach {
		t.Errorf("%d places, %d values at one", len(v), len(v["/a/*"]))
	}
}
