package httpapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gastos/internal/problem"
)

func post(body, contentType string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func statusOf(err error) int {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Status
	}
	if err == nil {
		return 0
	}
	return -1
}

func TestBodies(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for body, want := range map[string]int{
		`{"a":"x"}`: 0, ` {"a":"x"} ` + "\n": 0, `{"a":"😀"}`: 0, `{"a":"\ud83d\ude00"}`: 0, `{"a":"\ufffd"}`: 0, "{\"a\":\"\ufffd\"}": 0,
		``: 400, `{`: 400, `{"a":"x"}x`: 400, `{"a":"x"}{}`: 400, "{\"a\":\"\xff\"}": 400, "\ufeff{\"a\":\"x\"}": 400,
		"{\"a\":\"\x00\"}": 400, `{'a':1}`: 400, `{"a":"x",}`: 400, `{"a":"x","a":"x"}`: 400, `{"a":NaN}`: 400,
		`[]`: 422, `null`: 422, `"a"`: 422, `1`: 422, deep: 422, `{}`: 422, `{"A":"x"}`: 422, `{"a":"x","b":1}`: 422, `{"a":null}`: 422,
		`{"a":1}`: 422, `{"a":["x"]}`: 422, `{"a":""}`: 422, `{"a":"xxxx"}`: 422, `{"a":"\u0000"}`: 422, `{"a":"\n"}`: 422,
		`{"a":"\ud800"}`: 422, `{"a":"x\udc00"}`: 422, `{"a":"x","__proto__":{}}`: 422,
	} {
		f, err := readFields(post(body, "application/json; charset=UTF-8"))
		if err == nil {
			f.text("a", 1, 3)
			err = f.done()
		}
		if got := statusOf(err); got != want {
			t.Errorf("%.60q: %d, want %d", body, got, want)
		}
	}
}

func TestContentTypes(t *testing.T) {
	for contentType, want := range map[string]int{
		"application/json": 0, "Application/JSON": 0, "application/json;charset=utf-8": 0,
		"": 415, "text/plain": 415, "application/json; charset=latin1": 415, "application/x-www-form-urlencoded": 415,
		"application/jsonp": 415, "application/json,text/plain": 415,
	} {
		if _, err := readFields(post(`{}`, contentType)); statusOf(err) != want {
			t.Errorf("%q: %v", contentType, err)
		}
	}
	r := post(`{}`, "application/json")
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := readFields(r); statusOf(err) != 415 {
		t.Errorf("gzip: %v", err)
	}
}

func TestMembers(t *testing.T) {
	for _, c := range []struct {
		json string
		ok   bool
		read func(*fields)
	}{
		{`1`, true, readID}, {`1.0`, true, readID}, {`9007199254740991`, true, readID}, {`1e3`, true, readID},
		{`0`, false, readID}, {`-1`, false, readID}, {`1.5`, false, readID}, {`9007199254740992`, false, readID}, {`1e400`, false, readID},
		{`"1"`, false, readID}, {`true`, false, readID}, {`null`, false, readID}, {`[1]`, false, readID},
		{`"0.01"`, true, readAmount}, {`"99999999.99"`, true, readAmount}, {`"10.00"`, true, readAmount},
		{`"0.00"`, false, readAmount}, {`"100000000.00"`, false, readAmount}, {`"1"`, false, readAmount}, {`"1.5"`, false, readAmount},
		{`"01.50"`, false, readAmount}, {`"-1.50"`, false, readAmount}, {`"1.505"`, false, readAmount}, {`"1,50"`, false, readAmount},
		{`"1.50\n"`, false, readAmount}, {`1.5`, false, readAmount}, {`"١.٥٠"`, false, readAmount},
		{`"2024-02-29"`, true, readDate}, {`"2000-01-01"`, true, readDate}, {`"2099-12-31"`, true, readDate},
		{`"2023-02-29"`, false, readDate}, {`"1999-12-31"`, false, readDate}, {`"2100-01-01"`, false, readDate}, {`"2024-1-1"`, false, readDate},
		{`"2024-01-01T00:00:00Z"`, false, readDate}, {`"0000-01-01"`, false, readDate}, {`20240101`, false, readDate},
		{`"viaje"`, true, readCategory}, {`"Viaje"`, false, readCategory}, {`"viaje "`, false, readCategory}, {`""`, false, readCategory},
	} {
		f, err := readFields(post(`{"x":`+c.json+`}`, "application/json"))
		if err != nil {
			t.Fatal(err)
		}
		c.read(f)
		if err := f.done(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.json, err)
		}
	}
}

func readID(f *fields)       { f.id("x") }
func readAmount(f *fields)   { f.amount("x") }
func readDate(f *fields)     { f.date("x") }
func readCategory(f *fields) { f.oneOf("x", categorias) }

func TestLengthCountsCharacters(t *testing.T) {
	for body, ok := range map[string]bool{strings.Repeat("ñ", 200): true, strings.Repeat("ñ", 201): false, strings.Repeat("😀", 200): true} {
		f, err := readFields(post(`{"x":"`+body+`"}`, "application/json"))
		if err != nil {
			t.Fatal(err)
		}
		f.text("x", 1, maxConcepto)
		if err := f.done(); (err == nil) != ok {
			t.Errorf("%d bytes: %v", len(body), err)
		}
	}
}

func TestFaultsAreBounded(t *testing.T) {
	body := `{"` + strings.Repeat("k", 5000) + `":1`
	for i := range 100 {
		body += `,"k` + strings.Repeat("x", i) + `":1`
	}
	f, err := readFields(post(body+`}`, "application/json"))
	if err != nil {
		t.Fatal(err)
	}
	var p *problem.Problem
	if !errors.As(f.done(), &p) || len(p.Errors) != 20 {
		t.Fatalf("%+v", p)
	}
	for _, e := range p.Errors {
		if len(e.Field) > 64 {
			t.Errorf("a name of %d bytes comes back", len(e.Field))
		}
	}
}

func TestQueries(t *testing.T) {
	for query, want := range map[string]int{
		"id=1": 0, "id=1&page=2&pageSize=100": 0, "id=1&unknown=x": 0, "id=1&q=%25_%5C": 0, "id=9007199254740991": 0,
		"id=1&desde=2024-02-29&estado=aprobado": 0, "id=1&page=1000000": 0,
		"": 400, "id=": 400, "id=0": 400, "id=01": 400, "id=+1": 400, "id=%2B1": 400, "id=-1": 400, "id=1.0": 400, "id=9007199254740992": 400,
		"id=99999999999999999999": 400, "id=1&id=2": 400, "id=1;page=2": 400, "id=%ZZ": 400, "id=1%00": 400,
		"id=1&page=0": 400, "id=1&page=1000001": 400, "id=1&pageSize=101": 400, "id=1&pageSize=": 400,
		"id=1&q=": 400, "id=1&q=%00": 400, "id=1&q=%FF": 400, "id=1&q=" + strings.Repeat("x", 101): 400,
		"id=1&desde=2024-02-30": 400, "id=1&estado=": 400, "id=1&estado=APROBADO": 400,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		q, err := readQuery(r)
		if err == nil {
			q.requiredID("id")
			q.page()
			q.search("q")
			q.date("desde")
			q.oneOf("estado", estados)
			err = q.done()
		}
		if got := statusOf(err); got != want {
			t.Errorf("%.60q: %d, want %d", query, got, want)
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add(`{"a":"x"}`)
	f.Add(`{"a":"\ud800","b":[{}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		fields, err := readFields(post(body, "application/json"))
		if err == nil {
			text, before := fields.text("a", 1, 3), len(fields.faults)
			if err = fields.done(); err == nil && (before != 0 || !isText(text, 1, 3)) {
				t.Errorf("%q passed", text)
			}
		}
		if got := statusOf(err); got != 0 && got != 400 && got != 422 {
			t.Errorf("%q: %d", body, got)
		}
	})
}
