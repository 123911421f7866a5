package middleware

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Two ends are told, and a second request follows: it must not be answered.
func TestTwoEndsAreTheLast(t *testing.T) {
	server := httptest.NewServer(CloseAfterChunks()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })))
	defer server.Close()
	for text, want := range map[string]int{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n": 1,
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                      2,
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, text)
		all, _ := io.ReadAll(conn)
		conn.Close()
		if got := strings.Count(string(all), "HTTP/1.1 200"); got != want {
			t.Errorf("%d answers, want %d: %q", got, want, all)
		}
	}
}
