package middleware

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestCompress(t *testing.T) {
	long := strings.Repeat("expenses, expenses; ", 200)
	serve := func(media, body string) http.Handler {
		return Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			_, _ = io.WriteString(w, body)
		}), Compress())
	}
	for _, c := range []struct {
		name, media, body, accept string
		want                      bool
	}{
		{"text", "text/javascript; charset=utf-8", long, "gzip", true}, {"JSON", "application/json", long, "br, gzip;q=0.5", true},
		{"asked not to", "text/css", long, "gzip;q=0", false}, {"not asked", "text/css", long, "", false}, {"another coding", "text/css", long, "br, zstd", false},
		{"short", "text/css", "a{}", "gzip", false}, {"compressed already", "image/png", long, "gzip", false},
	} {
		w := ask(serve(c.media, c.body), header("Accept-Encoding", c.accept))
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.want || !strings.Contains(w.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: %v", c.name, w.Header())
		}
		body := io.Reader(w.Body)
		if c.want {
			var err error
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := io.ReadAll(body); err != nil || !bytes.Equal(text, []byte(c.body)) {
			t.Errorf("%s: %q %v", c.name, text, err)
		}
	}
}
