package harden

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"testing"
	"time"
)

// frame is one of HTTP/2 (RFC 9113, section 4.1).
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// TestSlowReadersOverHTTP2 is L6 where the connection lives and the window of a stream stays shut.
func TestSlowReadersOverHTTP2(t *testing.T) {
	c := closed()
	c.Timeouts.Write = 200 * time.Millisecond
	broken := make(chan error, 1)
	r := raise(t, c, true, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 1<<20))
		broken <- err
	}))
	r.tls.NextProtos = []string{"h2"}
	conn := r.dial(t).(*tls.Conn)
	shut := []byte{0, 4, 0, 0, 0, 0} // SETTINGS_INITIAL_WINDOW_SIZE: 0
	get := []byte{0x82, 0x87, 0x84, 0x41, 1, 'a'}
	raw := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, shut)...)
	if _, err := conn.Write(append(raw, frame(1, 0x5, 1, get)...)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	if err := <-broken; err == nil {
		t.Error("all was written into a window that is shut")
	}
}

// TestSlowBodiesOverHTTP2 is L5.
func TestSlowBodiesOverHTTP2(t *testing.T) {
	c := closed()
	c.Bodies.Within = 150 * time.Millisecond
	r := raise(t, c, true, nil)
	body, more := io.Pipe()
	defer more.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://"+r.addr+"/api/x", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", friend)
	res, err := r.client("h2").Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	all, _ := io.ReadAll(res.Body)
	got := answer{res, all}
	got.problem(t, 408)
	got.readable(t, true)
	if r.hits.Load() != 0 {
		t.Error("the application saw it")
	}
}
