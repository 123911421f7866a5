package harvest

import (
	"encoding/json"
	"errors"
	nethttp "net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/openapi"
	"listo/internal/engine/redact"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const shop = `{"openapi":"3.1.0","info":{"title":"shop","version":"1"},"servers":[{"url":"/v1"}],"paths":{
 "/shops":{"get":{"responses":{"200":{"description":"ok"}}}},
 "/shops/{shopId}/items":{"get":{"parameters":[{"name":"shopId","in":"path","required":true,"schema":{"type":"integer"}},
   {"name":"currency","in":"query","required":true,"schema":{"type":"string","enum":["EUR","USD"]}}],"responses":{"200":{"description":"ok"}}},
  "post":{"parameters":[{"name":"shopId","in":"path","required":true,"schema":{"type":"integer"}}],"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["name","shopId"],
   "properties":{"name":{"type":"string","minLength":3},"shopId":{"type":"integer"},"note":{"type":"string"}}}}}},"responses":{"201":{"description":"made"}}}},
 "/shops/{shopId}/items/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string","pattern":"^(?=x)y$"}},
   {"name":"shopId","in":"path","required":true,"schema":{"type":"integer"}}],"responses":{"200":{"description":"ok"}}}},
 "/photos":{"post":{"requestBody":{"content":{"image/png":{}}},"responses":{"201":{"description":"made"}}}}}}`

func operations(t *testing.T) map[string]*openapi.Operation {
	t.Helper()
	d, err := openapi.Read("shop.json", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*openapi.Operation{}
	for _, o := range d.Operations {
		all[o.Name()] = o
	}
	return all
}

func answer(body string) http.Answer {
	return http.Answer{Status: 200, Body: []byte(body), Header: nethttp.Header{}}
}

// What a list told stands in the next request; without it the schema makes a value.
func TestRequestsAreFilledFromEarlierAnswers(t *testing.T) {
	all := operations(t)
	shops, items, item := all["GET /v1/shops"], all["GET /v1/shops/{shopId}/items"], all["GET /v1/shops/{shopId}/items/{id}"]
	h := New(nil)
	v, lacking := h.Fill(items, 0)
	if got := v.Target(items); lacking != "" || got != "/v1/shops/1/items?currency=EUR" {
		t.Errorf("made by the schema: %q, lacking %q", got, lacking)
	}
	h.Take(shops, "/v1/shops?page=1", answer(`{"shops":[{"id":7},{"id":9}]}`))
	for i, want := range []string{"/v1/shops/7/items?currency=EUR", "/v1/shops/9/items?currency=EUR"} {
		if v, lacking := h.Fill(items, i); lacking != "" || v.Target(items) != want {
			t.Errorf("the %d. value: %q, lacking %q, want %q", i, v.Target(items), lacking, want)
		}
	}
	if _, lacking := h.Fill(items, 2); lacking != "{shopId}" {
		t.Errorf("a third value is not known, but %q is said to lack", lacking)
	}
	if _, lacking := h.Fill(item, 0); lacking != "{id}" {
		t.Errorf("nothing fits the pattern, but %q is said to lack", lacking)
	}
	if v, _ := New(map[string]string{"shopId": "42"}).Fill(items, 0); v.Path["shopId"] != "42" {
		t.Errorf("the user's own value is not used: %v", v.Path)
	}
}

// The newest row that a POST made comes before those that were listed.
func TestWhatWasMadeComesFirst(t *testing.T) {
	all := operations(t)
	item, post := all["GET /v1/shops/{shopId}/items/{id}"], all["POST /v1/shops/{shopId}/items"]
	h := New(nil)
	free := openapi.Parameter{Name: "id", In: "path"}
	h.Take(all["GET /v1/shops/{shopId}/items"], "/v1/shops/7/items", answer(`[{"id":"a"}]`))
	made := answer(``)
	made.Header.Set("Location", "/v1/shops/7/items/b")
	h.Take(post, "/v1/shops/7/items", made)
	for i, want := range []any{"b", "a", nil} {
		if got := h.Parameter(item, free, "/v1/shops/7/items", i); got != want {
			t.Errorf("the %d. value is %v, want %v", i, got, want)
		}
	}
	lost := answer(`{"id":"c"}`)
	lost.Err = errors.New("cut")
	h.Take(post, "/v1/shops/7/items", lost)
	if got := h.Parameter(item, free, "/v1/shops/7/items", 0); got != "b" {
		t.Errorf("an answer that broke off told %v", got)
	}
}

// Ids stand in pages and texts, too; one that does not fit its schema is none.
func TestIdsInTexts(t *testing.T) {
	items := operations(t)["GET /v1/shops/{shopId}/items"]
	h := New(nil)
	h.Take(items, "/", answer(`<a href="/v1/shops/main/items"><a href="/v1/shops/12/items">`))
	if got := h.Parameter(items, InPath(items)[0], "/v1/shops", 0); got != json.Number("12") {
		t.Errorf("%v", got)
	}
}

func TestBodies(t *testing.T) {
	all := operations(t)
	h := New(map[string]string{"shopId": "3"})
	media, takes, err := Takes(all["POST /v1/shops/{shopId}/items"])
	if err != nil || !takes {
		t.Fatal(takes, err)
	}
	for full, want := range map[bool]string{false: `{"name":"listo","shopId":3}`, true: `{"name":"listo","note":"listo","shopId":3}`} {
		body, err := h.Body(media, 0, full)
		if got, _ := json.Marshal(body); err != nil || string(got) != want {
			t.Errorf("full %v: %s, %v, want %s", full, got, err, want)
		}
	}
	if _, _, err := Takes(all["POST /v1/photos"]); !errors.Is(err, ErrNoJSON) {
		t.Errorf("a picture is no JSON: %v", err)
	}
	if _, takes, err := Takes(all["GET /v1/shops"]); takes || err != nil {
		t.Errorf("a read takes %v, %v", takes, err)
	}
}

func TestPathsAreEscaped(t *testing.T) {
	o := &openapi.Operation{Path: "/files/{name}"}
	v := Values{Path: map[string]string{"name": "a/b c"}, Query: url.Values{"q": {"ñ&"}}}
	if got := v.Target(o); got != "/files/a%2Fb%20c?q=%C3%B1%26" {
		t.Error(got)
	}
}

func TestDocumentsThatCannotBeRead(t *testing.T) {
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &lab.Bench{Gate: "contracts", Config: &config.Config{Folder: t.TempDir()}, Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now)}
	for name, text := range map[string]string{"no.json": "{", "empty.json": `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}`, "shop.json": shop} {
		if err := os.WriteFile(filepath.Join(b.Config.Folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"absent.json": "name the file in contracts.document", "no.json": "mend what contracts.document shows", "empty.json": "write some",
	} {
		if _, err := Document(b, name); err == nil || !strings.HasPrefix(err.Error(), "contracts: document "+name) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := Document(b, "shop.json"); err != nil || len(d.Operations) != 5 {
		t.Errorf("%v", err)
	}
}
