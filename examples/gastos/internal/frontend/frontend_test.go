package frontend

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func build(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestByteForByte(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	dir := build(t, map[string][]byte{"index.html": []byte("<!doctype html>\r\n"), "assets/app-1.js": every, "assets/none": nil})
	site, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"assets/app-1.js", "assets/none", "index.html"}; !slices.Equal(site.Names(), want) {
		t.Errorf("names %v", site.Names())
	}
	// What is served was read at the start.
	if err := os.WriteFile(filepath.Join(dir, "assets/app-1.js"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body         []byte
		media, cache string
	}{
		"index.html":      {[]byte("<!doctype html>\r\n"), "text/html; charset=utf-8", "no-cache"},
		"assets/app-1.js": {every, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"assets/none":     {nil, "application/octet-stream", "public, max-age=31536000, immutable"},
	} {
		w := httptest.NewRecorder()
		if !site.Serve(w, httptest.NewRequest("GET", "/", nil), name) || !bytes.Equal(w.Body.Bytes(), c.body) ||
			w.Header().Get("Content-Type") != c.media || w.Header().Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d %v %q", name, w.Code, w.Header(), w.Body)
		}
		again := httptest.NewRequest("GET", "/", nil)
		again.Header.Set("If-None-Match", w.Header().Get("Etag"))
		known := httptest.NewRecorder()
		if !site.Serve(known, again, name) || known.Code != http.StatusNotModified || known.Body.Len() != 0 {
			t.Errorf("%s: known, and yet %d", name, known.Code)
		}
	}
}

func TestOnlyTheFiles(t *testing.T) {
	dir := build(t, map[string][]byte{"site/index.html": nil, "secret": []byte("x")})
	if err := os.Symlink("../secret", filepath.Join(dir, "site", "link")); err != nil {
		t.Fatal(err)
	}
	site, err := Load(filepath.Join(dir, "site"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "../secret", "./index.html", "", ".", "/index.html", "index.html/"} {
		w := httptest.NewRecorder()
		if site.Serve(w, httptest.NewRequest("GET", "/", nil), name) {
			t.Errorf("%q is served", name)
		}
	}
}

func TestNoFrontend(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "missing"), build(t, map[string][]byte{"other.html": nil})} {
		if _, err := Load(dir); err == nil {
			t.Errorf("%s: loaded", dir)
		}
	}
}
