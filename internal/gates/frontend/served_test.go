package frontend

import (
	"bytes"
	"compress/gzip"
	"io"
	nethttp "net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"listo/internal/engine/coding"
	"listo/internal/evidence"
)

func TestJudgeServed(t *testing.T) {
	good := Served{Files: 3, Bytes: 9, Largest: 5, Addresses: 3, Exact: 3, Requests: 6, Codings: map[string]int{"identity": 6}}
	with := func(change func(*Served)) Served { o := good; change(&o); return o }
	tryJudge(t, served(), []judgement[Served]{
		{good, evidence.Pass, "exact"},
		{with(func(o *Served) { o.Exact, o.Differing, o.Differences = 2, 1, []Difference{{Path: "/"}} }), evidence.Fail, "differs"},
		{with(func(o *Served) { o.Differences = []Difference{{Path: "/"}} }), evidence.Fail, "differs"},
		{with(func(o *Served) {
			o.Exact, o.Differing, o.Throttled, o.Differences = 1, 1, 1, []Difference{{Path: "/a.js"}}
		}), evidence.Fail, "differs"},
		{with(func(o *Served) { o.Exact, o.Throttled = 2, 1 }), evidence.Unproven, "throttled"},
		{with(func(o *Served) { o.Exact, o.Unanswered = 2, 1 }), evidence.Unproven, "unanswered"},
		{with(func(o *Served) { o.Exact = 2 }), evidence.Unproven, "unanswered"}, // never asked for
		{with(func(o *Served) { o.Requests = 5 }), evidence.Unproven, "unanswered"},
		{with(func(o *Served) { o.Files = mostFiles + 1 }), evidence.Unproven, "beyond"},
		{with(func(o *Served) { o.Bytes = mostBytes + 1 }), evidence.Unproven, "beyond"},
		{with(func(o *Served) { o.Largest = mostFile + 1 }), evidence.Unproven, "beyond"},
		{with(func(o *Served) { o.Links = Names{1, []string{"l"}} }), evidence.Unproven, "links"},
		{Served{Files: 1, Links: Names{1, []string{"l"}}}, evidence.Unproven, "links"},
		{Served{Files: 1}, evidence.Unproven, "empty"},
	})
}

// site serves the small frontend; wrap sees each request first and may answer it.
func site(wrap func(w nethttp.ResponseWriter, r *nethttp.Request, name, body string) bool) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, r *nethttp.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = index
		} else if name == index {
			name = "" // as the patient does: the page has one address
		}
		body, ok := twinFiles()[name]
		if !ok {
			nethttp.NotFound(w, r)
			return
		}
		if wrap == nil || !wrap(w, r, name, body) {
			_, _ = io.WriteString(w, body)
		}
	}
}

// code gives a body in a content coding.
func code(t *testing.T, coding, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	default:
		t.Fatalf("no coding %q", coding)
	}
	if err == nil {
		_, err = io.WriteString(w, body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestServedInnocents(t *testing.T) {
	for name, wrap := range map[string]func(w nethttp.ResponseWriter, r *nethttp.Request, file, body string) bool{
		"plain": nil,
		"validators, caching, chunks": func(w nethttp.ResponseWriter, _ *nethttp.Request, _, body string) bool {
			w.Header().Set("ETag", `W/"1"`)
			w.Header().Set("Last-Modified", time.Unix(0, 0).UTC().Format(nethttp.TimeFormat))
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			for i := range len(body) {
				_, _ = io.WriteString(w, body[i:i+1])
				if i%9 == 0 {
					w.(nethttp.Flusher).Flush()
				}
			}
			return true
		},
		"gzip, as nginx does": func(w nethttp.ResponseWriter, r *nethttp.Request, _, body string) bool {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				return false
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(code(t, "gzip", body))
			return true
		},
		"gzip to everybody": func(w nethttp.ResponseWriter, _ *nethttp.Request, _, body string) bool {
			w.Header().Set("Content-Encoding", "X-GZIP")
			_, _ = w.Write(code(t, "gzip", body))
			return true
		},
		"identity by name": func(w nethttp.ResponseWriter, _ *nethttp.Request, _, _ string) bool {
			w.Header().Set("Content-Encoding", "identity")
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := serving(t, planted(t, twinFiles()), site(wrap))
			wants(t, judged(t, served(), b), evidence.Pass, "exact")
		})
	}
}

// allCoded serves every form that a client accepts, the best first, with one
// coding's copies from change.
func allCoded(t *testing.T, stale string) nethttp.HandlerFunc {
	return site(func(w nethttp.ResponseWriter, r *nethttp.Request, name, body string) bool {
		for _, coding := range []string{"br", "zstd", "gzip"} {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), coding) {
				continue
			}
			if coding == stale && name == "assets/app.js" {
				body = "// of yesterday\n" + body
			}
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(code(t, coding, body))
			return true
		}
		return false
	})
}

func TestEveryCodedFormIsCompared(t *testing.T) {
	b := serving(t, planted(t, twinFiles()), allCoded(t, ""))
	o, err := runServed(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if o.Requests != 12 || o.Exact != 3 || o.Codings["br"] != 3 || o.Codings["zstd"] != 3 || o.Codings["gzip"] != 3 || o.Codings["identity"] != 3 {
		t.Errorf("%+v", o)
	}
	for _, stale := range coding.Known() {
		b := serving(t, planted(t, twinFiles()), allCoded(t, stale))
		o, err := runServed(t.Context(), b)
		if err != nil || len(o.Differences) != 1 {
			t.Fatalf("stale %s: %+v, %v", stale, o, err)
		}
		d := o.Differences[0]
		if d.File != "assets/app.js" || d.Coding != stale || d.Kind != "body" || d.Offset != 0 {
			t.Errorf("stale %s: %+v", stale, d)
		}
		wants(t, judgeServed(o, nil), evidence.Fail, "differs")
	}
}

func TestServedDifferences(t *testing.T) {
	page := twinFiles()[index]
	bomb := code(t, "gzip", strings.Repeat("\x00", 4<<20))
	for name, c := range map[string]struct {
		answer func(w nethttp.ResponseWriter, r *nethttp.Request)
		kind   string
		status int
		offset int64
	}{
		"cut short":       {func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, page[:40]) }, "body", 200, 40},
		"one byte more":   {func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, page+"\n") }, "body", 200, int64(len(page))},
		"one bit flipped": {func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, page[:7]+"\x01"+page[8:]) }, "body", 200, 7},
		"empty":           {func(nethttp.ResponseWriter, *nethttp.Request) {}, "body", 200, 0},
		"error":           {func(w nethttp.ResponseWriter, _ *nethttp.Request) { nethttp.Error(w, page, 500) }, "status", 500, -1},
		"redirect":        {func(w nethttp.ResponseWriter, r *nethttp.Request) { nethttp.Redirect(w, r, "/login", 302) }, "status", 302, -1},
		"created":         {func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(201); _, _ = io.WriteString(w, page) }, "status", 201, -1},
		"not gzip at all": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, page)
		}, "coding", 200, -1},
		"gzip cut short": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := code(t, "gzip", page)
			_, _ = w.Write(z[:len(z)-3])
		}, "coding", 200, -1},
		"a coding of its own": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", "rot13\xff")
			_, _ = io.WriteString(w, page)
		}, "coding", 200, -1},
		"coded too often": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", strings.Repeat("gzip,", 400))
		}, "coding", 200, -1},
		"a bomb": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, "body", 200, 0},
		"endless": {func(w nethttp.ResponseWriter, r *nethttp.Request) {
			_, _ = io.WriteString(w, page)
			for block := strings.Repeat(" ", 64<<10); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, block); err != nil {
					return
				}
			}
		}, "body", 200, int64(len(page))},
	} {
		t.Run(name, func(t *testing.T) {
			b := serving(t, planted(t, twinFiles()), site(func(w nethttp.ResponseWriter, r *nethttp.Request, file, _ string) bool {
				if file == index {
					c.answer(w, r)
				}
				return file == index
			}))
			wants(t, judged(t, served(), b), evidence.Fail, "differs")
			o, err := runServed(t.Context(), b)
			if err != nil || len(o.Differences) != 1 || o.Exact != 2 || o.Differing != 1 {
				t.Fatalf("%+v, %v", o, err)
			}
			if d := o.Differences[0]; d.Kind != c.kind || d.Status != c.status || d.Offset != c.offset || d.Path != "/" || d.File != index {
				t.Errorf("%+v, want %s %d at %d", d, c.kind, c.status, c.offset)
			}
		})
	}
}

func TestABrokenAnswerIsNobodysDifference(t *testing.T) {
	b := serving(t, planted(t, twinFiles()), site(func(w nethttp.ResponseWriter, _ *nethttp.Request, file, body string) bool {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, body)
		return true
	}))
	o, err := runServed(t.Context(), b)
	if err != nil || o.Unanswered != 3 || len(o.Failures) != 3 {
		t.Fatalf("%+v, %v", o, err)
	}
	wants(t, judgeServed(o, nil), evidence.Unproven, "unanswered")
}

func TestAServiceThatIsGone(t *testing.T) {
	files := map[string]string{index: "a"}
	for _, name := range []string{"a.js", "b.js", "c.js", "d.js", "e.js"} {
		files[name] = name
	}
	b := planted(t, files)
	b.Target.Base = "http://127.0.0.1:1"
	o, err := runServed(t.Context(), b)
	if err != nil || o.Requests != mostFailures || o.Unanswered != mostFailures || o.Addresses != 6 {
		t.Fatalf("%+v, %v", o, err)
	}
	wants(t, judgeServed(o, nil), evidence.Unproven, "unanswered")
}

func TestRateLimitIsWaitedForAndThenNotBlamed(t *testing.T) {
	asked := 0
	b := serving(t, planted(t, twinFiles()), site(func(w nethttp.ResponseWriter, _ *nethttp.Request, _, _ string) bool {
		if asked++; asked%3 != 0 {
			return false
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(nethttp.StatusTooManyRequests)
		return true
	}))
	wants(t, judged(t, served(), b), evidence.Pass, "exact")

	b = serving(t, planted(t, twinFiles()), site(func(w nethttp.ResponseWriter, _ *nethttp.Request, _, _ string) bool {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(nethttp.StatusTooManyRequests)
		return true
	}))
	o, err := runServed(t.Context(), b)
	if err != nil || o.Requests != mostPauses+1 || o.Throttled != 1 {
		t.Fatalf("%+v, %v", o, err)
	}
	wants(t, judgeServed(o, nil), evidence.Unproven, "throttled")
}

func TestPauseOf(t *testing.T) {
	for field, want := range map[string]time.Duration{
		"": time.Second, "0": 0, " 2 ": 2 * time.Second, "3600": longestPause, "99999999999999999999": time.Second,
		"-1": time.Second, "Wed, 21 Oct 2026 07:28:00 GMT": time.Second, "9223372036854775807": longestPause,
	} {
		if got := pauseOf(nethttp.Header{"Retry-After": {field}}); got != want {
			t.Errorf("Retry-After %q: %v, want %v", field, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	files := map[string]string{
		index: "1", "docs/index.html": "2", "a b?#%.js": "3", "ñ/é.css": "4", ".well-known/x": "5", "index.html.txt": "6", "myindex.html": "7",
	}
	for name, c := range map[string]struct {
		s    Settings
		want []string
	}{
		"at the root": {Settings{ServedAt: "/"}, []string{"/.well-known/x", "/a%20b%3F%23%25.js", "/docs/ or /docs/index.html", "/", "/index.html.txt", "/myindex.html", "/%C3%B1/%C3%A9.css"}},
		"not set":     {Settings{}, []string{"/.well-known/x", "/a%20b%3F%23%25.js", "/docs/ or /docs/index.html", "/", "/index.html.txt", "/myindex.html", "/%C3%B1/%C3%A9.css"}},
		"below, with pages": {Settings{ServedAt: "/app/", Pages: []string{"/app", "/app/login"}},
			[]string{"/app/.well-known/x", "/app/a%20b%3F%23%25.js", "/app/docs/ or /app/docs/index.html", "/app", "/app/login", "/app/index.html.txt", "/app/myindex.html", "/app/%C3%B1/%C3%A9.css"}},
	} {
		b := planted(t, files)
		m, err := recorded(b)
		if err != nil {
			t.Fatal(err)
		}
		all, err := addressesOf(&c.s, m)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range all {
			got = append(got, strings.Join(a.paths, " or "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\n%q", name, got, c.want)
		}
	}
	b := planted(t, map[string]string{"a.js": "1"})
	settings(b).Pages = []string{"/"}
	if _, err := runServed(t.Context(), b); err == nil || !strings.Contains(err.Error(), "the manifest lists none") {
		t.Errorf("pages without an index.html: %v", err)
	}
}

// Names that need escaping, pages further down, and the redirects of a real file
// server.
func TestServedByARealFileServer(t *testing.T) {
	files := map[string]string{
		index: "<p>home", "docs/index.html": "<p>docs", "a b?#%.js": "3", "ñ/é.css": "4", "empty.txt": "", "sub/.hidden": "x",
	}
	b := planted(t, files)
	static := nethttp.FileServer(nethttp.Dir(filepath.Join(b.Config.Folder, twinFolder)))
	b = serving(t, b, static.ServeHTTP)
	wants(t, judged(t, served(), b), evidence.Pass, "exact")
}

// A server that answers every unknown path with the home page may serve a page
// further down under its own name only.
func TestHomePageForEverything(t *testing.T) {
	files := map[string]string{index: "<p>home", "docs/index.html": "<p>docs"}
	b := serving(t, planted(t, files), func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			body = files[index]
		}
		_, _ = io.WriteString(w, body)
	})
	settings(b).Pages = []string{"/", "/gastos"}
	wants(t, judged(t, served(), b), evidence.Pass, "exact")
	delete(files, "docs/index.html")
	wants(t, judged(t, served(), b), evidence.Fail, "differs")
}

// The recorded bytes are what counts, not what lies on the disk by now.
func TestServedAsRecordedThoughTheDiskChanged(t *testing.T) {
	b := serving(t, planted(t, twinFiles()), site(nil))
	write(t, b, "dist/assets/app.js", "edited after the service read it")
	wants(t, judged(t, served(), b), evidence.Pass, "exact")
	write(t, b, "dist/index.html", "edited")
	b = serving(t, b, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.FileServer(nethttp.Dir(filepath.Join(b.Config.Folder, twinFolder))).ServeHTTP(w, r)
	})
	o, err := runServed(t.Context(), b)
	if err != nil || o.Differing != 2 || o.Differences[0].Offset != -1 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestTooMuchIsNotAskedFor(t *testing.T) {
	files := map[string]string{}
	for i := range mostFiles + 1 {
		files[strings.Repeat("x", 1+i%100)+"/"+strings.Repeat("y", 1+i/100)] = ""
	}
	asked := false
	b := serving(t, planted(t, files), func(nethttp.ResponseWriter, *nethttp.Request) { asked = true })
	wants(t, judged(t, served(), b), evidence.Unproven, "beyond")
	if asked {
		t.Error("a request was sent all the same")
	}
}

func TestInjectedScriptIsCaught(t *testing.T) {
	b := planted(t, twinFiles())
	twin, away, err := injectedScript(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	o, err := runServed(t.Context(), twin)
	if err != nil || o.Exact != 2 || len(o.Differences) != 1 || o.Differences[0].Path != "/" {
		t.Errorf("%+v, %v", o, err)
	}
	wants(t, judged(t, served(), twin), evidence.Fail, "differs")
	base := twin.Target.Base
	away()
	leavesNothing(t, b)
	if _, err := nethttp.Get(base); err == nil {
		t.Error("the twin still listens")
	}
	if b.Target.Base != "" {
		t.Error("the patient's target was changed")
	}
}

func TestServedLeavesAReplayLineForEveryRequest(t *testing.T) {
	b := serving(t, planted(t, twinFiles()), site(nil))
	o, err := runServed(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	asked := slices.DeleteFunc(steps(t, b), func(s evidence.Step) bool { return s.Instrument != "http" })
	if len(asked) != o.Requests || o.Requests != 6 {
		t.Fatalf("%d steps for %d requests", len(asked), o.Requests)
	}
	for _, s := range asked {
		if !strings.Contains(s.Replay, "Accept-Encoding") || s.Status != 200 {
			t.Errorf("%+v", s)
		}
	}
}
