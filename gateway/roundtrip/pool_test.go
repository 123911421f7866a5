package roundtrip

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// TestStale: a connection that ended while nobody used it, or brought what nobody asked for, is seen before a request is spent on it. POST
// is not sent twice, so it would fail.
func TestStale(t *testing.T) {
	for name, text := range map[string]string{"ended": "", "brought an answer to come": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"} {
		t.Run(name, func(t *testing.T) {
			read := make(chan struct{})
			s := raise(t, func(s *service, number int64, c net.Conn, from *bufio.Reader) {
				for s.heard(from) != nil {
					_, _ = io.WriteString(c, ok)
					if number > 1 {
						continue
					}
					<-read
					if text == "" {
						return
					}
					_, _ = io.WriteString(c, text)
				}
			})
			over := s.transport(t, Config{})
			if _, _, err := asked(t, over, "POST", "{}"); err != nil {
				t.Fatal(err)
			}
			close(read)
			waitStale(t, over)
			if _, body, err := asked(t, over, "POST", "{}"); err != nil || body != "ok" {
				t.Errorf("%q, %v", body, err)
			}
			if n := s.conns.Load(); n != 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// waitStale waits until what the service did has arrived here.
func waitStale(t *testing.T, over *Transport) {
	t.Helper()
	over.pool.mu.Lock()
	defer over.pool.mu.Unlock()
	for deadline := time.Now().Add(20 * time.Second); !over.pool.idle[0].stale(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is never seen")
		}
	}
}

// TestAgain: a request on a used connection that dies without a byte is sent again when that does no harm, once.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		method   string
		wellThen bool
		requests int64
		good     bool
	}{
		{"GET", true, 3, true},
		{"HEAD", true, 3, true},
		{"GET", false, 3, false},
		{"POST", true, 2, false},
		{"DELETE", true, 2, false},
	} {
		t.Run(c.method, func(t *testing.T) {
			s := raise(t, func(s *service, number int64, conn net.Conn, from *bufio.Reader) {
				if s.heard(from) == nil || number > 1 && !c.wellThen {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				if number == 1 {
					s.heard(from) // the second request dies unanswered
				}
			})
			over := s.transport(t, Config{})
			if _, _, err := asked(t, over, c.method, ""); err != nil {
				t.Fatal(err)
			}
			_, _, err := asked(t, over, c.method, "")
			if (err == nil) != c.good || s.requests.Load() != c.requests {
				t.Errorf("%v after %d requests", err, s.requests.Load())
			}
		})
	}
}

// TestNotAgainAfterAByte: half an answer is no reason to ask twice.
func TestNotAgainAfterAByte(t *testing.T) {
	s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
		if s.heard(from) != nil {
			_, _ = io.WriteString(c, ok)
		}
		if s.heard(from) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 2")
		}
	})
	over := s.transport(t, Config{})
	if _, _, err := asked(t, over, "GET", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := asked(t, over, "GET", ""); err == nil || s.requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, s.requests.Load())
	}
}

// TestOld: a connection that lay unused for too long is not used, whatever it looks like.
func TestOld(t *testing.T) {
	now := time.Now()
	s := raise(t, saying(ok))
	over := s.transport(t, Config{Now: func() time.Time { return now }, Idle: time.Hour})
	for _, c := range []struct {
		after time.Duration
		conns int64
	}{{0, 1}, {time.Hour - 1, 1}, {time.Hour, 2}} {
		now = now.Add(c.after)
		if _, _, err := asked(t, over, "GET", ""); err != nil || s.conns.Load() != c.conns {
			t.Errorf("after %v: %d connections, %v", c.after, s.conns.Load(), err)
		}
	}
}

// TestLastIsFirst: the connection used last is used next, and no more are kept than were said.
func TestLastIsFirst(t *testing.T) {
	s := raise(t, saying(ok))
	over := s.transport(t, Config{MostIdle: 2})
	var all []*conn
	for range 3 {
		c, err := over.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		all = append(all, c)
	}
	for _, c := range all {
		over.pool.put(c)
	}
	if first, second, none := over.pool.take(), over.pool.take(), over.pool.take(); first != all[1] || second != all[0] || none != nil {
		t.Errorf("%p %p %p of %p", first, second, none, all)
	}
}
