package frontend

import (
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/browser"
)

func TestJudgeBrowsed(t *testing.T) {
	acts := func(last bool, took float64) []Acted {
		return []Acted{{What: actOpen, On: "/", Done: true, TookMS: 999}, {What: actClick, On: "a", Done: true}, {What: actRows, On: "li", Done: last, TookMS: took}}
	}
	good := Browsed{Version: "Chrome/1", Acts: acts(true, 100), Rows: 2, Documents: 1, Requests: 3, Messages: 4}
	with := func(change func(*Browsed)) Browsed { o := good; change(&o); return o }
	sick := func(kind string, change func(*Browsed)) Browsed {
		return with(func(o *Browsed) { o.Troubles = []Trouble{{kind, "x", ""}}; change(o) })
	}
	tryLimited(t, browsed(), evidence.Limits{"shown": 100}, []judgement[Browsed]{
		{good, evidence.Pass, "works"},
		{with(func(o *Browsed) { o.ReportOnly, o.Pending, o.LongestGapMS = 3, 1, 9999 }), evidence.Pass, "works"},
		{sick("violations", func(o *Browsed) { o.Violations, o.Errors, o.Echoes = 1, 1, 1 }), evidence.Fail, "violations"},
		{sick("foreign", func(o *Browsed) { o.Foreign, o.Errors, o.Echoes = 1, 1, 1 }), evidence.Fail, "foreign"},
		{sick("failed", func(o *Browsed) { o.Failed, o.Errors, o.Echoes, o.Acts = 1, 1, 1, acts(false, 200) }), evidence.Fail, "failed"},
		{sick("errors", func(o *Browsed) { o.Errors = 1 }), evidence.Fail, "errors"},
		{sick("errors", func(o *Browsed) { o.Errors, o.Echoes = 1, 1 }), evidence.Fail, "errors"}, // an echo of nothing
		{sick("failed", func(o *Browsed) { o.Failed, o.Errors, o.Echoes = 1, 2, 1 }), evidence.Fail, "several"},
		{sick("failed", func(o *Browsed) { o.Failed, o.Foreign, o.Violations, o.Errors, o.Echoes = 1, 1, 1, 4, 3 }), evidence.Fail, "all"},
		{sick("failed", func(o *Browsed) { o.Failed, o.Foreign, o.Violations, o.Errors, o.Echoes = 1, 1, 1, 3, 3 }), evidence.Fail, "several"},
		{with(func(o *Browsed) { o.Acts = acts(false, 101) }), evidence.Fail, "stuck"},
		{with(func(o *Browsed) { o.Acts = acts(true, 101) }), evidence.Fail, "stuck"}, // too late
		{with(func(o *Browsed) { o.Acts, o.LongestGapMS = acts(false, 101), starvedGap+1 }), evidence.Unproven, "starved"},
		{with(func(o *Browsed) { o.Unread = 1 }), evidence.Unproven, "beyond"},
		{with(func(o *Browsed) { o.Documents = 0 }), evidence.Unproven, "blind"},
		{with(func(o *Browsed) { o.Requests = 0 }), evidence.Unproven, "blind"},
		{with(func(o *Browsed) { o.Rows = 0 }), evidence.Unproven, "blind"},
		{with(func(o *Browsed) { o.Acts = nil }), evidence.Unproven, "blind"},
	})
}

func TestWhatIsRead(t *testing.T) {
	var o Browsed
	o.read(browser.Seen{Documents: 1, RequestCount: 9, MessageCount: 7, ViolationCount: 5, Pending: 1,
		Requests: []*browser.Request{
			{Method: "GET", URL: "http://h/", Status: 200, Done: true}, {Method: "GET", URL: "http://h/a", Status: 404, Done: true},
			{Method: "GET", URL: "http://h/b", Failure: "net::ERR_FAILED", Blocked: "cors"}, {Method: "GET", URL: "http://h/c", Failure: "net::ERR_ABORTED", Canceled: true},
			{Method: "GET", URL: "http://else/", Foreign: true}, {Method: "GET", URL: "http://else/x.js", Foreign: true, Failure: "net::ERR", Blocked: "csp"},
			{Method: "GET", URL: "http://h/favicon.ico", Type: "Other", Status: 404, Done: true}, {Method: "GET", URL: "http://h/pending"},
		},
		Messages: []browser.Message{
			{Source: "network", Level: "error", Text: "Failed to load resource", URL: "http://h/a"}, {Source: "network", Level: "error", URL: "http://h/favicon.ico"},
			{Source: "security", Level: "error", Text: "… the following Content Security Policy directive …"}, {Source: "console", Level: "warning", Text: "careful"},
			{Source: "exception", Level: "error", Text: "TypeError"}, {Source: "security", Level: "info", Text: "report only"},
		},
		Violations: []browser.Violation{{Via: browser.ViaEvent, Directive: "script-src-elem"}, {Via: browser.ViaIssue}, {Via: browser.ViaIssue},
			{Via: browser.ViaEvent, ReportOnly: true}, {Via: browser.ViaIssue, ReportOnly: true}},
	})
	if o.Requests != 9 || o.Failed != 2 || o.Foreign != 1 || o.Messages != 7 || o.Errors != 3 || o.Echoes != 2 || o.Violations != 2 || o.ReportOnly != 1 || o.Unread != 2 || o.Pending != 1 {
		t.Errorf("%+v", o)
	}
	if len(o.Troubles) != 2+2+1+3 || o.Troubles[0].Kind != "violations" {
		t.Errorf("%+v", o.Troubles)
	}
}

// visiting gives a bench whose page is served by h, and a person who waits a
// while for its button, clicks on it and wants to see rows.
func visiting(t *testing.T, h nethttp.HandlerFunc) *lab.Bench {
	t.Helper()
	b := benchIn(t, t.TempDir(), Settings{ServedAt: "/", Browser: Browser{Rows: "li", Login: []Act{
		{Fill: "#user", With: "{user}"}, {Fill: "#password", With: "{password}"}, {Click: "button"}, {Await: "ul", Text: "row"}}}})
	b.Config.Login = config.Login{Users: []string{"ana@example.com"}, Password: "geheim-0123456789"}
	b.Limits = evidence.Limits{"shown": 10_000}
	return serving(t, b, h)
}

// page is one that works: the list comes from /list once user and password are in.
const workingPage = `<!doctype html><title>t</title><input id="user"><input id="password" type="password"><button>enter</button><ul></ul><script src="/app.js"></script>`

const workingScript = `document.querySelector('button').onclick = async () => {
	if (document.querySelector('#user').value + document.querySelector('#password').value !== 'ana@example.comgeheim-0123456789') return
	const all = await (await fetch('/list')).json()
	document.querySelector('ul').innerHTML = all.map((one) => '<li>' + one + '</li>').join('')
}`

// working serves it; change may take an answer over.
func working(change func(w nethttp.ResponseWriter, r *nethttp.Request) bool) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if change != nil && change(w, r) {
			return
		}
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, workingPage)
		case "/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, workingScript)
		case "/list":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `["row 1", "row 2"]`)
		default:
			nethttp.NotFound(w, r)
		}
	}
}

func judgedBrowsed(t *testing.T, b *lab.Bench) evidence.Finding {
	t.Helper()
	raw, err := browsed().Run(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	f, err := browsed().Judge(raw, b.Limits)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAWorkingPage(t *testing.T) {
	b := visiting(t, working(nil))
	f := judgedBrowsed(t, b)
	wants(t, f, evidence.Pass, "works")
	if f.Facts["rows"] != 2 || f.Facts["steps"] != 6 || f.Facts["done"] != 6 {
		t.Errorf("%v", f.Facts)
	}
	said, kept := fmt.Sprintf("%+v", steps(t, b)), map[string]bool{}
	for _, s := range steps(t, b) {
		for _, raw := range s.Raw {
			kept[raw.Name] = true
		}
	}
	if strings.Contains(said, "geheim") || !strings.Contains(said, `"$PASSWORD"`) || !strings.Contains(said, "ana@example.com") {
		t.Error(said)
	}
	for _, name := range []string{loginPicture, listPicture, "network.json", "console.json", "violations.json"} {
		if !kept[name] {
			t.Errorf("%s is not kept", name)
		}
	}
}

// What a person would not notice, or what is the browser's own doing.
func TestInnocentPages(t *testing.T) {
	for name, change := range map[string]func(w nethttp.ResponseWriter, r *nethttp.Request) bool{
		"a strict policy": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types default; frame-ancestors 'none'")
			return false
		},
		"a policy that reports": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			w.Header().Set("Content-Security-Policy-Report-Only", "script-src 'none'")
			return false
		},
		"warnings and a cancelled request": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/slow" {
				<-r.Context().Done()
			}
			return alter(w, r, "/app.js", workingScript+"\nconsole.warn('careful'); const c = new AbortController(); fetch('/slow', {signal: c.signal}).catch(() => {}); setTimeout(() => c.abort(), 50)")
		},
		"data, blob and no content": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/none" {
				w.WriteHeader(nethttp.StatusNoContent)
				return true
			}
			return alter(w, r, "/app.js", workingScript+"\nfetch('data:text/plain,x'); fetch(URL.createObjectURL(new Blob(['x']))); fetch('/none'); navigator.sendBeacon('/none', 'x')")
		},
		"an open stream": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/events" {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, "data: x\n\n")
				w.(nethttp.Flusher).Flush()
				<-r.Context().Done()
				return true
			}
			return alter(w, r, "/app.js", workingScript+"\nnew EventSource('/events')")
		},
		"a redirect": func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/list" && r.URL.RawQuery == "" {
				nethttp.Redirect(w, r, "/list?page=1", nethttp.StatusFound)
				return true
			}
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := visiting(t, working(change))
			if name == "a strict policy" {
				b = visiting(t, working(func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
					change(w, r)
					return alter(w, r, "/app.js", strings.Replace(workingScript, "document.querySelector('ul').innerHTML = all.map((one) => '<li>' + one + '</li>').join('')",
						"for (const one of all) document.querySelector('ul').append(Object.assign(document.createElement('li'), { textContent: one }))", 1))
				}))
			}
			wants(t, judgedBrowsed(t, b), evidence.Pass, "works")
		})
	}
}

func alter(w nethttp.ResponseWriter, r *nethttp.Request, path, body string) bool {
	if r.URL.Path != path {
		return false
	}
	w.Header().Set("Content-Type", map[bool]string{true: "text/javascript", false: "text/html"}[strings.HasSuffix(path, ".js")])
	_, _ = io.WriteString(w, body)
	return true
}

func TestSickPages(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w nethttp.ResponseWriter, r *nethttp.Request) bool
		reason string
	}{
		"its own script is forbidden": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			w.Header().Set("Content-Security-Policy", "script-src 'none'")
			return false
		}, "violations"},
		"the list fails": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/list" {
				w.WriteHeader(nethttp.StatusInternalServerError)
				_, _ = io.WriteString(w, "[]")
				return true
			}
			return false
		}, "failed"},
		"the list never comes": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			if r.URL.Path == "/list" {
				<-r.Context().Done()
				return true
			}
			return false
		}, "stuck"},
		"the list is empty": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool { return alter(w, r, "/list", "[]") }, "stuck"},
		"the script is broken": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			return alter(w, r, "/app.js", "}"+workingScript)
		}, "errors"},
		"a pixel elsewhere": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			return alter(w, r, "/", workingPage+`<img src="https://stats.example/p.gif">`)
		}, "foreign"},
		"it throws late": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			return alter(w, r, "/app.js", workingScript+"\nsetTimeout(() => { throw new Error('late') }, 250)")
		}, "errors"},
		"the page has another form": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool { return alter(w, r, "/", "<p>maintenance</p>") }, "stuck"},
		"the page is not there": {func(w nethttp.ResponseWriter, r *nethttp.Request) bool {
			w.WriteHeader(nethttp.StatusServiceUnavailable)
			return true
		}, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := visiting(t, working(c.change))
			b.Limits = evidence.Limits{"shown": 1000}
			wants(t, judgedBrowsed(t, b), evidence.Fail, c.reason)
		})
	}
}

func TestBrowserControlIsCaught(t *testing.T) {
	b := benchIn(t, t.TempDir(), Settings{})
	b.Limits = evidence.Limits{"shown": 10_000}
	twin, away, err := complainingPage(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer away()
	wants(t, judgedBrowsed(t, twin), evidence.Fail, "all")
}

func TestWithoutAServiceNothingIsSeen(t *testing.T) {
	b := visiting(t, working(nil))
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.Target.Base = "http://" + gone.Addr().String()
	gone.Close()
	if _, err := browsed().Run(t.Context(), b); err == nil || !strings.Contains(err.Error(), "net::ERR") {
		t.Errorf("%v", err)
	}
}

func TestWithoutABrowserItSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := visiting(t, working(nil))
	if _, err := browsed().Run(context.Background(), b); err == nil || !strings.Contains(err.Error(), "apt-get install chromium") {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(b.Scratch); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
