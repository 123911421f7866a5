package harden

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// aloneWriter takes an answer that is written without a server.
type aloneWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *aloneWriter) Header() http.Header { return w.header }

func (w *aloneWriter) WriteHeader(status int) { w.status = status }

func (w *aloneWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

// alone gives the bytes of a whole answer to a request that no handler will see, with the headers that every answer has.
func (h *Hardening) alone(problem Problem, secure bool) []byte {
	w := &aloneWriter{header: http.Header{}}
	r := &http.Request{Method: "-", URL: &url.URL{}, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if secure {
		r.TLS = new(tls.ConnectionState)
	}
	h.pass(w, r, http.HandlerFunc(problem.Write), false)
	h.observer.refusedBeforeHandler(problem.Status, w.header.Get(requestIDHeader))
	w.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	w.header.Set("Connection", "close")
	var answer bytes.Buffer
	answer.WriteString("HTTP/1.1 " + strconv.Itoa(w.status) + " " + http.StatusText(w.status) + "\r\n")
	_ = w.header.Write(&answer)
	answer.WriteString("\r\n")
	answer.Write(w.body.Bytes())
	return answer.Bytes()
}
