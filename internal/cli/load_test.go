package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/engine/load"
	"listo/internal/words"
)

// target is a service on the loopback device.
func target(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// fit are flags that make a run short, and its verdict one that a busy machine
// does not change: it ends by its requests, and what may be added to a latency
// grows with the budget.
func fit(more ...string) []string {
	return append([]string{"load", "--language", "en", "--users", "4", "--think", "2ms", "--duration", "10m", "--requests", "600", "--warm-up", "1ms", "--timeout", "60s", "--budget", "p95=30s"}, more...)
}

func TestLoadSaysWhatCameOfIt(t *testing.T) {
	w := &world{}
	out := filepath.Join(t.TempDir(), "a.json")
	url := target(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	if code := w.run(fit("--out", out, url+"/x?y=1")...); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, w.out.String(), w.err.String())
	}
	for _, want := range []string{url, "closed: 4 users", "answered", "Little's law", "HOLDS: with 95 % confidence", "p95 ≤ ", "errors ≤ 1%"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, w.out.String())
		}
	}
	var d document
	if text, err := os.ReadFile(out); err != nil || json.Unmarshal(text, &d) != nil {
		t.Fatal(err)
	}
	if d.Version != documentVersion || d.Result.Total.Histogram.N() != d.Result.Total.Answered || d.Result.Endpoints[0].Name != "GET /x" {
		t.Errorf("%+v", d)
	}
}

func TestLoadIsWorthAnExitCode(t *testing.T) {
	url := target(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{0, "HOLDS", fit(url)},
		{1, "BROKEN: no answer was right", fit(url + "/broken")},
		{0, "HOLDS", fit("--errors", "100%", "--method", "POST", "--body", "x", "--header", "A: b", url+"/")},
		{2, "UNPROVEN: nothing could be sent", fit(gone.URL)},
	} {
		w := &world{}
		if code := w.run(c.args...); code != c.code || !strings.Contains(w.out.String(), c.say) {
			t.Errorf("%v: exit %d, want %d and %q\n%s%s", c.args, code, c.code, c.say, w.out.String(), w.err.String())
		}
	}
}

// An interrupt ends a run early, and what was measured is shown.
func TestLoadInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var first, late atomic.Int64
	url := target(t, func(http.ResponseWriter, *http.Request) {
		first.CompareAndSwap(0, time.Now().UnixNano())
		if warm := time.Duration(time.Now().UnixNano() - first.Load()); warm > time.Second && late.Add(1) == 100 {
			cancel() // so many were measured
		}
	})
	var out, said bytes.Buffer
	app := &App{Out: &out, Err: &said, Now: time.Now}
	code := app.Run(ctx, []string{"load", "--language", "en", "--think", "2ms", "--warm-up", "100ms", "--duration", "10m", url})
	if code != exitInterrupted || !strings.Contains(out.String(), "interrupted: a partial result") || !strings.Contains(out.String(), "UNPROVEN: the run was interrupted") {
		t.Errorf("exit %d\n%s%s", code, out.String(), said.String())
	}
	if !regexp.MustCompile(`(?m)^answered +[1-9]`).MatchString(out.String()) {
		t.Errorf("nothing was measured until then:\n%s", out.String())
	}
}

// Without a slip of the finger nobody else is loaded.
func TestLoadStaysOnThisMachine(t *testing.T) {
	for _, c := range []struct{ say, url, owned string }{
		{"type its host: --i-own-this-target shop.example", "https://shop.example/", ""},
		{`"shop" is not this target's host: it is "shop.example"`, "https://shop.example/", "shop"},
		{"not this machine", "http://192.0.2.1/", ""},
		{"not this machine", "http://localhost.example/", ""},
		{"not this machine", "http://127.0.0.1.example/", ""},
		{"say who is asking with --header", "http://ana:hush@127.0.0.1/", ""},
		{"write one such as", "http://", ""},
	} {
		w := &world{}
		if code := w.run("load", "--i-own-this-target", c.owned, c.url); code != exitUsage || !strings.Contains(w.err.String(), c.say) || strings.Contains(w.err.String(), "hush") {
			t.Errorf("%s: exit %d, %s", c.url, code, w.err.String())
		}
	}
}

func TestLoadRefusesWhatSaysNothing(t *testing.T) {
	for say, args := range map[string][]string{
		"two models":             {"--users", "1", "--rate", "1"},
		"names no percentile":    {"--budget", "200ms"},
		"names no time":          {"--budget", "p95=fast"},
		"is no share":            {"--errors", "many"},
		"write text or json":     {"--format", "xml"},
		"is not measured":        {"--duration", "2h"},
		"more than one machine":  {"--users", "100000"},
		"give at least 1":        {"--requests", "0"},
		"belongs to --rate":      {"--connections", "3"},
		"a header has a colon":   {"--header", "x"},
		"is not one of es":       {"--language", "fr"},
		"is not a token":         {"--method", "G T"},
		"belong to the closed":   {"--rate", "1", "--think", "1s"},
		"unknown flag: --quickl": {"--quickly"},
	} {
		w := &world{}
		if code := w.run(append([]string{"load", "http://127.0.0.1:1/"}, args...)...); code != exitUsage || !strings.Contains(w.err.String(), say) {
			t.Errorf("%v: exit %d, %s; want %q", args, code, w.err.String(), say)
		}
	}
}

// every is a result in which everything happened that there are words for.
func every(t *testing.T) *load.Result {
	t.Helper()
	h := new(load.Histogram)
	h.Record(3 * time.Millisecond)
	e := load.Endpoint{Name: "GET /x", Answered: 1, Classes: map[load.Class]int64{}, Statuses: map[int]int64{200: 1, 503: 1},
		Latency: h.Summary(), Histogram: h, FailedAfter: h.Summary()}
	r := &load.Result{Profile: load.Profile{Users: 2, Requests: 1, Budget: time.Second, Calibration: load.Calibration{Rate: 1e4}},
		Interrupted: true, Measured: time.Second, Examples: map[load.Class]string{},
		Connections: load.Connections{Made: 3, Asked: 1, Took: h.Summary()}, Stalls: load.Stalls{Seconds: 9, LowSeconds: 2}}
	for _, c := range load.Classes() {
		e.Classes[c] = 1
		e.Requests++
		if c.Failed() {
			e.Failed++
		}
		if c != load.Answered {
			r.Examples[c] = "because\x1b[31m"
		}
	}
	e.Sent = e.Requests - 3
	r.Instrument = load.Instrument{Saturated: true, UsersTime: time.Second, Throttled: 1, Unknown: []string{"pressure"}}
	source, err := os.ReadFile("../engine/load/instrument.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`(?:over\(|Name: )"([a-z_0-9]+)"`).FindAllStringSubmatch(string(source), -1) {
		r.Instrument.Reasons = append(r.Instrument.Reasons, load.Reason{Name: name[1], Got: 2, Limit: 1})
	}
	r.Total, r.Endpoints = e, []load.Endpoint{e, e}
	return r
}

// TestLoadHasWordsForEverything tells all that can happen, in both languages and
// both models, and finds no phrase that nobody says.
func TestLoadHasWordsForEverything(t *testing.T) {
	book, err := words.Read("load.words.yaml", loadWords)
	if err != nil {
		t.Fatal(err)
	}
	r := every(t)
	if len(r.Instrument.Reasons) < 9 {
		t.Fatalf("%d reasons were found in the source", len(r.Instrument.Reasons))
	}
	for _, lang := range words.Languages() {
		for _, rate := range []float64{0, 10} {
			for _, reason := range []string{load.Within, load.Slow, load.Errors, load.NoneRight, load.NothingSent, load.Stopped, load.Saturated, load.Throttled, load.Few, load.Hidden} {
				for _, outcome := range []load.Outcome{load.Holds, load.Broken, load.Unproven} {
					r.Profile.Rate = rate
					if rate > 0 {
						late := r.Total.Latency
						r.Total.Service, r.Instrument.Dispatch = &late, &late
					}
					v := load.Promise{Percentile: 95, Errors: 1}.Decide(r)
					v.Outcome, v.Reason, v.Deciding = outcome, reason, 0
					s := &showing{book: book, lang: lang}
					text, err := s.text(document{Target: "http://127.0.0.1", Verdict: v, Result: r})
					if err != nil || strings.ContainsRune(text, '\x1b') {
						t.Fatalf("%v\n%s", err, text)
					}
				}
			}
		}
	}
	said := saidByLoad(t)
	for _, key := range book.Keys() {
		if !slices.ContainsFunc(said, func(s string) bool { return key == s || strings.HasSuffix(s, ".") && strings.HasPrefix(key, s) }) {
			t.Errorf("%q is never said", key)
		}
		es, en := words.Placeholders(book.Raw(words.Spanish, key)), words.Placeholders(book.Raw(words.English, key))
		slices.Sort(es)
		slices.Sort(en)
		if !slices.Equal(es, en) {
			t.Errorf("%q: placeholders %v and %v", key, es, en)
		}
	}
}

// saidByLoad reads the keys, and the beginnings of keys, out of the source.
func saidByLoad(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("load*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range regexp.MustCompile(`\bsay\("([a-z_.0-9]+)"`).FindAllStringSubmatch(string(source), -1) {
			if key[1] != "row." {
				all = append(all, "load."+key[1])
			}
		}
		for _, key := range regexp.MustCompile(`\b(?:row|add)\("([a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			all = append(all, "load.row."+key[1])
		}
	}
	return all
}
