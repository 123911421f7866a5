package harden

import (
	"bufio"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestRefusalsHoldNothing: a client that goes on sending, or stops, after it was refused holds neither a goroutine nor a place. The
// time of bodies is an hour here: what ends these connections is not that.
func TestRefusalsHoldNothing(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Bodies.Within = time.Hour
		r := raise(t, c, secure, nil)
		for name, a := range map[string]attack{
			"too large":        {raw: with("Content-Length: 99999999\r\n") + "x", status: 413},
			"method":           {raw: "FOOBAR /api/x HTTP/1.1\r\n" + hostLine + "Content-Length: 1000\r\n\r\nx", status: 405},
			"method, chunked":  {raw: "FOOBAR /api/x HTTP/1.1\r\n" + hostLine + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", status: 405},
			"coding":           {raw: with("Content-Encoding: br\r\nContent-Length: 1000\r\n") + "x", status: 415},
			"expectation":      {raw: with("Expect: x\r\nContent-Length: 1000\r\n"), status: 417},
			"framing":          {raw: with("Content-Length: 1\r\nContent-Length: 1\r\n"), status: 400},
			"body not wanted":  {raw: "POST /page HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.com\r\nCookie: a=b\r\nContent-Length: 9\r\n\r\nx", status: 403},
			"preflight's body": {raw: "OPTIONS /api/x HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.com\r\nAccess-Control-Request-Method: PUT\r\nContent-Length: 9\r\n\r\n", status: 403},
		} {
			t.Run(name, func(t *testing.T) {
				conn := r.dial(t)
				_, _ = io.WriteString(conn, a.raw)
				from := bufio.NewReader(conn)
				read(t, from, "POST").problem(t, a.status)
				if _, err := from.ReadByte(); !ended(err) {
					t.Errorf("the connection goes on: %v", err)
				}
				_ = conn.Close()
			})
		}
		for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			r.h.gate.mu.Lock()
			left := r.h.gate.all
			r.h.gate.mu.Unlock()
			if left == 0 {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("%d connections are still held", left)
			}
		}
	})
}

// TestManyRanges is L8.
func TestManyRanges(t *testing.T) {
	r := raise(t, closed(), false, nil)
	many := "bytes=0-0"
	for range 1000 {
		many += ",0-0"
	}
	for value, wanted := range map[string]string{many: "", "bytes=0-1,5-9": "bytes=0-1,5-9"} {
		if got := r.say(t, "GET /file HTTP/1.1\r\nHost: a\r\nRange: "+value+"\r\n\r\n"); got.StatusCode != 200 || r.last.Header.Get("Range") != wanted {
			t.Errorf("status %d, Range %q", got.StatusCode, r.last.Header.Get("Range"))
		}
	}
}

// TestStop: what is under way ends, and nothing more is accepted.
func TestStop(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	r := raise(t, closed(), true, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(entered); <-leave }))
	conn := r.dial(t)
	_, _ = io.WriteString(conn, asks("/api/x"))
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- r.h.Stop(r.server) }()
	close(leave)
	if got := read(t, bufio.NewReader(conn), "GET"); got.StatusCode != 200 {
		t.Errorf("status %d", got.StatusCode)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
