package roundtrip

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// service is a service behind that does as it is told with each connection; the first has the number 1.
type service struct {
	address  string
	conns    atomic.Int64
	requests atomic.Int64
}

func raise(t *testing.T, each func(s *service, number int64, c net.Conn, from *bufio.Reader)) *service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{address: l.Addr().String()}
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { defer func() { _ = c.Close() }(); each(s, s.conns.Add(1), c, bufio.NewReader(c)) })
		}
	})
	return s
}

// heard reads a request with its body; nil when none comes any more.
func (s *service) heard(from *bufio.Reader) *http.Request {
	r, err := http.ReadRequest(from)
	if err != nil {
		return nil
	}
	s.requests.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return r
}

// saying answers every request with the same bytes and keeps the connection.
func saying(text string) func(*service, int64, net.Conn, *bufio.Reader) {
	return func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
		for s.heard(from) != nil {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

// other counts what is handed on.
type other struct{ asked atomic.Int64 }

func (o *other) RoundTrip(*http.Request) (*http.Response, error) {
	o.asked.Add(1)
	return nil, io.ErrNoProgress
}

func (s *service) transport(t *testing.T, c Config) *Transport {
	t.Helper()
	c.Address = s.address
	if c.Other == nil {
		c.Other = &other{}
	}
	made := New(c)
	t.Cleanup(made.CloseIdleConnections)
	return made
}

func request(t *testing.T, ctx context.Context, method, body string) *http.Request {
	t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://service.example/x?a=1;b=2", from)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asked sends a request and reads its whole answer.
func asked(t *testing.T, over http.RoundTripper, method, body string) (*http.Response, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	res, err := over.RoundTrip(request(t, ctx, method, body))
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(res.Body)
	return res, string(all), err
}
