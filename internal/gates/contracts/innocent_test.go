package contracts

import (
	"encoding/json"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab/http"
)

// altering lets the healthy shop answer and changes its answers.
func altering(change func(r *nethttp.Request, w *httptest.ResponseRecorder)) nethttp.Handler {
	s := newShop()
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		held := httptest.NewRecorder()
		s.ServeHTTP(held, r)
		change(r, held)
		for name, values := range held.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(held.Code)
		_, _ = w.Write(held.Body.Bytes())
	})
}

func body(w *httptest.ResponseRecorder, change func(map[string]any)) {
	var object map[string]any
	if json.Unmarshal(w.Body.Bytes(), &object) != nil || object == nil {
		return
	}
	change(object)
	w.Body.Reset()
	w.Body.Write(encode(object))
}

// Oddities that are no fault: each must leave the check as it is on the healthy shop.
func TestInnocents(t *testing.T) {
	loose := without(shopDocument, `"Thing": {"type": "object", "required": ["id", "name"], "additionalProperties": false,`, `"Thing": {"type": "object", "required": ["id", "name"],`)
	for name, c := range map[string]struct {
		check    string
		document string
		service  nethttp.Handler
	}{
		"a member more, where members are open": {positiveID, loose, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if strings.HasPrefix(r.URL.Path, "/things/") && w.Code == 200 {
				body(w, func(o map[string]any) { o["extra"] = 1 })
			}
		})},
		"an integer written as 1.0": {positiveID, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			text := strings.ReplaceAll(w.Body.String(), `"id":1,`, `"id":1.0,`)
			w.Body.Reset()
			w.Body.WriteString(text)
		})},
		"a charset that JSON does not need": {positiveID, shopDocument, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if media := w.Header().Get("Content-Type"); media != "" {
				w.Header().Set("Content-Type", strings.ToUpper(media[:1])+media[1:]+"; charset=utf-8")
			}
		})},
		"names are trimmed and changed": {positiveID, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 201 {
				body(w, func(o map[string]any) { o["name"] = "THIRD" })
			}
		})},
		"a second DELETE is 404": {statusesID, shopDocument, newShop()},
		"400 for 422, both documented": {negativeID, shopDocument, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 422 {
				w.Code = 400
				body(w, func(o map[string]any) { o["status"] = 400 })
			}
		})},
		"404 hides a wrong id": {negativeID, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if strings.HasPrefix(r.URL.Path, "/things/") && w.Code == 400 {
				w.Code = 404
				body(w, func(o map[string]any) { o["status"] = 404 })
			}
		})},
		"OPTIONS and HEAD are answered by a middleware": {undocumentedID, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if r.Method == "OPTIONS" || r.Method == "HEAD" {
				w.Code = 204
				w.Body.Reset()
			}
		})},
		"errors have more members where there is more to say": {shapeID, shopDocument, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 422 {
				body(w, func(o map[string]any) { o["errors"] = []any{"name"} })
			}
		})},
		"415 is 400 where the house likes it": {shapeID, without(shopDocument, `"415": {"$ref": "#/components/responses/Problem"}, `, ""), altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 415 {
				w.Code = 400
				body(w, func(o map[string]any) { o["status"] = 400 })
			}
		})},
		"a detail quotes the caller's own path": {leakID, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 404 {
				body(w, func(o map[string]any) { o["instance"] = r.URL.Path })
			}
		})},
		"501 for a wrong method": {methodID, shopDocument, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 405 {
				w.Code = 501
				body(w, func(o map[string]any) { o["status"] = 501 })
			}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			source := without(shopSource, "\tmux.HandleFunc(\"GET /debug/dump\", h)\n", "")
			b, away, err := open(bench(t), c.service, c.document, source)
			if err != nil {
				t.Fatal(err)
			}
			defer away()
			if f := try(t, b, c.check); f.Outcome != evidence.Pass {
				t.Errorf("%s: %v %q %v", c.check, f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

// What NestJS, Fastify and problem details look like is one form each.
func TestFormsOfHouses(t *testing.T) {
	answer := func(status int, media, text string) Shape {
		return shapeOf(http.Answer{Status: status, Header: nethttp.Header{"Content-Type": {media}}, Body: []byte(text)})
	}
	for name, c := range map[string]struct {
		all []Shape
		bad int
	}{
		"nest": {[]Shape{answer(404, "application/json; charset=utf-8", `{"statusCode":404,"message":"no","error":"Not Found"}`),
			answer(400, "application/json", `{"statusCode":400,"message":["a","b"],"error":"Bad Request"}`)}, 0},
		"fastify": {[]Shape{answer(404, "application/json", `{"statusCode":404,"error":"Not Found","message":"x"}`),
			answer(400, "application/json", `{"statusCode":400,"code":"FST_ERR","error":"Bad Request","message":"x"}`)}, 0},
		"express": {[]Shape{answer(401, "application/json", `{"error":"x"}`), answer(403, "application/json", `{"error":"y"}`),
			answer(404, "text/html", `<!DOCTYPE html><pre>Cannot GET /x</pre>`)}, 1},
		"two forms": {[]Shape{answer(401, "application/json", `{"error":"x"}`), answer(403, "application/json", `{"error":"y"}`), answer(404, "application/json", `{"message":"y"}`)}, 1},
		"a lie":     {[]Shape{answer(401, "application/problem+json", `{"title":"x","status":401}`), answer(404, "application/problem+json", `{"title":"x","status":400}`)}, 1},
		"bad types": {[]Shape{answer(401, "application/problem+json", `{"title":"x","status":401}`), answer(404, "application/problem+json", `{"title":3,"status":404}`)}, 1},
		"broken":    {[]Shape{answer(401, "application/json", `{"error":"x"}`), answer(404, "application/json", `{"error":"x","error":"y"}`), answer(405, "application/json", ``), answer(500, "text/plain", `{"error":"x"}`), answer(500, "application/json", `[]`)}, 4},
	} {
		h, bad := houseOf(c.all), 0
		for _, s := range c.all {
			if s.against(h) != "" {
				bad++
			}
		}
		if bad != c.bad {
			t.Errorf("%s: %d are not of the form %+v, want %d: %+v", name, bad, h, c.bad, c.all)
		}
	}
}

func TestLeaksAreFoundAndOthersAreNot(t *testing.T) {
	for text, kind := range map[string]string{
		"Error: x\n    at list (/srv/app/src/gastos.js:12:5)":         "stack",
		"goroutine 12 [running]:":                                     "stack",
		`{"error":"/home/deploy/app/index.php"}`:                      "path",
		`{"detail":"select id from gastos where x"}`:                  "sql",
		`{"detail":"relation \"gastos\" does not exist"}`:             "database",
		`{"detail":"ERROR: x (SQLSTATE 42P01)"}`:                      "database",
		`{"detail":"connect ECONNREFUSED 127.0.0.1:5432"}`:            "database",
		`{"message":"Unexpected token } in JSON at position 3"}`:      "runtime",
		`{"detail":"json: cannot unmarshal number"}`:                  "runtime",
		`<h1>Whitelabel Error Page</h1>`:                              "framework",
		`{"title":"Not Found","detail":"no such path","status":404}`:  "",
		`{"detail":"select a category from the list: viaje, comida"}`: "",
		`{"detail":"the date must be one of the update set"}`:         "",
		`{"instance":"/api/home/users/1"}`:                            "",
		`{"detail":"at most 20 characters at 12:30"}`:                 "",
		`{"detail":"the company does not exist"}`:                     "",
	} {
		found := leaksIn(http.Answer{Status: 500, Body: []byte(text)}, strange("GET", "/x", http.Token{}), "")
		switch {
		case kind == "" && len(found) > 0:
			t.Errorf("%q is called %+v", text, found)
		case kind != "" && (len(found) == 0 || found[0].Kind != kind && found[len(found)-1].Kind != kind):
			t.Errorf("%q is %+v, want %s", text, found, kind)
		}
	}
}
