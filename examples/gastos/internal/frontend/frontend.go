// Package frontend serves the built frontend, byte for byte.
//
// It knows files and their types. It does not know what is in them, and changes
// nothing: no compression, no injection, no fallback page.
package frontend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
)

// mostBytes bounds what is kept in memory.
const mostBytes = 32 << 20

// Site is a built frontend: every file under its directory, read once.
type Site struct {
	files map[string]file
}

type file struct {
	body []byte
	etag string // weak: the compressed form of an answer has the same (RFC 9110, section 8.8.1)
}

// Load reads the directory dir, which must hold an index.html. What is served
// afterwards does not change, whatever happens to the directory.
func Load(dir string) (*Site, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("FRONTEND_DIR: no such directory: build the frontend or point to its files")
	}
	defer root.Close()
	site := &Site{files: make(map[string]file)}
	var total int64
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		body, err := io.ReadAll(io.LimitReader(f, mostBytes-total+1))
		if total += int64(len(body)); err == nil && total > mostBytes {
			err = fmt.Errorf("more than %d bytes", mostBytes)
		}
		sum := sha256.Sum256(body)
		site.files[name] = file{body: body, etag: `W/"` + hex.EncodeToString(sum[:16]) + `"`}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("FRONTEND_DIR: %w", err)
	}
	if _, ok := site.files["index.html"]; !ok {
		return nil, fmt.Errorf("FRONTEND_DIR: no index.html in it: build the frontend or point to its files")
	}
	return site, nil
}

// Names lists the files, sorted, by their paths in the directory.
func (s *Site) Names() []string {
	names := make([]string, 0, len(s.files))
	for name := range s.files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Serve answers with a file; it returns false, having written nothing, when there
// is none of that name. Files under assets/ carry the hash of their content in
// their name and may be kept for ever; the others are asked for each time.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	f, ok := s.files[name]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", mediaType(name))
	h.Set("Etag", f.etag)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if known := r.Header.Get("If-None-Match"); known == "*" || strings.Contains(known, f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	_, _ = w.Write(f.body)
	return true
}

// mediaType does not ask the machine: its tables differ from place to place.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".webp":
		return "image/webp"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
