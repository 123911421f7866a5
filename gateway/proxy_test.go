package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// echo answers with what reached the service.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"uri": r.RequestURI, "host": r.Host, "header": r.Header, "body": string(body)})
}

type echoed struct {
	URI, Host, Body string
	Header          http.Header
}

func heard(t *testing.T, a answer) echoed {
	t.Helper()
	var e echoed
	if err := json.Unmarshal(a.body, &e); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%d %.200s: %v", a.StatusCode, a.body, err)
	}
	return e
}

func TestTargetsPassAsTheyAre(t *testing.T) {
	r := raise(t, false, echo, "")
	for _, target := range []string{"/api/x?a=1;b=2", "/api/x?", "/api/x?q=%zz&%41=+", "/api/a%20b?c=d%2Fe", "/"} {
		if got := heard(t, r.say(get(target))); got.URI != target {
			t.Errorf("%q reached the service as %q", target, got.URI)
		}
	}
}

// TestNobodySpeaksForTheClient: what only proxies may say has one value, ours, in whatever spelling it came.
func TestNobodySpeaksForTheClient(t *testing.T) {
	r := raise(t, false, echo, "")
	got := heard(t, r.say(asks("POST", "/api/x", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX_Forwarded_For: 6.6.6.6\r\nX.Forwarded.For: 6.6.6.6\r\n"+
		"X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=6.6.6.6\r\nX-Real-Ip: 6.6.6.6\r\nTrue-Client-Ip: 6.6.6.6\r\n"+
		"X-Original-Url: /admin\r\nX-Http-Method-Override: DELETE\r\nX-Request-Id: mine-is-mine\r\nRemote-User: root\r\n"+
		"Connection: close, X-Forwarded-For, Authorization\r\nAuthorization: Bearer token\r\nExpect: 100-continue\r\nContent-Length: 2\r\n", "{}")))
	for name, want := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "", "Forwarded": "", "X-Real-Ip": "", "True-Client-Ip": "",
		"X-Original-Url": "", "X-Http-Method-Override": "", "X_forwarded_for": "", "X.forwarded.for": "", "Remote-User": "",
		"Authorization": "Bearer token", "Expect": "",
	} {
		if is := strings.Join(got.Header[name], "|"); is != want {
			t.Errorf("%s reached the service as %q, want %q", name, is, want)
		}
	}
	if id := got.Header.Get("X-Request-Id"); id == "" || id == "mine-is-mine" {
		t.Errorf("the request-id is %q", id)
	}
	if got.Body != "{}" {
		t.Errorf("the body is %q", got.Body)
	}
}

func TestTheRequestIDIsOne(t *testing.T) {
	r := raise(t, false, echo, "")
	a := r.say(get("/api/x"))
	if there, here := heard(t, a).Header.Get("X-Request-Id"), a.Header.Get("X-Request-Id"); there != here || here == "" {
		t.Errorf("the service was told %q, the client %q", there, here)
	}
}

func TestHostOfTheService(t *testing.T) {
	if got := heard(t, raise(t, false, echo, "").say(get("/api/x"))); strings.Contains(got.Host, "app.example") {
		t.Errorf("a name that nobody declared reached the service: %q", got.Host)
	}
	r := raise(t, false, echo, "hosts: [app.example]\n")
	if got := heard(t, r.say(get("/api/x"))); got.Host != "app.example" || got.Header.Get("X-Forwarded-Host") != "app.example" {
		t.Errorf("Host %q, X-Forwarded-Host %q", got.Host, got.Header.Get("X-Forwarded-Host"))
	}
	hits := r.hits.Load()
	r.say("GET /api/x HTTP/1.1\r\nHost: evil.example\r\nOrigin: "+friend+"\r\n\r\n").problem(t, http.StatusMisdirectedRequest)
	if r.hits.Load() != hits {
		t.Error("a request for another host reached the service")
	}
}

// TestTheServiceKeepsToItself: its words about itself, its CORS and its own address do not leave.
func TestTheServiceKeepsToItself(t *testing.T) {
	r := raise(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Powered-By", "Express")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Alt-Svc", `h3=":443"`)
		w.Header().Set("Location", "http://"+r.Host+"/next?a=b")
		w.WriteHeader(http.StatusFound)
	}, "")
	a := r.say(get("/api/x"))
	for name, want := range map[string]string{
		"X-Powered-By": "", "Alt-Svc": "", "Location": "/next?a=b", "Access-Control-Allow-Origin": friend, "Access-Control-Allow-Credentials": "",
	} {
		if is := strings.Join(a.Header[name], "|"); is != want {
			t.Errorf("%s is %q, want %q", name, is, want)
		}
	}
	stranger := r.say("GET /api/x HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n")
	if is := stranger.Header["Access-Control-Allow-Origin"]; is != nil {
		t.Errorf("a stranger's scripts may read: %q", is)
	}
}

// TestBytesOfTheFrontend: what a page is made of arrives as the service sent it, also as an error page.
func TestBytesOfTheFrontend(t *testing.T) {
	body := make([]byte, 300_000)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(body)
	r := raise(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write(body)
	}, "")
	for _, path := range []string{"/app.js", "/missing"} {
		if got := r.say(get(path)); !bytes.Equal(got.body, body) {
			t.Errorf("%s: %d bytes came, not those of the service", path, len(got.body))
		}
	}
}

func TestErrorsOfTheService(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, secure, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "<pre>at /srv/app/index.js:1</pre>")
		}, "")
		a := r.say(get("/api/x"))
		a.problem(t, http.StatusInternalServerError)
		if bytes.Contains(a.body, []byte("index.js")) {
			t.Errorf("the inside leaves: %s", a.body)
		}
	})
}

// TestErrorsInJSON: with the members named, errors of the API have one form; without, and where none is found, they stay.
func TestErrorsInJSON(t *testing.T) {
	service := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch r.URL.Path {
		case "/api/400":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"the date is none"}`)
		case "/api/500":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error":"relation gastos does not exist"}`)
		case "/api/401":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"no token"}`)
		case "/api/422":
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"fields":["date"]}`)
		default:
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<p>nothing</p>")
		}
	}
	r := raise(t, false, service, "errors: {detail: [message, error], negotiate: true, authenticate: Bearer}\n")
	a := r.say(get("/api/400"))
	a.problem(t, http.StatusBadRequest)
	if !bytes.Contains(a.body, []byte(`"detail":"the date is none"`)) {
		t.Errorf("the sentence is lost: %s", a.body)
	}
	a = r.say(get("/api/500"))
	a.problem(t, http.StatusInternalServerError)
	if bytes.Contains(a.body, []byte("relation")) {
		t.Errorf("the inside leaves: %s", a.body)
	}
	a = r.say(get("/api/401"))
	if a.problem(t, http.StatusUnauthorized); a.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("a 401 without a challenge: %v", a.Header)
	}
	if a = r.say(get("/api/422")); string(a.body) != `{"fields":["date"]}` {
		t.Errorf("what holds no sentence is %s", a.body)
	}
	a = r.say(get("/page"))
	if a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("who does not say what he takes: %d %q", a.StatusCode, a.Header.Get("Content-Type"))
	}
	for _, accept := range []string{"text/html,*/*;q=0.8", "*/*"} {
		if a = r.say(asks("GET", "/page", "Accept: "+accept+"\r\n", "")); string(a.body) != "<p>nothing</p>" {
			t.Errorf("a browser sees %q", a.body)
		}
	}
	a = raise(t, false, service, "errors: {everywhere: true}\n").say(asks("GET", "/page", "Accept: text/html\r\n", ""))
	if a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") != "application/problem+json" || bytes.Contains(a.body, []byte("<p>")) {
		t.Errorf("a page where none is wanted: %d %q %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	if a = raise(t, false, service, "").say(get("/api/400")); string(a.body) != `{"error":"the date is none"}` {
		t.Errorf("it became %s without being asked for", a.body)
	}
}

// TestEvents: server-sent events come when they happen, not when the answer ends.
func TestEvents(t *testing.T) {
	next := make(chan string)
	r := raise(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range next {
			_, _ = io.WriteString(w, "data: "+event+"\n\n")
			_ = http.NewResponseController(w).Flush()
		}
	}, "")
	c := r.dial()
	_, _ = io.WriteString(c, get("/api/events"))
	next <- "one"
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(res.Body)
	for i, want := range []string{"data: one", "", "data: two", ""} {
		if i == 2 {
			next <- "two"
		}
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("line %d is %q, want %q: %v", i, lines.Text(), want, lines.Err())
		}
	}
	close(next)
}

// TestWebSockets: bytes pass in both directions where one is declared, and nowhere else.
func TestWebSockets(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, secure, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "websocket" {
				_, _ = io.WriteString(w, "no upgrade came")
				return
			}
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			_, _ = io.CopyN(conn, rw, 5)
		}, "requests: {websockets: [/api/socket]}\n")
		c := r.dial()
		_, _ = io.WriteString(c, asks("GET", "/api/socket", "Upgrade: websocket\r\nConnection: Upgrade\r\n", ""))
		from := bufio.NewReader(c)
		res, err := http.ReadResponse(from, nil)
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v %v", res, err)
		}
		_, _ = io.WriteString(c, "hello")
		got := make([]byte, 5)
		if _, err := io.ReadFull(from, got); err != nil || string(got) != "hello" {
			t.Errorf("%q came back: %v", got, err)
		}
		other := r.say(asks("GET", "/api/other", "Upgrade: websocket\r\nConnection: Upgrade\r\n", ""))
		if other.StatusCode != http.StatusOK || string(other.body) != "no upgrade came" {
			t.Errorf("elsewhere: %d %q", other.StatusCode, other.body)
		}
	})
}
