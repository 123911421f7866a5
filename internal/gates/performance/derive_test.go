package performance

import (
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"listo/internal/config"
	"listo/internal/engine/openapi"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/harvest"
	"listo/internal/lab/http"
	"listo/internal/words"
)

// office is a service for the tests: its document, and how often each request came.
type office struct {
	sync.Mutex
	seen map[string]int // by user, method and path
	next int
}

const officeDocument = `{"openapi":"3.1.0","info":{"title":"office","version":"1"},"security":[{"bearer":[]}],
"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}}},"paths":{
"/login":{"post":{"security":[],"requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}},"responses":{"200":{"description":"in"}}}},
"/logout":{"get":{"responses":{"200":{"description":"out"}}}},
"/files":{"get":{"responses":{"200":{"description":"all","content":{"application/json":{}}}}},
 "post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["title","folderId"],"properties":{"title":{"type":"string"},"folderId":{"type":"integer"}}}}}},
  "responses":{"201":{"description":"made"}}}},
"/files/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
 "get":{"responses":{"200":{"description":"one"}}},"put":{"responses":{"200":{"description":"changed"}}},"delete":{"responses":{"204":{"description":"gone"}}}},
"/folders":{"get":{"responses":{"200":{"description":"all"}}},
 "post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}},"responses":{"201":{"description":"made"}}}},
"/photos":{"post":{"requestBody":{"content":{"image/png":{}}},"responses":{"201":{"description":"made"}}}},
"/secrets/{code}":{"get":{"parameters":[{"name":"code","in":"path","required":true,"schema":{"type":"string","pattern":"^(?=x)y$"}}],"responses":{"200":{"description":"one"}}}},
"/admin":{"get":{"responses":{"200":{"description":"for one"}}}},
"/broken":{"get":{"responses":{"200":{"description":"never"}}}},
"/moved":{"get":{"responses":{"301":{"description":"there"}}}},
"/nothing":{"get":{"responses":{"200":{"description":"an empty list"}}}},
"/page":{"get":{"responses":{"200":{"description":"a page"}}}},
"/traced":{"get":{"parameters":[{"name":"X-Trace","in":"header","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}`

func (s *office) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	body, _ := io.ReadAll(r.Body)
	user := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer token-of-")
	s.Lock()
	s.seen[user+" "+r.Method+" "+r.URL.Path]++
	s.next++
	times, next := s.seen[user+" "+r.Method+" "+r.URL.Path], s.next
	s.Unlock()
	say := func(status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /login":
		var who struct{ User string }
		_ = json.Unmarshal(body, &who)
		say(200, `{"token":"token-of-`+who.User+`"}`)
	case "GET /files":
		say(200, `{"items":[{"id":31,"folderId":4},{"id":32,"folderId":4}]}`)
	case "GET /files/31":
		say(200, `{"id":31}`)
	case "POST /files":
		var file struct{ FolderID int }
		if _ = json.Unmarshal(body, &file); file.FolderID != 4 {
			say(422, `{"error":"no such folder"}`)
			return
		}
		say(201, fmt.Sprintf(`{"id":%d}`, 1000+next))
	case "GET /folders":
		say(200, `{"items":[{"id":4}]}`)
	case "POST /folders":
		if times > 1 {
			say(409, `{"error":"there is one of that name"}`)
			return
		}
		say(201, `{"id":5}`)
	case "GET /admin":
		if user != "ana" {
			say(403, `{"error":"not for you"}`)
			return
		}
		say(200, `{"ok":true}`)
	case "GET /broken":
		say(500, `{"error":"broken"}`)
	case "GET /nothing":
		say(200, `[]`)
	case "GET /page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html></html>")
	default:
		say(404, `{"error":"nothing here"}`)
	}
}

// derivingFrom gives a bench at a service with this document, no mix, and two users.
func derivingFrom(t *testing.T, h nethttp.Handler, document string) *lab.Bench {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s := quick()
	s.Mix, s.Document = nil, "openapi.json"
	b := benchWith(t, s).At(lab.Target{Base: server.URL})
	documented(t, b, document)
	return b
}

// documented gives a bench a document and users to log in.
func documented(t *testing.T, b *lab.Bench, document string) {
	t.Helper()
	b.Config.Folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(b.Config.Folder, "openapi.json"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Config.Login = config.Login{Request: "POST /login", Body: `{"user":"{user}"}`, Token: "/token", Users: []string{"ana", "eva"}, Password: "none"}
}

// simulated is derivingFrom over a network in memory.
func simulated(t *testing.T, h nethttp.Handler) place {
	t.Helper()
	s := quick()
	s.Mix, s.Document = nil, "openapi.json"
	p := serving(t, s, h.ServeHTTP)
	documented(t, p.Bench, officeDocument)
	return p
}

func lookedAt(t *testing.T, b *lab.Bench) *scene {
	t.Helper()
	s, err := look(t.Context(), b, 2)
	if err != nil {
		t.Fatal(err)
	}
	if s.derived == nil || len(s.derived.Taken) != len(s.expected) || len(s.rest) != len(s.expected) || len(s.scenario.Requests) != len(s.expected) {
		t.Fatalf("%+v: the mix, what is expected and the scenario are not of one length", s)
	}
	return s
}

func (d *Derived) lefts() map[string]string {
	all := map[string]string{}
	for _, l := range d.Left {
		all[l.Operation] = l.Reason
	}
	return all
}

func TestAMixIsDerived(t *testing.T) {
	service := &office{seen: map[string]int{}}
	s := lookedAt(t, derivingFrom(t, service, officeDocument))
	want := []Taken{
		{"GET /files", "GET /files", listWeight, ""},
		{"GET /folders", "GET /folders", listWeight, ""},
		{"GET /files/{id}", "GET /files/31", rowWeight, ""},
		{"POST /files", "POST /files", writeWeight, `{"folderId":4,"title":"listo"}`},
	}
	if !slices.Equal(s.derived.Taken, want) {
		t.Errorf("taken %+v", s.derived.Taken)
	}
	left := map[string]string{"POST /login": "login", "GET /logout": "session", "PUT /files/{id}": "method", "DELETE /files/{id}": "method",
		"POST /folders": "once", "POST /photos": "body", "GET /secrets/{code}": "unknown", "GET /admin": "not_everyones", "GET /broken": "status",
		"GET /moved": "no_success", "GET /nothing": "empty", "GET /page": "not_json", "GET /traced": "header"}
	got := s.derived.lefts()
	for operation, reason := range left {
		if got[operation] != reason {
			t.Errorf("%s is left out for %q, want %q", operation, got[operation], reason)
		}
	}
	if len(got) != len(left) {
		t.Errorf("left out %v", got)
	}
	for i, e := range s.expected {
		if e.Request != want[i].Request || e.Weight != want[i].Weight || !e.JSON || !e.NonEmpty {
			t.Errorf("expected %+v", e)
		}
	}
	for request, n := range service.seen {
		if most := map[bool]int{true: 1, false: sends}[strings.HasPrefix(request, "eva ")]; n > most && !strings.HasSuffix(request, "/login") {
			t.Errorf("%s was sent %d times", request, n)
		}
		if strings.Contains(request, "PUT") || strings.Contains(request, "DELETE") || strings.Contains(request, "logout") {
			t.Errorf("%s was sent", request)
		}
	}
}

// Ids come from what was there before: a row that listo made is in no other copy.
func TestNoRequestRestsOnARowOfListos(t *testing.T) {
	document := `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{
	"/files":{"post":{"responses":{"201":{"description":"made"}}}},
	"/files/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string","pattern":"^(?=x)y$"}}],"responses":{"200":{"description":"one"}}}}}}`
	s := lookedAt(t, derivingFrom(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"y","token":"t"}`)
	}), document))
	if len(s.derived.Taken) != 1 || s.derived.Taken[0].Request != "POST /files" || s.derived.lefts()["GET /files/{id}"] != "unknown" {
		t.Errorf("%+v", s.derived)
	}
}

func TestAnAttachedServiceIsOnlyRead(t *testing.T) {
	service := &office{seen: map[string]int{}}
	b := derivingFrom(t, service, officeDocument)
	b.Config.Service.Mode = config.Attached
	s := lookedAt(t, b)
	if len(s.derived.Taken) != 3 || s.derived.lefts()["POST /files"] != "attached" || len(s.unfit) != 1 || s.unfit[0].Request != "GET /broken" {
		t.Errorf("%+v", s.derived)
	}
	for request := range service.seen {
		if strings.Contains(request, " POST ") && !strings.HasSuffix(request, "/login") {
			t.Errorf("%s was sent", request)
		}
	}
}

// A service that limits is asked no more than it takes to know that.
func TestALimitingServiceIsNotPressed(t *testing.T) {
	sent := 0
	b := derivingFrom(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		sent++
		w.WriteHeader(nethttp.StatusTooManyRequests)
	}), officeDocument)
	b.Config.Login = config.Login{}
	s := lookedAt(t, b)
	if sent != mostLimited || len(s.derived.Taken) != 0 || s.derived.lefts()["GET /files"] != "throttled" || s.derived.lefts()["POST /files"] != "throttled" {
		t.Errorf("%d requests, %+v", sent, s.derived)
	}
}

func TestAMixInTheFileIsTheMix(t *testing.T) {
	b := derivingFrom(t, &office{seen: map[string]int{}}, "no document at all")
	lab.SettingsOf[Settings](b).Mix = []Mixed{{Request: "GET /folders", Weight: 7}}
	s, err := look(t.Context(), b, 1)
	if err != nil || s.derived != nil || len(s.expected) != 1 || s.expected[0].Weight != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	lab.SettingsOf[Settings](b).Mix = nil
	if _, err := look(t.Context(), b, 1); err == nil || !strings.Contains(err.Error(), "performance: document openapi.json") {
		t.Errorf("a document that is none: %v", err)
	}
}

// What one check derived all later ones of the audit send, whatever the service would
// say now.
func TestAllChecksSendTheSameMix(t *testing.T) {
	b := derivingFrom(t, &office{seen: map[string]int{}}, officeDocument)
	first := lookedAt(t, b)
	ledger, _ := past(t, Measured{Derived: first.derived}, evidence.Machine{}).Previous()
	b.Ledger = func() evidence.Ledger { return ledger }
	b.Config.Folder = "/nowhere" // the document is not read again
	again := lookedAt(t, b)
	if !slices.Equal(again.expected, first.expected) || !slices.Equal(again.derived.Taken, first.derived.Taken) {
		t.Errorf("%+v, then %+v", first.derived, again.derived)
	}
}

// A whole check by a derived mix, with an operation that cannot be reached: the mix is
// judged, and the observation says what is not in it.
func TestADerivedMixIsMeasured(t *testing.T) { synctest.Test(t, derivedAndMeasured) }

func derivedAndMeasured(t *testing.T) {
	f, o := tried(t, simulated(t, &office{seen: map[string]int{}}), connections(), short())
	if f.Outcome != evidence.Unproven || f.Reason != "unfit" {
		t.Errorf("%v %q: an operation that failed at rest vanished from the load", f.Outcome, f.Reason)
	}
	p := simulated(t, &office{seen: map[string]int{}})
	documented(t, p.Bench, strings.Replace(officeDocument, "\"/broken\":{\"get\":{\"responses\":{\"200\":{\"description\":\"never\"}}}},", "", 1))
	f, o = tried(t, p, connections(), short())
	m := o.(Measured)
	if f.Outcome != evidence.Pass || m.Derived == nil || m.Derived.lefts()["GET /secrets/{code}"] != "unknown" {
		t.Errorf("%v %q %v %+v", f.Outcome, f.Reason, f.Facts, m.Derived)
	}
	if at := slices.IndexFunc(m.Derived.Left, func(l Left) bool { return l.Operation == "GET /secrets/{code}" }); m.Derived.Left[at].Detail != "{code}" {
		t.Errorf("%+v", m.Derived.Left[at])
	}
}

// Of a document of which nothing can be asked there is no mix, and no pass.
func TestNothingDerivedProvesNothing(t *testing.T) { synctest.Test(t, nothingDerived) }

func nothingDerived(t *testing.T) {
	b := simulated(t, nethttp.NotFoundHandler())
	b.Config.Login = config.Login{}
	f, o := tried(t, b, normal(), short())
	if f.Outcome != evidence.Unproven || f.Reason != "no_mix" || len(o.(Measured).Derived.Left) == 0 {
		t.Errorf("%v %q %+v", f.Outcome, f.Reason, o)
	}
}

func TestWhatIsNotEvenAsked(t *testing.T) {
	c := &chooser{login: "POST /in", managed: true}
	ok := map[string]openapi.Answer{"200": {}}
	for name, want := range map[string]string{
		"POST /in": "login", "GET /in": "", "PUT /a": "method", "PATCH /a": "method", "DELETE /a": "method", "HEAD /a": "method",
		"GET /logout": "session", "GET /auth/sign-out": "session", "POST /auth/refresh": "session", "POST /users/reset-code": "session",
		"POST /blogs": "", "GET /sessions": "", "POST /catalog/items": "", "POST /presets": "", "POST /assign": "", "POST /designs/1": "", "GET /healthz": "", "GET /metrics": "",
	} {
		method, path, _ := strings.Cut(name, " ")
		if got := c.barred(&openapi.Operation{Method: method, Path: path, Answers: ok}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for status, want := range map[string]string{"201": "", "2XX": "", "default": "", "302": "no_success"} {
		if got := c.barred(&openapi.Operation{Method: "GET", Path: "/a", Answers: map[string]openapi.Answer{status: {}}}); got != want {
			t.Errorf("documented %s: %q, want %q", status, got, want)
		}
	}
	c.managed = false
	if got := c.barred(&openapi.Operation{Method: "POST", Path: "/a", Answers: ok}); got != "attached" {
		t.Errorf("a write to an attached service: %q", got)
	}
}

func TestWhatMakesAnAnswerUnfit(t *testing.T) {
	for _, c := range []struct {
		status      int
		media, body string
		want        string
	}{
		{200, "application/json", `{"a":1}`, ""},
		{201, "application/problem+json; charset=utf-8", `[1]`, ""},
		{200, "application/json", `{}`, "empty"},
		{200, "application/json", ``, "empty"},
		{204, "", ``, "empty"},
		{200, "application/json", `{"a":`, "not_json"},
		{200, "text/plain", `1`, "not_json"},
		{302, "application/json", `{"a":1}`, "status"},
		{500, "application/json", `{"a":1}`, "status"},
		{429, "application/json", `{"a":1}`, "throttled"},
	} {
		a := http.Answer{Status: c.status, Body: []byte(c.body), Header: nethttp.Header{"Content-Type": {c.media}}}
		e := Expected{Status: a.Status}
		e.read(a)
		if got := unfitness(a, e); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := unfitness(http.Answer{Err: io.EOF}, Expected{}); got != "unanswered" {
		t.Error(got)
	}
}

// What is sent under load is sent as it stands: no template may break a request line.
func TestTemplatesAreMadeRequestTargets(t *testing.T) {
	c := &chooser{known: harvest.New(map[string]string{"id": "a/ñ"})}
	for path, want := range map[string]string{"/a b/{id}": "GET /a%20b/a%2F%C3%B1", "/año": "GET /a%C3%B1o", "/a\r\nX: y": "GET /a%0D%0AX:%20y", "/{lost}/b": ""} {
		o := &openapi.Operation{Method: "GET", Path: path, Parameters: []openapi.Parameter{{Name: "id", In: "path", Required: true}}}
		if !strings.Contains(path, "{id}") {
			o.Parameters = nil
		}
		m, left := c.request(o, 0)
		if m.Request != want || (want == "") != (left.Reason == "unknown") {
			t.Errorf("%q: %+v %+v", path, m, left)
		}
	}
}

func TestEveryReasonToLeaveOutHasWords(t *testing.T) {
	book, err := words.Read("words.yaml", wordsYAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range leftReasons {
		for _, lang := range words.Languages() {
			if text, err := book.Say(lang, "page.load_results.left_"+reason, nil); err != nil || text == "" {
				t.Errorf("%s: %q, %v", reason, text, err)
			}
		}
	}
}
