package http

import (
	"bufio"
	"bytes"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// rude answers the head of a request and hangs up, most of the body unread: the
// kernel resets such a connection.
func rude(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := nethttp.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, answer)
			}
			conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestAnAnswerBeforeTheEndOfTheBodyArrives(t *testing.T) {
	for name, answer := range map[string]string{
		"refused": "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}",
		"interim": "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}",
	} {
		p := newPlace(t, rude(t, answer))
		for range 20 {
			for _, chunked := range []bool{false, true} {
				a := On(p.Bench).Do(t.Context(), Request{Method: "POST", Path: "/", Body: bytes.Repeat([]byte("x"), 4<<20), Chunked: chunked})
				if a.Status != 413 || string(a.Body) != "{}" || a.Err != nil {
					t.Fatalf("%s: %d %q, %v", name, a.Status, a.Body, a.Err)
				}
			}
		}
	}
}

func TestACutConnectionIsNoAnswer(t *testing.T) {
	p := newPlace(t, rude(t, ""))
	if a := On(p.Bench).Do(t.Context(), Request{Method: "POST", Path: "/", Body: bytes.Repeat([]byte("x"), 4<<20)}); a.Status != 0 || a.Err == nil {
		t.Errorf("%d, %v", a.Status, a.Err)
	}
}

func TestALargeBodyKeepsItsDeadline(t *testing.T) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer server.Close()
	p := newPlace(t, server.URL)
	began := time.Now()
	a := On(p.Bench).Do(t.Context(), Request{Method: "POST", Path: "/", Body: make([]byte, largeBody), Timeout: 50 * time.Millisecond})
	if a.Err == nil || time.Since(began) > patience {
		t.Errorf("%d after %v", a.Status, time.Since(began))
	}
}

// What a service is sent: how a body tells its length, and from where it comes.
func TestLengthsAndAddresses(t *testing.T) {
	var length atomic.Int64
	var from atomic.Value
	server := httptest.NewServer(nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		length.Store(r.ContentLength*1_000_000 + n)
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		from.Store(host)
	}))
	defer server.Close()
	p := newPlace(t, server.URL)
	for _, c := range []struct {
		r    Request
		want int64
		from string
	}{
		{Request{Body: []byte("abc")}, 3_000_003, "127.0.0.1"}, {Request{Body: []byte("abc"), Chunked: true}, -1_000_000 + 3, "127.0.0.1"},
		{Request{Body: make([]byte, 20_000)}, 20_000_020_000, "127.0.0.1"}, {Request{Body: make([]byte, 20_000), Chunked: true}, -1_000_000 + 20_000, "127.0.0.1"},
		{Request{From: "127.0.0.2"}, 0, "127.0.0.2"}, {Request{From: "127.0.0.2", Body: make([]byte, 20_000)}, 20_000_020_000, "127.0.0.2"},
	} {
		c.r.Method, c.r.Path = "POST", "/"
		if a := On(p.Bench).Do(t.Context(), c.r); a.Status != 200 || length.Load() != c.want || from.Load() != c.from {
			t.Errorf("%d bytes from %s: %d, length and size %d from %v", len(c.r.Body), c.r.From, a.Status, length.Load(), from.Load())
		}
	}
}

func TestReplayOfALongBody(t *testing.T) {
	p := newPlace(t, "http://127.0.0.1:1")
	got := On(p.Bench).Replay(Request{Method: "POST", Path: "/x", Body: make([]byte, 99), Printed: "head -c 99 /dev/zero", Chunked: true, From: "127.0.0.2", Note: "zeros"})
	if want := `head -c 99 /dev/zero | curl -sS -i --interface 127.0.0.2 -X POST -H 'Transfer-Encoding: chunked' --data-binary @- "$BASE/x" # zeros`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestABurstEndsEarly(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		if asked.Add(1) > 10 {
			w.WriteHeader(429)
		}
	}))
	defer server.Close()
	p := newPlace(t, server.URL)
	answers := On(p.Bench).Start(t.Context(), Burst{Users: 4, Total: 1000, Next: func(int) Request { return Request{Method: "GET", Path: "/"} },
		Until: func(a Answer) bool { return a.Status == 429 }}).Wait()
	if len(answers) < 11 || len(answers) > 15 || int(asked.Load()) != len(answers) {
		t.Errorf("%d answers to %d requests", len(answers), asked.Load())
	}
	if p.blob(t, 0, "answer that ended it") == "" {
		t.Error("the answer that ended it is not kept")
	}
}
