package harden

import (
	"bufio"
	"net"
	"net/http"
)

// passing is a ResponseWriter around another one. What it does not do itself is done by the one inside, whether it is asked by
// http.ResponseController or, as older code does, by an assertion on the writer's type.
type passing struct{ http.ResponseWriter }

// Unwrap lets http.ResponseController reach the writer inside.
func (w passing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher.
func (w passing) Flush() { _ = w.FlushError() }

// FlushError sends what is buffered.
func (w passing) FlushError() error { return http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack implements http.Hijacker.
func (w passing) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
