package harden

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestSlowHeads is L4.
func TestSlowHeads(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Timeouts.Header = time.Second // a handshake must have the time too
		r := raise(t, c, secure, nil)
		t.Run("stalled", func(t *testing.T) {
			conn := r.dial(t)
			_, _ = io.WriteString(conn, "GET /api/x HTTP/1.1\r\n"+hostLine)
			got := read(t, bufio.NewReader(conn), "GET")
			got.problem(t, 408)
			got.readable(t, true)
		})
		t.Run("stalled on a used connection", func(t *testing.T) {
			conn := r.dial(t)
			_, _ = io.WriteString(conn, asks("/api/x"))
			from := bufio.NewReader(conn)
			if got := read(t, from, "GET"); got.StatusCode != 200 {
				t.Fatal(got.StatusCode)
			}
			_, _ = io.WriteString(conn, "G")
			read(t, from, "GET").problem(t, 408)
		})
		t.Run("nothing", func(t *testing.T) {
			conn := r.dial(t)
			if n, err := conn.Read(make([]byte, 1)); n != 0 || !ended(err) {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	})
}

func ended(err error) bool {
	return errors.Is(err, io.EOF) || err != nil && strings.Contains(err.Error(), "reset")
}

// TestIdleConnections end.
func TestIdleConnections(t *testing.T) {
	c := closed()
	c.Timeouts.Idle = 100 * time.Millisecond
	r := raise(t, c, false, nil)
	conn := r.dial(t)
	_, _ = io.WriteString(conn, asks("/api/x"))
	from := bufio.NewReader(conn)
	read(t, from, "GET")
	if _, err := from.ReadByte(); !ended(err) {
		t.Errorf("an idle connection: %v", err)
	}
}

// TestSlowReaders is L6: who takes nothing is cut, who takes little by little is not.
func TestSlowReaders(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		c := closed()
		c.Timeouts.Write = 300 * time.Millisecond
		broken := make(chan error, 1)
		large := bytes.Repeat([]byte("x"), 64<<20)
		r := raise(t, c, secure, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(large)
			broken <- err
		}))
		conn := r.dial(t)
		_, _ = io.WriteString(conn, asks("/"))
		if err := <-broken; err == nil {
			t.Error("all was written to a client that reads nothing")
		}
	})
}

// TestConnectionCaps is L7: beyond the cap of one client there is 503, and room again when connections end.
func TestConnectionCaps(t *testing.T) {
	c := closed()
	c.Conns.PerClient = 5
	r := raise(t, c, false, nil)
	conns := make([]net.Conn, 5)
	for i := range conns {
		conns[i] = r.dial(t)
		_, _ = io.WriteString(conns[i], asks("/api/x"))
		read(t, bufio.NewReader(conns[i]), "GET")
	}
	for range 10 {
		got := r.say(t, asks("/api/x"))
		got.problem(t, 503)
		if got.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	neighbour := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	other, err := neighbour.DialContext(t.Context(), "tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, _ = io.WriteString(other, asks("/api/x"))
	if got := read(t, bufio.NewReader(other), "GET"); got.StatusCode != 200 {
		t.Errorf("another client is refused for it: %d", got.StatusCode)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	for until := time.Now().Add(10 * time.Second); ; {
		if got := r.say(t, asks("/api/x")); got.StatusCode == 200 {
			return
		}
		if time.Now().After(until) {
			t.Fatal("no room again")
		}
	}
}

func TestGatekeeper(t *testing.T) {
	c := Config{Conns: Conns{Most: 10, PerClient: 2}, Proxies: Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	g := newGatekeeper(c)
	peer := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	for _, row := range []struct {
		peer string
		ok   bool
	}{
		{"203.0.113.1:1", true}, {"203.0.113.1:2", true}, {"203.0.113.1:3", false}, {"[::ffff:203.0.113.1]:4", false}, {"203.0.113.2:1", true},
		{"[2001:db8::1]:1", true}, {"[2001:db8::2]:1", true}, {"[2001:db8:0:0:ffff::3]:1", false}, {"[2001:db8:0:1::1]:1", true},
		{"10.0.0.1:1", true}, {"10.0.0.1:2", true}, {"10.0.0.1:3", true}, {"10.0.0.1:4", true}, {"10.0.0.1:5", true}, {"10.0.0.1:6", false},
	} {
		client, ok := g.enter(peer(row.peer))
		if ok != row.ok {
			t.Errorf("%s: %v", row.peer, ok)
		}
		if row.peer == "10.0.0.1:1" {
			g.leave(client)
		}
	}
	for range 4 {
		g.leave(netip.Prefix{})
	}
	for _, s := range []string{"203.0.113.1/32", "203.0.113.1/32", "203.0.113.2/32", "2001:db8::/64", "2001:db8::/64", "2001:db8:0:1::/64"} {
		g.leave(netip.MustParsePrefix(s))
	}
	if g.all != 0 || len(g.of) != 0 {
		t.Errorf("%d connections and %v are left", g.all, g.of)
	}
}

// TestPipelines: each request of a pipeline is answered in order, and a fault is answered after those before it.
func TestPipelines(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, closed(), secure, nil)
		all := asks("/api/1") + with("Content-Length: 5\r\n") + "hello" + chunked("2\r\nhi\r\n0\r\n\r\n") + "HEAD /api/x HTTP/1.1\r\nHost: a\r\n\r\n" +
			"GET /api/x HTTP/1.1\r\nHost : a\r\n\r\n" + asks("/api/never")
		for _, step := range []int{1, 7, len(all)} {
			r.hits.Store(0)
			conn := r.dial(t)
			from := bufio.NewReader(conn)
			go func() {
				for at := 0; at < len(all); at += step {
					if _, err := io.WriteString(conn, all[at:min(at+step, len(all))]); err != nil {
						return
					}
				}
			}()
			for _, method := range []string{"GET", "POST", "POST", "HEAD"} {
				if got := read(t, from, method); got.StatusCode != 200 {
					t.Fatalf("%s: status %d: %s", method, got.StatusCode, got.body)
				}
			}
			read(t, from, "GET").problem(t, 400)
			if _, err := from.ReadByte(); !ended(err) {
				t.Errorf("the connection goes on: %v", err)
			}
			if n := r.hits.Load(); n != 4 {
				t.Errorf("%d hits", n)
			}
		}
	})
}

// TestFaultWhileAnswering: the byte that net/http waits for while a handler runs is the first of a faulty request.
func TestFaultWhileAnswering(t *testing.T) {
	for _, next := range []string{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "\x00\r\n\r\n", "\r\n\r\n", ": /\r\n\r\n"} {
		entered, leave := make(chan struct{}), make(chan struct{})
		r := raise(t, closed(), false, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave }))
		conn := r.dial(t)
		_, _ = io.WriteString(conn, "POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"+next)
		<-entered
		close(leave)
		from := bufio.NewReader(conn)
		if got := read(t, from, "POST"); got.StatusCode != 200 {
			t.Fatalf("status %d", got.StatusCode)
		}
		read(t, from, "GET").problem(t, 400)
	}
}

// TestPlainTextOnTLS and nonsense on a TLS port.
func TestPlainTextOnTLS(t *testing.T) {
	r := raise(t, closed(), true, nil)
	secure := r.tls
	r.tls = nil
	r.say(t, asks("/api/x")).problem(t, 400)
	conn := r.dial(t)
	_, _ = conn.Write([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	if _, err := io.ReadAll(conn); err != nil && !ended(err) {
		t.Error(err)
	}
	r.tls = secure
	if got := r.say(t, asks("/api/x")); got.StatusCode != 200 || r.last.TLS == nil || r.last.TLS.Version < tls.VersionTLS12 {
		t.Errorf("status %d, TLS %v", got.StatusCode, r.last.TLS)
	}
}

// TestWhatServersWriteThemselves: the fence behind the checks.
func TestWhatServersWriteThemselves(t *testing.T) {
	h, err := New(closed())
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{"400 Bad Request", "431 Request Header Fields Too Large", "501 Not Implemented", "505 HTTP Version Not Supported: unsupported"} {
		ours, theirs := net.Pipe()
		c := newCheckedConn(ours, &link{Conn: ours, gate: h.gate}, h.wire)
		c.waiting = true
		go func() {
			_, _ = io.WriteString(c, "HTTP/1.1 "+status+selfWritten+status)
			_ = ours.Close()
		}()
		got := read(t, bufio.NewReader(theirs), "GET")
		if got.problem(t, got.StatusCode); !strings.HasPrefix(status, got.Status[:3]) || !got.Close {
			t.Errorf("%s becomes %s", status, got.Status)
		}
	}
}
