package harden

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBodiesAreRefused is L1 to L3 and W8: nothing of it reaches the application.
func TestBodiesAreRefused(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Bodies = Bodies{Most: 1 << 20, Routes: map[string]int64{"/api/small/": 10}}
		r := raise(t, c, secure, nil)
		large := strings.Repeat("x", 2<<20)
		for _, a := range []attack{
			{"L1 length", with(fmt.Sprintf("Content-Length: %d\r\n", len(large))) + large, 413},
			{"L1 length without body", with("Content-Length: 99999999999\r\n"), 413},
			{"L1 expect", with("Expect: 100-continue\r\nContent-Length: 99999999\r\n"), 413},
			{"L1 by route", "POST /api/small/x HTTP/1.1\r\n" + hostLine + "Content-Length: 11\r\n\r\nhello world", 413},
			{"L2 one chunk", chunked(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(large), large)), 413},
			{"L2 many chunks", chunked(strings.Repeat("400\r\n"+strings.Repeat("x", 1024)+"\r\n", 1025) + "0\r\n\r\n"), 413},
			{"L2 one byte too many", chunked(fmt.Sprintf("%x\r\n%s\r\n1\r\nx\r\n0\r\n\r\n", 1<<20, large[:1<<20])), 413},
			{"L3 gzip", with("Content-Encoding: gzip\r\nContent-Length: 2\r\n") + "\x1f\x8b", 415},
			{"L3 unknown coding", with("Content-Encoding: nope\r\nContent-Length: 2\r\n") + "{}", 415},
			{"L3 two codings", with("Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n") + "{}", 415},
			{"W8 bad chunk after good ones", chunked("5\r\nhello\r\n5\r\nhello\r\nzz\r\n"), 400},
		} {
			t.Run(a.name, func(t *testing.T) {
				got := r.say(t, a.raw)
				got.problem(t, a.status)
				got.readable(t, true)
				if a.status == 415 && got.Header.Get("Accept-Encoding") != "identity" {
					t.Error("415 does not say what is taken")
				}
				if n := r.hits.Load(); n != 0 {
					t.Fatalf("the application saw %d requests", n)
				}
			})
		}
	})
}

// TestBodiesArrive whole, with a length, however they were cut.
func TestBodiesArrive(t *testing.T) {
	r := raise(t, closed(), false, nil)
	for _, size := range []int{1, 2, 4095, 4096, 4097, 65536, 100_000, 1 << 20} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		for name, raw := range map[string]string{
			"length":       with(fmt.Sprintf("Content-Length: %d\r\n", size)) + body,
			"one chunk":    chunked(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, body)),
			"two chunks":   chunked(fmt.Sprintf("1\r\n%s\r\n%x;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n", body[:1], size-1, body[1:])),
			"small chunks": chunked(smallChunks(body) + "0\r\n\r\n"),
		} {
			if size == 1 && name == "two chunks" || size > 5000 && name == "small chunks" {
				continue
			}
			got := r.say(t, raw)
			if got.StatusCode != 200 || string(r.body) != body || r.last.ContentLength != int64(size) || r.last.TransferEncoding != nil || r.last.Trailer != nil {
				t.Errorf("%s of %d: status %d, %d bytes arrive, announced as %d %v", name, size, got.StatusCode, len(r.body), r.last.ContentLength, r.last.TransferEncoding)
			}
		}
	}
	if used := r.h.bodies.memory.used.Load(); used != 0 {
		t.Errorf("%d bytes are still lent", used)
	}
}

func smallChunks(body string) string {
	var b strings.Builder
	for i := range len(body) {
		fmt.Fprintf(&b, "1\r\n%s\r\n", body[i:i+1])
	}
	return b.String()
}

// TestSlowBodies is L5: a stalled body, a dripping one and one that never comes.
func TestSlowBodies(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Bodies.Within = 150 * time.Millisecond
		r := raise(t, c, secure, nil)
		for name, raw := range map[string]string{
			"length":        with("Content-Length: 100\r\n") + "x",
			"nothing":       with("Content-Length: 100\r\n"),
			"chunk":         chunked("5\r\nhe"),
			"no last chunk": chunked("5\r\nhello\r\n"),
			"no last CR LF": chunked("5\r\nhello\r\n0\r\n"),
		} {
			t.Run(name, func(t *testing.T) {
				got := r.say(t, raw)
				got.problem(t, 408)
				got.readable(t, true)
			})
		}
		t.Run("drip", func(t *testing.T) {
			conn := r.dial(t)
			_, _ = io.WriteString(conn, with("Content-Length: 100000\r\n"))
			stop := make(chan struct{})
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(10 * time.Millisecond):
						_, _ = conn.Write([]byte("x"))
					}
				}
			}()
			read(t, bufio.NewReader(conn), "POST").problem(t, 408)
			close(stop)
		})
		if n := r.hits.Load(); n != 0 {
			t.Errorf("the application saw %d requests", n)
		}
	})
}

// TestHalfBodies end before their end.
func TestHalfBodies(t *testing.T) {
	r := raise(t, closed(), false, nil)
	for _, raw := range []string{with("Content-Length: 100\r\n") + "x", chunked("5\r\nhe"), chunked("5\r\nhello\r\n0\r\n")} {
		conn := r.dial(t)
		_, _ = io.WriteString(conn, raw)
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
		read(t, bufio.NewReader(conn), "POST").problem(t, 400)
	}
	conn := r.dial(t)
	_, _ = io.WriteString(conn, "GET /api/x HTTP/1.1\r\nHost: a\r\n")
	_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	read(t, bufio.NewReader(conn), "GET").problem(t, 400)
	if n := r.hits.Load(); n != 0 {
		t.Errorf("the application saw %d requests", n)
	}
}

// TestBodiesShareMemory: what all hold together is bounded.
func TestBodiesShareMemory(t *testing.T) {
	c := closed()
	c.Bodies = Bodies{Most: 64 << 10, Memory: 256 << 10}
	entered, leave := make(chan struct{}), make(chan struct{})
	r := raise(t, c, false, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave }))
	body := with(fmt.Sprintf("Content-Length: %d\r\n", 40<<10)) + strings.Repeat("x", 40<<10)
	conns := make([]io.ReadWriter, 4)
	for i := range conns {
		conns[i] = r.dial(t)
		_, _ = io.WriteString(conns[i], body)
		<-entered
	}
	got := r.say(t, body)
	got.problem(t, 503)
	if got.Header.Get("Retry-After") != "1" || r.hits.Load() != 4 {
		t.Errorf("Retry-After %q, %d hits", got.Header.Get("Retry-After"), r.hits.Load())
	}
	close(leave)
	for _, conn := range conns {
		read(t, bufio.NewReader(conn), "POST")
	}
}

// TestStreamsPass: they are counted and not held.
func TestStreamsPass(t *testing.T) {
	c := closed()
	c.Bodies = Bodies{Streams: []string{"/api/stream/"}, Most: 10}
	first := make(chan string, 1)
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b [5]byte
		_, _ = io.ReadFull(r.Body, b[:])
		first <- string(b[:])
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	inner := raiseApp(t, c, app)
	conn := inner.dial(t)
	_, _ = io.WriteString(conn, "POST /api/stream/x HTTP/1.1\r\n"+hostLine+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	if got := <-first; got != "hello" {
		t.Fatalf("the application reads %q before the end", got)
	}
	_, _ = io.WriteString(conn, "6\r\n world\r\n0\r\n\r\n")
	read(t, bufio.NewReader(conn), "POST").problem(t, 413)
}
