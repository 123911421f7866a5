package http

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/engine/shell"
)

// credentials are what a login is sent.
type credentials struct{ Email, Password, Again string }

// loginService answers each login with what give says, and tells what it was sent.
func loginService(t *testing.T, give func(w nethttp.ResponseWriter)) (base string, sent chan credentials) {
	t.Helper()
	sent = make(chan credentials, 100)
	service := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		var c credentials
		if err := json.Unmarshal(body, &c); err != nil {
			t.Errorf("the login's body is no JSON: %v: %q", err, body)
		}
		sent <- c
		give(w)
	}))
	t.Cleanup(service.Close)
	return service.URL, sent
}

func login(user, password string) config.Login {
	return config.Login{Request: "POST /login", Body: `{"email":"{user}","password":"{password}","again":"{password}"}`,
		Token: "/token", Users: []string{user}, Password: password}
}

func TestOddCredentialsArriveWholeAndStayOffTheDisk(t *testing.T) {
	passwords := []string{"correct horse battery", `quo"ted\back\\slash`, "{user}-{password}-x", "line\nfeed\ttab", "$(id) `id` $HOME !!", "ñandú‹x›é🔑", "<script>&amp;</script>", `'; exit 1; echo '`, "%7Bpercent%7D"}
	users := []string{"ana@example.com", `o"hara\@example.com`, "{password}@example.com", "a{user}b"}
	for _, password := range passwords {
		for _, user := range users {
			base, sent := loginService(t, func(w nethttp.ResponseWriter) { fmt.Fprint(w, `{"token":"opaque-0123456789"}`) })
			p := newPlace(t, base, redact.Secret{Name: "login.password", Value: password})
			p.Config.Login = login(user, password)
			tokens, err := On(p.Bench).Tokens(t.Context(), 1)
			if err != nil || len(tokens) != 1 || tokens[0] != (Token{user, "opaque-0123456789"}) {
				t.Fatalf("%q: %v, %v", user, tokens, err)
			}
			want := credentials{user, password, password}
			if got := <-sent; got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
			steps, _ := p.Steps()
			if all := p.everything(t); strings.Contains(all, password) || strings.Count(steps[0].Replay, "$PASSWORD") != 2 {
				t.Errorf("user %q, password %q: %s", user, password, steps[0].Replay)
			}
			paste(t, steps[0].Replay, "BASE="+base, "PASSWORD="+jsonText(password))
			if got := <-sent; got != want {
				t.Errorf("pasted %q sends %q, want %q", steps[0].Replay, got, want)
			}
		}
	}
}

// paste runs a replay line as a sceptic would.
func paste(t *testing.T, line string, env ...string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin"}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

func TestNoTokenReachesTheDisk(t *testing.T) {
	const access, refresh, header = `opaque "access" token/+=`, "opaque-refresh-987654321", "opaque-header-5555555555"
	base, _ := loginService(t, func(w nethttp.ResponseWriter) {
		w.Header().Set("X-Session-Id", header)
		answer, _ := json.Marshal(map[string]any{"data": map[string]any{"token": access, "user": "ana@example.com"}, "tokens": map[string]any{"next": []string{refresh}}})
		_, _ = w.Write(answer)
	})
	echo := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "you are %s, refresh %s, %s", r.Header.Get("Authorization"), refresh, base64.StdEncoding.EncodeToString([]byte(header)))
	}))
	defer echo.Close()
	p := newPlace(t, base)
	p.Config.Login = login("ana@example.com", "correct horse battery")
	p.Config.Login.Token = "/data/token"
	tokens, err := On(p.Bench).Tokens(t.Context(), 1)
	if err != nil || tokens[0].Value != access {
		t.Fatalf("%v, %v", tokens, err)
	}
	p.Target.Base = echo.URL
	client := On(p.Bench)
	client.Do(t.Context(), Request{Method: "GET", Path: "/me", Token: tokens[0]})
	client.Start(t.Context(), Burst{Users: 1, Total: 2, Next: func(int) Request { return Request{Method: "GET", Path: "/me", Token: tokens[0]} }}).Wait()
	// Another record of the same audit knows them too: the service's log comes last.
	later := p.Fresh()
	touch := later.Touch("service", "# stop")
	touch.Capture("log", "text/plain", []byte("session of "+access+"\n"+refresh), true)
	touch.End(0, nil)

	all := p.everything(t)
	for _, token := range []string{access, jsonText(access), refresh, header, base64.StdEncoding.EncodeToString([]byte(header))} {
		if strings.Contains(all, token) {
			t.Errorf("%q is on the disk", token)
		}
	}
	if !strings.Contains(all, "ana@example.com") {
		t.Error("what is no token was taken out as well")
	}
	if found := p.FindSecrets([]byte(access + refresh)); len(found) != 0 {
		t.Errorf("a token counts as a declared secret: %v", found)
	}
}

// A token where nobody looks for it is one all the same.
func TestAnAnswerWithoutTheTokenIsNotKept(t *testing.T) {
	for _, answer := range []string{`{"access":"opaque-0123456789"}`, `"opaque-0123456789"`, `opaque-0123456789`, `{"token":7,"other":"opaque-0123456789"}`, `[{"token":"opaque-0123456789"}]`} {
		base, _ := loginService(t, func(w nethttp.ResponseWriter) { fmt.Fprint(w, answer) })
		p := newPlace(t, base)
		p.Config.Login = login("ana@example.com", "correct horse battery")
		_, err := On(p.Bench).Tokens(t.Context(), 1)
		if err == nil || strings.Contains(p.everything(t), "opaque") || strings.Contains(err.Error(), "opaque") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestLoginErrorsSayWhatToDo(t *testing.T) {
	cases := map[string]struct {
		give   func(nethttp.ResponseWriter)
		change func(*config.Login)
		want   string
	}{
		"refused":      {func(w nethttp.ResponseWriter) { w.WriteHeader(401) }, nil, "answered 401"},
		"no JSON":      {func(w nethttp.ResponseWriter) { fmt.Fprint(w, "<html>") }, nil, "no JSON"},
		"no token":     {func(w nethttp.ResponseWriter) { fmt.Fprint(w, "{}") }, nil, "login.token"},
		"an empty one": {func(w nethttp.ResponseWriter) { fmt.Fprint(w, `{"token":""}`) }, nil, "login.token"},
		"a broken one": {func(w nethttp.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, nil, "unexpected EOF"},
		"no users": {func(nethttp.ResponseWriter) {}, func(l *config.Login) { l.Users = nil }, "login.users"},
		"no path":  {func(nethttp.ResponseWriter) {}, func(l *config.Login) { l.Request = "POST" }, "POST /path"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			base, _ := loginService(t, c.give)
			p := newPlace(t, base)
			p.Config.Login = login("ana@example.com", "correct horse battery")
			if c.change != nil {
				c.change(&p.Config.Login)
			}
			if _, err := On(p.Bench).Tokens(t.Context(), 3); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "login: ") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	p := newPlace(t, "http://127.0.0.1:1")
	if tokens, err := On(p.Bench).Tokens(t.Context(), 3); err != nil || len(tokens) != 1 || tokens[0] != (Token{}) {
		t.Errorf("a service that wants no login: %v, %v", tokens, err)
	}
}

// Every replay line sends what was sent.
func TestReplayLinesRunInAShell(t *testing.T) {
	type arrived struct{ Method, Path, Token, Body, Type, ID string }
	came := make(chan arrived, 100)
	service := httptest.NewServer(nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		came <- arrived{r.Method, r.RequestURI, r.Header.Get("Authorization"), string(body), r.Header.Get("Content-Type"), r.Header.Get("X-Request-Id")}
	}))
	defer service.Close()
	json := nethttp.Header{"Content-Type": {"application/json"}}
	shown := shell.Text("$", shell.Var("PASSWORD"))
	requests := []Request{
		{Method: "GET", Path: "/api/gastos?empresaId=1&q=a'b"},
		{Method: "GET", Path: "/a?x[]=1&y={1,2}&z=[1-3]"},
		{Method: "GET", Path: "/a/../../etc/passwd"},
		{Method: "GET", Path: "/me", Token: Token{"ana", "opaque-0123456789"}},
		{Method: "HEAD", Path: "/"},
		{Method: "OPTIONS", Path: "/"},
		{Method: "DELETE", Path: "/gastos/7"},
		{Method: "POST", Path: "/", Header: json, Body: []byte(`{"a":"it's $HOME \"x\" \\"}`)},
		{Method: "PUT", Path: "/", Header: json, Body: []byte("@/etc/hostname")},
		{Method: "POST", Path: "/", Header: json, Body: []byte("two\nlines\r\n\n")},
		{Method: "GET", Path: "/", Header: json, Body: []byte(`{"a":1}`)},
		{Method: "POST", Path: "/", Header: json, Body: []byte("$correct horse"), Shown: &shown},
		{Method: "GET", Path: "/long", Header: nethttp.Header{"X-Request-Id": {"it's 100% " + strings.Repeat("a", 4<<10)}}},
	}
	p := newPlace(t, service.URL)
	client := On(p.Bench)
	for i, r := range requests {
		client.Do(t.Context(), r)
		sent := <-came
		steps, _ := p.Steps()
		paste(t, steps[i].Replay, "BASE="+service.URL, "TOKEN=opaque-0123456789", "PASSWORD=correct horse")
		if pasted := <-came; pasted != sent || len(steps[i].Replay) > 300 {
			t.Errorf("%s\n sent   %+v\n pasted %+v", steps[i].Replay, sent, pasted)
		}
	}
	client.Start(t.Context(), Burst{Users: 2, Total: 5, Next: func(int) Request { return requests[7] }}).Wait()
	for range 5 {
		<-came
	}
	steps, _ := p.Steps()
	paste(t, steps[len(steps)-1].Replay, "BASE="+service.URL)
	if last := <-came; last.Body != string(requests[7].Body) || !strings.Contains(steps[len(steps)-1].Replay, "# 5 requests, 2 at a time") {
		t.Errorf("a burst's line %s sends %+v", steps[len(steps)-1].Replay, last)
	}
}
