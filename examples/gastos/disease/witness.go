//go:build disease

package disease

import (
	"bytes"
	"io"
	"net/http"
)

// witness remembers the status of an answer.
type witness struct {
	http.ResponseWriter
	status int
}

func (w *witness) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// held is an answer that is kept back.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// hold lets next answer and keeps the answer back. The request is asked as if
// nothing were known yet and no coding were accepted, so that there is a body to look at.
func hold(next http.Handler, r *http.Request) *held {
	h := &held{header: make(http.Header), status: http.StatusOK}
	fresh := r.Clone(r.Context())
	fresh.Header.Del("If-None-Match")
	fresh.Header.Del("Accept-Encoding")
	next.ServeHTTP(h, fresh)
	return h
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

// mostRead bounds a body that a disease reads, in bytes.
const mostRead = 16 << 20

// readAll takes a request's body as far as it comes.
func readAll(r *http.Request) string {
	body, _ := io.ReadAll(io.LimitReader(r.Body, mostRead))
	return string(body)
}

func reading(r io.Reader) io.ReadCloser { return io.NopCloser(r) }
