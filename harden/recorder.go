package harden

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// recorder remembers what was answered.
type recorder struct {
	passing
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.began()
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the short way that files take to the socket.
func (w *recorder) ReadFrom(r io.Reader) (int64, error) {
	w.began()
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// FlushError sends what is buffered, the headers at least.
func (w *recorder) FlushError() error {
	w.began()
	return w.passing.FlushError()
}

// Flush implements http.Flusher.
func (w *recorder) Flush() { _ = w.FlushError() }

// Hijack implements http.Hijacker. Whoever takes the connection answers on it: what, we do not see.
func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := w.passing.Hijack()
	if err == nil && w.status == 0 {
		w.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}

func (w *recorder) began() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}
