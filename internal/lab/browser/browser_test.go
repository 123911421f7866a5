package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// patience bounds waiting; it decides nothing else.
const patience = 30 * time.Second

func benchAt(t *testing.T, h http.Handler) (*lab.Bench, string) {
	t.Helper()
	folder := t.TempDir()
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return &lab.Bench{Target: lab.Target{Base: server.URL}, Scratch: t.TempDir(),
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now)}, folder
}

func opened(t *testing.T, b *lab.Bench) *Browser {
	t.Helper()
	br, err := Open(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(br.Close)
	return br
}

// site serves pages by path; a page that begins with a header's name and a colon
// has that header.
func site(pages map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			http.Error(w, "gone", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
		}
		for {
			line, rest, _ := strings.Cut(body, "\n")
			name, value, is := strings.Cut(line, ": ")
			if !is || strings.ContainsAny(name, "< ") {
				break
			}
			w.Header().Set(name, value)
			body = rest
		}
		_, _ = io.WriteString(w, body)
	})
}

// shown opens / and waits for the element with the ID "end".
func shown(t *testing.T, pages map[string]string) (Seen, *lab.Bench) {
	t.Helper()
	b, _ := benchAt(t, site(pages))
	br := opened(t, b)
	if begun, err := br.Visit(t.Context(), "/", patience); err != nil || !begun {
		t.Fatalf("%v, %v", begun, err)
	}
	if f, err := br.Await(t.Context(), "#end", "", patience); err != nil || f.Count != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	if err := br.Rest(t.Context(), 3*time.Second); err != nil {
		t.Fatal(err)
	}
	return br.Tell(), b
}

const end = `<link rel="icon" href="data:,"><p id="end">end</p>`

func TestAHealthyPageIsQuiet(t *testing.T) {
	seen, b := shown(t, map[string]string{"/": `Content-Security-Policy: default-src 'self'; img-src data:` + "\n" + `<script src="/a.js"></script>` + end,
		"/a.js": "console.log('hello', 7, {a: 1}); console.warn('careful')"})
	if seen.Documents != 1 || seen.RequestCount != 2 || seen.ViolationCount != 0 || seen.Pending != 0 {
		t.Errorf("%+v", seen)
	}
	if len(seen.Messages) != 2 || seen.Messages[0].Text != "hello 7 Object" || seen.Messages[0].Level != "log" || seen.Messages[1].Level != "warning" {
		t.Errorf("%+v", seen.Messages)
	}
	for _, r := range seen.Requests {
		if r.Status != 200 || !r.Done || r.Foreign || r.Failure != "" {
			t.Errorf("%+v", r)
		}
	}
	steps, err := b.Steps()
	if err != nil || len(steps) != 4 || !strings.Contains(steps[0].Replay, "--disable-background-networking") || !strings.HasPrefix(steps[1].Replay, "chromium --headless") {
		t.Errorf("%v: %+v", err, steps)
	}
}

func TestViolationsAreToldTwice(t *testing.T) {
	seen, _ := shown(t, map[string]string{"/": "Content-Security-Policy: script-src 'self'; img-src data:\n<script>document.title = 'ran'</script>" + end})
	via := map[string]int{}
	for _, v := range seen.Violations {
		via[v.Via]++
		if v.ReportOnly || !strings.HasPrefix(v.Directive, "script-src") {
			t.Errorf("%+v", v)
		}
	}
	if via[ViaEvent] != 1 || via[ViaIssue] != 1 || seen.ViolationCount != 2 {
		t.Errorf("%+v", seen.Violations)
	}
	if !slices.ContainsFunc(seen.Messages, func(m Message) bool { return m.Source == "security" && m.Level == "error" }) {
		t.Errorf("%+v", seen.Messages)
	}
}

func TestReportOnlyIsMarked(t *testing.T) {
	seen, _ := shown(t, map[string]string{"/": "Content-Security-Policy-Report-Only: script-src 'self'\n<script>document.title = 'ran'</script>" + end})
	if seen.ViolationCount == 0 {
		t.Error("nothing was told")
	}
	for _, v := range seen.Violations {
		if !v.ReportOnly {
			t.Errorf("%+v", v)
		}
	}
	t.Logf("%+v", seen.Messages)
}

func TestTroubleIsSeen(t *testing.T) {
	seen, _ := shown(t, map[string]string{"/": `<script src="/a.js"></script><script src="/bad.js"></script><img src="/none.png">` +
		`<img src="http://elsewhere.example/x.png"><img src="http://192.0.2.1/x.png">` + end,
		"/a.js":   "console.error('on purpose'); setTimeout(() => { throw new Error('uncaught') }); Promise.reject(new Error('rejected'))",
		"/bad.js": "this is no script"})
	for source, text := range map[string]string{"console": "on purpose", "exception": "Error: uncaught", "network": "500"} {
		if !slices.ContainsFunc(seen.Messages, func(m Message) bool {
			return m.Source == source && m.Level == "error" && strings.Contains(m.Text, text)
		}) {
			t.Errorf("no %s %q in %+v", source, text, seen.Messages)
		}
	}
	for _, text := range []string{"SyntaxError", "rejected"} {
		if !slices.ContainsFunc(seen.Messages, func(m Message) bool { return strings.Contains(m.Text, text) }) {
			t.Errorf("no %q in %+v", text, seen.Messages)
		}
	}
	foreign := 0
	for _, r := range seen.Requests {
		if r.Foreign {
			foreign++
			if r.Done || r.Failure != "net::ERR_NAME_NOT_RESOLVED" {
				t.Errorf("it went out: %+v", r)
			}
		}
		if strings.HasSuffix(r.URL, "none.png") && r.Status != 500 {
			t.Errorf("%+v", r)
		}
	}
	if foreign != 2 {
		t.Errorf("%d foreign: %+v", foreign, seen.Requests)
	}
}

func TestFillAndClick(t *testing.T) {
	b, folder := benchAt(t, site(map[string]string{"/": `<input id="a"><input id="b" type="password"><button onclick="go()">go</button><div hidden id="hidden">x</div>
		<script>function go() { const p = document.createElement('p'); p.id = 'said'; p.textContent = a.value + '/' + b.value; setTimeout(() => document.body.append(p), 300) }</script>` + end}))
	br := opened(t, b)
	ctx := t.Context()
	if begun, err := br.Visit(ctx, "/", patience); err != nil || !begun {
		t.Fatal(begun, err)
	}
	if f, err := br.Await(ctx, "#a", "", patience); err != nil || f.Count != 1 {
		t.Fatal(f, err)
	}
	const secret = "contraseña-0123456789"
	for selector, text := range map[string]string{"#a": "ana@example.com", "#b": secret} {
		if _, done, err := br.Fill(ctx, selector, text, shell.Var("TEXT"), 0); err != nil || !done {
			t.Errorf("%s: %v, %v", selector, done, err)
		}
	}
	for selector, want := range map[string]bool{"button": true, "#none": false, "#hidden": false} {
		if _, done, err := br.Click(ctx, selector, 0); err != nil || done != want {
			t.Errorf("%s: %v, %v", selector, done, err)
		}
	}
	if f, err := br.Await(ctx, "#said", "ana@example.com/"+secret, patience); err != nil || f.Count != 1 || f.Looks < 2 {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := br.Await(ctx, "#hidden", "", 0); err != nil || f.Count != 0 || f.Looks != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := br.Await(ctx, "p[", "", 0); err == nil || !strings.Contains(err.Error(), "not a valid selector") {
		t.Errorf("%v", err)
	}
	if err := br.Picture(ctx, "page.webp"); err != nil {
		t.Fatal(err)
	}
	steps, err := b.Steps()
	if err != nil || strings.Contains(fmt.Sprint(steps[:len(steps)-4]), secret) {
		t.Errorf("%v %+v", err, steps)
	}
	last := steps[len(steps)-1]
	png, err := os.ReadFile(filepath.Join(folder, last.Raw[0].Digest.Hex()))
	if err != nil || !strings.HasPrefix(string(png), "RIFF") || last.Raw[0].Name != "page.webp" {
		t.Errorf("%v, %+v", err, last)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	b, _ := benchAt(t, site(map[string]string{"/": end}))
	br := opened(t, b)
	pid := chromiumOf(t, b.Scratch)
	if len(pid) < 2 {
		t.Errorf("%v: a browser has children", pid)
	}
	br.Close()
	br.Close()
	for until := time.Now().Add(patience); len(chromiumOf(t, b.Scratch)) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("left: %v", chromiumOf(t, b.Scratch))
		}
	}
	if left, _ := os.ReadDir(b.Scratch); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// chromiumOf lists the processes that carry the mark of an audit.
func chromiumOf(t *testing.T, scratch string) (pids []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if env, err := os.ReadFile(file); err == nil && strings.Contains(string(env), lab.ClaimVariable+"="+scratch+"\x00") {
			pids = append(pids, file)
		}
	}
	return pids
}
