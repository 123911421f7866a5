package roundtrip

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// TestWhatIsSent: the service reads what was meant.
func TestWhatIsSent(t *testing.T) {
	s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
		for r := s.heard(from); r != nil; r = s.heard(from) {
			body, _ := io.ReadAll(r.Body)
			text := fmt.Sprintf("%s %s %s %d %q %q %s", r.Method, r.RequestURI, r.Host, r.ContentLength, r.Header["X-Two"], r.Header["User-Agent"], body)
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
		}
	})
	over := s.transport(t, Config{})
	for _, c := range []struct{ method, body, want string }{
		{"GET", "", `GET /x?a=1;b=2 service.example 0 ["a" "b"] [] `},
		{"POST", "", `POST /x?a=1;b=2 service.example 0 ["a" "b"] [] `},
		{"POST", "{}", `POST /x?a=1;b=2 service.example 2 ["a" "b"] [] {}`},
		{"PUT", strings.Repeat("z", mostHeld), `PUT /x?a=1;b=2 service.example 65536 ["a" "b"] [] ` + strings.Repeat("z", mostHeld)},
	} {
		r := request(t, t.Context(), c.method, c.body)
		r.Header["X-Two"], r.Header["User-Agent"] = []string{"a", "b"}, []string{""}
		r.Header["Content-Length"], r.Header["Transfer-Encoding"] = []string{"99"}, []string{"chunked"} // not said by who knows
		res, err := over.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != c.want {
			t.Errorf("%.200q, %v", got, err)
		}
	}
}

// closing is a body that remembers that it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

var errTorn = errors.New("torn")

// TestWhatIsNotSent: not one byte of it reaches the service, and the body is closed all the same.
func TestWhatIsNotSent(t *testing.T) {
	s := raise(t, saying(ok))
	over := s.transport(t, Config{})
	for name, spoil := range map[string]func(*http.Request, *closing){
		"a header's name":   func(r *http.Request, _ *closing) { r.Header["X: a\r\nEvil"] = []string{"b"} },
		"a header's value":  func(r *http.Request, _ *closing) { r.Header["X"] = []string{"b\r\nEvil: c"} },
		"a NUL in a value":  func(r *http.Request, _ *closing) { r.Header["X"] = []string{"b\x00"} },
		"the method":        func(r *http.Request, _ *closing) { r.Method = "GET /evil HTTP/1.1\r\nX:" },
		"the host":          func(r *http.Request, _ *closing) { r.Host = "a\r\nEvil: b" },
		"the query":         func(r *http.Request, _ *closing) { r.URL.RawQuery = "a HTTP/1.1\r\nEvil: b" },
		"a body too short":  func(_ *http.Request, b *closing) { b.Reader = strings.NewReader("1") },
		"a body too long":   func(_ *http.Request, b *closing) { b.Reader = strings.NewReader("123") },
		"a body that tears": func(_ *http.Request, b *closing) { b.Reader = io.MultiReader(strings.NewReader("1"), torn{}) },
	} {
		t.Run(name, func(t *testing.T) {
			b := &closing{Reader: strings.NewReader("12")}
			r := request(t, t.Context(), "POST", "12")
			r.Body = b
			spoil(r, b)
			if res, err := over.RoundTrip(r); err == nil {
				t.Errorf("it was sent: %v", res)
			}
			if !b.closed {
				t.Error("its body was not closed")
			}
		})
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("the service saw %d connections", n)
	}
}

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, errTorn }

// TestWhatIsHandedOn: what this package does not know how to send.
func TestWhatIsHandedOn(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"TLS":                      func(r *http.Request) { r.URL.Scheme = "https" },
		"an upgrade":               func(r *http.Request) { r.Header.Set("Upgrade", "websocket") },
		"a large body":             func(r *http.Request) { r.ContentLength = mostHeld + 1 },
		"a body of unknown length": func(r *http.Request) { r.ContentLength = -1 },
		"a body that may be there": func(r *http.Request) { r.ContentLength = 0 },
		"a length without body":    func(r *http.Request) { r.Body = nil },
		"trailers":                 func(r *http.Request) { r.Trailer = http.Header{"X": nil} },
		"Expect":                   func(r *http.Request) { r.Header.Set("Expect", "100-continue") },
		"CONNECT":                  func(r *http.Request) { r.Method = "CONNECT" },
	} {
		t.Run(name, func(t *testing.T) {
			o := &other{}
			r := request(t, t.Context(), "POST", "{}")
			change(r)
			if _, err := New(Config{Other: o}).RoundTrip(r); err == nil || o.asked.Load() != 1 {
				t.Errorf("it was not handed on: %v", err)
			}
		})
	}
}

// TestHints: informational answers reach who wants to know, in order, before the answer.
func TestHints(t *testing.T) {
	s := raise(t, saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"+ok))
	var seen []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			seen = append(seen, fmt.Sprint(code, h.Get("Link")))
			return nil
		},
	})
	res, err := s.transport(t, Config{}).RoundTrip(request(t, ctx, "GET", ""))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := strings.Join(seen, "|"); got != "100|103</a.css>" {
		t.Errorf("%q", got)
	}
}

// TestARefusalBeforeTheEnd: a service that answers without reading the body is heard.
func TestARefusalBeforeTheEnd(t *testing.T) {
	s := raise(t, func(_ *service, _ int64, c net.Conn, from *bufio.Reader) {
		if _, err := http.ReadRequest(from); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
			_, _ = io.Copy(io.Discard, from) // until we close: closing first would throw the answer away
		}
	})
	if res, body, err := asked(t, s.transport(t, Config{}), "POST", strings.Repeat("z", mostHeld)); err != nil || res.StatusCode != 413 || body != "no" {
		t.Errorf("%v %q %v", res, body, err)
	}
}

// TestCancelled: who does not want his answer any more frees the connection, before and in the middle of the answer.
func TestCancelled(t *testing.T) {
	for name, text := range map[string]string{"before": "", "in the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			came, ended := make(chan struct{}), make(chan struct{})
			s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
				if s.heard(from) != nil {
					_, _ = io.WriteString(c, text)
					close(came)
					_, _ = c.Read(make([]byte, 1))
					close(ended)
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-came; cancel() }()
			over := s.transport(t, Config{})
			res, err := over.RoundTrip(request(t, ctx, "GET", ""))
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("the connection stays open")
			}
		})
	}
}
