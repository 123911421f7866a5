package harden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

func decoded(t *testing.T, code string, body []byte) []byte {
	t.Helper()
	var plain io.Reader = bytes.NewReader(body)
	var err error
	switch code {
	case "gzip":
		plain, err = gzip.NewReader(plain)
	case "zstd":
		plain, err = zstd.NewReader(plain, zstd.WithDecoderMaxWindow(8<<20))
	case "":
	default:
		t.Fatalf("coding %q", code)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const everything = "gzip, deflate, br, zstd"

var long = strings.Repeat("expenses, expenses; ", 200)

// answering is an application with one answer, written in pieces.
func answering(status int, h http.Header, body string, piece int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range h {
			w.Header()[name] = values
		}
		if status != 0 {
			w.WriteHeader(status)
		}
		for rest := body; rest != ""; {
			n := min(piece, len(rest))
			_, _ = io.WriteString(w, rest[:n])
			rest = rest[n:]
		}
	})
}

func TestWhatIsCompressed(t *testing.T) {
	text, json := http.Header{"Content-Type": {"text/css"}}, http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	with := func(name, value string) http.Header {
		return http.Header{"Content-Type": {"text/css"}, name: {value}}
	}
	for name, c := range map[string]struct {
		status               int
		header               http.Header
		body, accept, target string
		want                 string
		vary                 bool
	}{
		"text":               {200, text, long, everything, "/", "zstd", true},
		"an implicit status": {0, text, long, everything, "/", "zstd", true},
		"only gzip":          {200, text, long, "gzip", "/", "gzip", true},
		"JSON of the API":    {200, json, long, everything, "/api/x", "gzip", true},
		"zstd to the API":    {200, json, long, "zstd", "/api/x", "", true},
		"an error":           {404, json, long, everything, "/", "zstd", true},
		"sniffed":            {200, nil, "<!doctype html>" + long, everything, "/", "zstd", true},
		"sniffed, no text":   {200, nil, "\x89PNG\r\n\x1a\n" + long, everything, "/", "", true},
		"not asked":          {200, text, long, "", "/", "", true},
		"refused":            {200, text, long, "gzip;q=0, zstd;q=0", "/", "", true},
		"short":              {200, text, "a{}", everything, "/", "", false},
		"announced":          {200, with("Content-Length", fmt.Sprint(len(long))), long, everything, "/", "zstd", true},
		"announced short":    {200, with("Content-Length", "3"), "a{}", everything, "/", "", false},
		"a picture":          {200, http.Header{"Content-Type": {"image/png"}}, long, everything, "/", "", false},
		"events":             {200, http.Header{"Content-Type": {"text/event-stream"}}, long, everything, "/", "", false},
		"no type on purpose": {200, http.Header{"Content-Type": nil}, long, everything, "/", "", false},
		"a cookie":           {200, with("Set-Cookie", "a=b"), long, everything, "/", "", false},
		"coded already":      {200, with("Content-Encoding", "br"), long, everything, "/", "br", false},
		"a range":            {206, with("Content-Range", "bytes 0-3999/9000"), long, everything, "/", "", false},
		"not to be changed":  {200, with("Cache-Control", "public, no-transform"), long, everything, "/", "", false},
		"a digest":           {200, with("Content-Digest", "sha-256=:x:"), long, everything, "/", "", false},
		"secrets":            {200, text, long, everything, "/SECRET/x", "", false},
		"no content":         {204, text, "", everything, "/", "", false},
		"not modified":       {304, with("Etag", `"a"`), "", everything, "/", "", false},
		"nothing":            {200, text, "", everything, "/", "", false},
	} {
		for _, piece := range []int{1, 100, 1 << 20} {
			h := newCompressor(Compress{Secrets: []string{"/secret/"}}).wrap(answering(c.status, c.header, c.body, piece))
			r := request("GET", c.target, "")
			Of(r).API = strings.HasPrefix(c.target, "/api/")
			if c.accept != "" {
				r.Header.Set("Accept-Encoding", c.accept)
			}
			w := ask(h, r)
			got := w.Header().Get("Content-Encoding")
			if got != c.want || w.Code != max(c.status, 200) {
				t.Errorf("%s, in pieces of %d: %d, coding %q", name, piece, w.Code, got)
			}
			if vary := w.Header().Get("Vary"); c.vary && vary != "Accept-Encoding" {
				t.Errorf("%s: Vary %q", name, vary)
			}
			if got == "br" {
				got = ""
			}
			if got != "" && w.Header().Get("Content-Length") != "" {
				t.Errorf("%s: the length of other bytes", name)
			}
			if got := decoded(t, got, w.Body.Bytes()); string(got) != c.body {
				t.Errorf("%s, in pieces of %d: %d bytes of %d came through", name, piece, len(got), len(c.body))
			}
		}
	}
}

func TestAccepted(t *testing.T) {
	for header, want := range map[string]coding{
		"": "", "gzip": "gzip", "GZIP": "gzip", "x-gzip": "gzip", "br": "", "identity": "", "*": "zstd", "*;q=0": "", "gzip, *;q=0": "gzip",
		"zstd;q=0.5, gzip": "gzip", "zstd, gzip;q=0.5": "zstd", "gzip;q=0": "", "gzip; q=0.001": "gzip", "gzip;q=nonsense": "", "gzip;q=2": "",
		"gzip;q=NaN": "", "gzip;level=9": "", ",,,gzip,,": "gzip", "zstd;q=0, *": "gzip", "notgzip": "", "gzip;Q=1": "gzip",
	} {
		if got := acceptedCoding(http.Header{"Accept-Encoding": {header}}, false); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	if got := acceptedCoding(http.Header{"Accept-Encoding": {"br", "gzip"}}, false); got != gzipped {
		t.Errorf("two lines: %q", got)
	}
}

func TestValidatorsAndVary(t *testing.T) {
	for tag, want := range map[string]string{`"a"`: `W/"a"`, `W/"a"`: `W/"a"`, "": ""} {
		header := http.Header{"Content-Type": {"text/css"}, "Vary": {"Origin"}, "Accept-Ranges": {"bytes"}}
		if tag != "" {
			header["Etag"] = []string{tag}
		}
		r := request("GET", "/", "")
		r.Header.Set("Accept-Encoding", "gzip")
		w := ask(newCompressor(Compress{}).wrap(answering(200, header, long, 100)), r)
		if w.Header().Get("ETag") != want || strings.Join(w.Header().Values("Vary"), ", ") != "Origin, Accept-Encoding" || w.Header().Get("Accept-Ranges") != "" {
			t.Errorf("%s: %v", tag, w.Header())
		}
	}
	for _, given := range []string{"accept-encoding", "Origin, Accept-Encoding", "*"} {
		h := http.Header{"Vary": {given}}
		if varyEncoding(h); len(h["Vary"]) != 1 {
			t.Errorf("%v", h)
		}
	}
}

// A browser's copy stays good: the weak validator that it got is the one that the application knows.
func TestNotModifiedThroughCompression(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.css")
	if err := os.WriteFile(file, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newCompressor(Compress{}).wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeFile(w, r, file)
	}))
	with := func(headers ...string) *httptest.ResponseRecorder {
		r := request("GET", "/", "")
		r.Header.Set("Accept-Encoding", everything)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return ask(h, r)
	}
	first := with()
	if first.Header().Get("Content-Encoding") != "zstd" || string(decoded(t, "zstd", first.Body.Bytes())) != long {
		t.Fatalf("%d %v", first.Code, first.Header())
	}
	if w := with("If-None-Match", first.Header().Get("ETag")); w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := with("Range", "bytes=0-99"); w.Code != 206 || w.Body.String() != long[:100] || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("a range: %d %v", w.Code, w.Header())
	}
	if w := with("Range", "bytes=0-99", "If-Range", first.Header().Get("ETag")); w.Code != 200 { // a weak one never matches
		t.Errorf("a range of coded bytes: %d", w.Code)
	}
}

func TestHead(t *testing.T) {
	r := request("HEAD", "/", "")
	r.Header.Set("Accept-Encoding", everything)
	w := ask(newCompressor(Compress{}).wrap(answering(200, http.Header{"Content-Type": {"text/css"}, "Content-Length": {"4000"}}, "", 1)), r)
	if w.Header().Get("Content-Length") != "4000" || w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("%v", w.Header())
	}
}

// What is flushed arrives, coded, while the handler still runs; events arrive as they are.
func TestFlushedBytesArrive(t *testing.T) {
	next := make(chan struct{})
	h := newCompressor(Compress{}).wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.(http.Flusher).Flush() // headers before anything is known
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "part %d\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}))
	server := httptest.NewServer(h)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for _, c := range []struct{ media, accept, want string }{
		{"text/plain", "gzip", "gzip"}, {"text/plain", "zstd", "zstd"}, {"text/event-stream", everything, ""}, {"text/plain", "", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/?type="+c.media, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", c.accept)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("Content-Encoding"); got != c.want {
			t.Fatalf("%+v: %q", c, got)
		}
		var plain io.Reader = response.Body
		switch c.want {
		case "gzip":
			plain, err = gzip.NewReader(response.Body)
		case "zstd":
			plain, err = zstd.NewReader(iotest.OneByteReader(response.Body), zstd.WithDecoderConcurrency(1))
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(plain)
		for i := range 3 {
			if got, err := lines.ReadString('\n'); got != fmt.Sprintf("part %d\n", i) || err != nil {
				t.Fatalf("%+v: %q %v", c, got, err)
			}
			next <- struct{}{}
		}
		if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
			t.Errorf("%+v: %q %v", c, rest, err)
		}
		_ = response.Body.Close()
	}
}

// A handler that panics leaves an answer that nobody takes for whole, and one that wrote little leaves room for an error.
func TestPanicWhileCompressing(t *testing.T) {
	for _, size := range []int{10, 100_000} {
		h := newCompressor(Compress{}).wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", size))
			panic("x")
		}))
		outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil && size < 1000 {
					Problem{Status: 500, Detail: "no"}.Write(w, r)
				}
			}()
			h.ServeHTTP(w, r)
		})
		r := request("GET", "/", "")
		r.Header.Set("Accept-Encoding", "gzip")
		w := ask(outer, r)
		if size < 1000 {
			if w.Code != 500 || w.Header().Get("Content-Encoding") != "" || strings.Contains(w.Body.String(), "xx") {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			continue
		}
		zipped, err := gzip.NewReader(w.Body)
		if err == nil {
			_, err = io.ReadAll(zipped)
		}
		if err == nil {
			t.Error("a cut answer looks whole")
		}
	}
}

// Random answers in random pieces, written, copied and flushed, through both codings: the decoded bytes are those of the handler.
func TestDecodedBytesAreIdentical(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	k := newCompressor(Compress{})
	for range 300 {
		body := make([]byte, random.IntN(1<<uint(random.IntN(20))+1))
		for i := range body {
			body[i] = byte(random.IntN(1 + random.IntN(256)))
		}
		h := k.wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for rest := body; len(rest) > 0; {
				n := 1 + random.IntN(len(rest))
				switch random.IntN(3) {
				case 0:
					_, _ = w.Write(rest[:n])
				case 1:
					_, _ = io.Copy(w, struct{ io.Reader }{bytes.NewReader(rest[:n])})
				case 2:
					_, _ = w.Write(rest[:n])
					w.(http.Flusher).Flush()
				}
				rest = rest[n:]
			}
		}))
		r := request("GET", "/", "")
		r.Header.Set("Accept-Encoding", []string{"gzip", "zstd", ""}[random.IntN(3)])
		w := ask(h, r)
		if got := decoded(t, w.Header().Get("Content-Encoding"), w.Body.Bytes()); !bytes.Equal(got, body) {
			t.Fatalf("%d bytes became %d, coding %q", len(body), len(got), w.Header().Get("Content-Encoding"))
		}
	}
}

// BREACH: the size depends on all that is sent, not only on how well it compresses, and is the same for the same bytes.
func TestSizesArePadded(t *testing.T) {
	lengths := map[int]bool{}
	for i := range 200 {
		lengths[len(pad([]byte(long), []byte(fmt.Sprint(i))))] = true
	}
	if len(lengths) < 25 {
		t.Errorf("only %d different lengths", len(lengths))
	}
	if pad([]byte("ab"), []byte("c")) != pad([]byte("a"), []byte("bc")) {
		t.Error("asking again averages it out")
	}
}

func TestOff(t *testing.T) {
	r := request("GET", "/", "")
	r.Header.Set("Accept-Encoding", everything)
	if w := ask(newCompressor(Compress{Off: true}).wrap(answering(200, nil, long, 100)), r); w.Header().Get("Content-Encoding") != "" || w.Body.String() != long {
		t.Errorf("%v", w.Header())
	}
}
