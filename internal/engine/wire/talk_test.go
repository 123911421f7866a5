package wire

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// listening gives the origin of a server that handles each connection with serve.
func listening(t *testing.T, serve func(*net.TCPConn)) Origin {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c.(*net.TCPConn))
		}
	}()
	return Origin{Address: l.Addr().String()}
}

func TestOriginOf(t *testing.T) {
	for base, want := range map[string]string{"http://127.0.0.1:8080": "127.0.0.1:8080", "http://[::1]": "[::1]:80", "https://localhost": "localhost:443"} {
		if o, err := OriginOf(base); err != nil || o.Address != want || (o.TLS != nil) != strings.HasPrefix(base, "https") {
			t.Errorf("%s: %+v %v", base, o, err)
		}
	}
	for _, base := range []string{"", "ftp://x", "127.0.0.1", "http://"} {
		if _, err := OriginOf(base); err == nil {
			t.Errorf("%q has an origin", base)
		}
	}
}

func TestRequestsOnOneConnection(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path+" "+r.RemoteAddr) }))
	defer server.Close()
	o, err := OriginOf(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	first, second := Request([]byte("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n")), Request([]byte("HEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n"))
	third := Request([]byte("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n"))
	second.Await, third.Await = true, true
	c := Talk(t.Context(), o, Script{From: netip.MustParseAddr("127.0.0.2"), Steps: []Step{first, second, third},
		Methods: []string{"GET", "HEAD", "GET"}, Answers: 3, Patience: 10 * time.Second})
	if c.Err != nil || len(c.Answers) != 3 || c.State != Open || c.Rest != 0 || c.Malformed != "" {
		t.Fatalf("%+v", c)
	}
	if !strings.HasPrefix(string(c.Answers[0].Body), "/1 127.0.0.2:") || len(c.Answers[1].Body) != 0 || !strings.HasPrefix(string(c.Answers[2].Body), "/3 "+c.Local) {
		t.Errorf("%q from %s", c.Received, c.Local)
	}
	if len(c.Sent) != 3 || c.Sent[1].At < c.Answers[0].At || c.LastSent() != c.Sent[2].At {
		t.Errorf("the second request did not await the first answer: %+v", c.Sent)
	}
}

func TestStatesOfAConnection(t *testing.T) {
	const pause = 100 * time.Millisecond
	closes := listening(t, func(c *net.TCPConn) { time.Sleep(pause); c.Close() })
	resets := listening(t, func(c *net.TCPConn) { time.Sleep(pause); c.SetLinger(0); c.Close() })
	holds := listening(t, func(c *net.TCPConn) { time.Sleep(time.Minute); c.Close() })
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for name, c := range map[string]struct {
		origin Origin
		state  State
		least  time.Duration
	}{
		"closed": {closes, Closed, pause}, "reset": {resets, Reset, pause}, "held": {holds, Open, 5 * pause},
		"refused": {Origin{Address: gone.Addr().String()}, Unopened, 0},
	} {
		got := Talk(t.Context(), c.origin, Script{Patience: 5 * pause})
		if got.State != c.state || got.EndedAt < c.least || (got.Err != nil) != (c.state == Unopened) {
			t.Errorf("%s: %q after %s, %v", name, got.State, got.EndedAt, got.Err)
		}
	}
}

func TestDripAndHalfClose(t *testing.T) {
	o := listening(t, func(c *net.TCPConn) {
		text, _ := io.ReadAll(c)
		io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n"+string(text))
		c.Close()
	})
	const every = 20 * time.Millisecond
	c := Talk(t.Context(), o, Script{Steps: Drip([]byte("abcdef"), every, 4), HalfClose: true, Patience: 10 * time.Second})
	if len(c.Sent) != 4 || c.Sent[3].At < 4*every || len(c.Answers) != 1 || string(c.Answers[0].Body) != "abcd" || c.State != Closed {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsBounded(t *testing.T) {
	o := listening(t, func(c *net.TCPConn) { io.Copy(c, endless{}); c.Close() })
	if c := Talk(t.Context(), o, Script{Patience: 10 * time.Second, MostBytes: 1000}); !c.TooMuch || len(c.Received) != 1000 || c.State != Open || c.Rest != 1000 {
		t.Errorf("%d bytes, %+v", len(c.Received), c.State)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c := Talk(ctx, o, Script{Patience: time.Minute}); c.Err == nil {
		t.Error("a conversation without a context's leave")
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "safe") }))
	defer server.Close()
	o := Origin{Address: server.Listener.Addr().String(), TLS: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}}
	c := Talk(t.Context(), o, Script{Steps: []Step{Request([]byte("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))}, Patience: 10 * time.Second})
	if len(c.Answers) != 1 || string(c.Answers[0].Body) != "safe" || c.State != Closed {
		t.Errorf("%+v", c)
	}
}
