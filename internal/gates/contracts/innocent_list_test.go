package contracts

import (
	"bytes"
	"compress/gzip"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab/http"
)

// These are named as docs/innocents.md numbers them: each service has one oddity, and
// the checks that look at such answers stay green.
func TestListedInnocents(t *testing.T) {
	loose := without(shopDocument, `"required": ["id", "name"], "additionalProperties": false,`, `"required": ["id", "name"],`)
	two := without(shopDocument, `"201": {"description": "The thing."`, `"200": {"description": "The thing.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
          "201": {"description": "The thing."`)
	for _, document := range []string{loose, two} {
		if document == shopDocument {
			t.Fatal("the document was not changed")
		}
	}
	clock := 0
	for name, c := range map[string]struct {
		checks   []string
		document string
		service  nethttp.Handler
	}{
		"I05 a query parameter that nobody knows is ignored": {[]string{negativeID, statusesID}, shopDocument, asking("?nobody=knows&limit=5&limit=10")},
		"I07 200 where 201 is documented too": {[]string{positiveID, statusesID}, two, altering(func(_ *nethttp.Request, w *httptest.ResponseRecorder) {
			if w.Code == 201 {
				w.Code = 200
			}
		})},
		"I10 a second DELETE is 204": {[]string{positiveID, negativeID, statusesID}, shopDocument, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if r.Method == "DELETE" && w.Code == 404 {
				w.Code = 204
				w.Header().Del("Content-Type")
				w.Body.Reset()
			}
		})},
		"I12 an id is given again": {[]string{positiveID, negativeID, statusesID}, shopDocument, reusing()},
		"I14 the server changes a member of its own": {[]string{positiveID, statusesID}, loose, altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
			if strings.HasPrefix(r.URL.Path, "/things") && w.Code/100 == 2 && w.Code != 204 {
				clock++
				body(w, func(o map[string]any) { o["version"] = clock })
			}
		})},
		"I16 429 to our own traffic": {[]string{positiveID, negativeID, statusesID, undocumentedID, unservedID}, shopDocument, everyThird()},
		"I24 gzip to who takes it":   {[]string{positiveID, statusesID, shapeID}, shopDocument, zipping()},
	} {
		t.Run(name, func(t *testing.T) {
			for _, check := range c.checks {
				b, away, err := open(bench(t), c.service, c.document, without(shopSource, "\tmux.HandleFunc(\"GET /debug/dump\", h)\n", ""))
				if err != nil {
					t.Fatal(err)
				}
				if f := try(t, b, check); f.Outcome != evidence.Pass {
					t.Errorf("%s: %v %q %v", check, f.Outcome, f.Reason, f.Facts)
				}
				away()
			}
		})
	}
}

// I26: what listo.yaml exempts may be served beside the document.
func TestWhatIsExemptMayBeServed(t *testing.T) {
	s := newShop()
	s.dump = true
	b := at(t, s, shopDocument)
	wants(t, try(t, b, undocumentedID), evidence.Fail, "extra")
	settings(b).Exempt = []string{"/debug"}
	wants(t, try(t, b, undocumentedID), evidence.Pass, "none")
}

// I17: a 401 that names no scheme is as good as another.
func TestA401WithoutASchemeIsInForm(t *testing.T) {
	d, err := document(at(t, newShop(), shopDocument))
	if err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"", "Bearer"} {
		w := httptest.NewRecorder()
		refuse(w, 401, "log in")
		if scheme != "" {
			w.Header().Set("WWW-Authenticate", scheme)
		}
		a := http.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
		if s := shapeOf(a); s.against(houseIn(d, []Shape{s})) != "" {
			t.Errorf("with %q it is not of the form: %+v", scheme, s)
		}
	}
}

// asking hands every list on as if it had been asked with another query; the twin
// takes the first value and looks at no other name.
func asking(query string) nethttp.Handler {
	s := newShop()
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/things" && r.URL.RawQuery == "" {
			r.URL.RawQuery = strings.TrimPrefix(query, "?")
		}
		s.ServeHTTP(w, r)
	})
}

// reusing gives the id of the last thing again once that was deleted.
func reusing() nethttp.Handler {
	s := newShop()
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		s.ServeHTTP(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		if id, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/things/")); r.Method == "DELETE" && err == nil && id == s.last {
			s.last--
		}
	})
}

// everyThird answers every third request with 429; whoever asks again at once is
// answered.
func everyThird() nethttp.Handler {
	s, n := newShop(), 0
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		s.mu.Lock()
		n++
		refused := n%3 == 0
		s.mu.Unlock()
		if refused {
			w.Header().Set("Retry-After", "0")
			refuse(w, nethttp.StatusTooManyRequests, "slow down")
			return
		}
		s.ServeHTTP(w, r)
	})
}

// zipping compresses whatever has a body, for clients that say that they take it.
func zipping() nethttp.Handler {
	return altering(func(r *nethttp.Request, w *httptest.ResponseRecorder) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || w.Body.Len() == 0 {
			return
		}
		plain := bytes.Clone(w.Body.Bytes())
		w.Body.Reset()
		z := gzip.NewWriter(w.Body)
		_, _ = z.Write(plain) // into memory
		_ = z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Del("Content-Length")
	})
}

// I20: a login that refuses made-up credentials, by 401 where the document says so
// or as something wrong, has refused them; any other operation's 401 says nothing of
// the value.
func TestALoginMayRefuseWhatItDoesNotKnow(t *testing.T) {
	b := at(t, newShop(), without(shopDocument, `"415": {`, `"401": {"$ref": "#/components/responses/Problem"}, "415": {`))
	d, err := document(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Operations {
		if o.Method != "POST" {
			continue
		}
		k := breaker{scout: &scout{b: b}}
		for login, wanted := range map[string]string{o.Name(): "refused", "POST /elsewhere": "unanswered"} {
			b.Config.Login.Request = login
			for status, state := range map[int]string{400: "refused", 401: wanted, 422: "refused"} {
				if got := k.stateOf(o, openapi.Cell{In: "body"}, http.Answer{Status: status}); got != state {
					t.Errorf("%d, where %s is the login, is %s, want %s", status, login, got, state)
				}
			}
		}
		return
	}
	t.Fatal("the document has no POST")
}
