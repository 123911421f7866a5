package roundtrip

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestAnswersThatAreRefused: none of these is passed on as whole, and its connection is not used again.
func TestAnswersThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no HTTP":              "220 mail.example ESMTP\r\n\r\n",
		"HTTP/2 in plain":      "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"no status":            "HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok",
		"a status of two":      "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
		"a status below 100":   "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
		"an unasked 101":       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
		"two lengths":          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
		"a list of lengths":    "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok!",
		"a negative length":    "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
		"a length with sign":   "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
		"an empty length":      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok",
		"length and chunks":    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"chunks and length":    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"chunks of HTTP/1.0":   "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"an unknown coding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"two codings":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"a space before colon": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
		"a line without colon": "HTTP/1.1 200 OK\r\nContent-Length 2\r\n\r\nok",
		"a size that is none":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
		"a negative size":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
		"too long a head":      "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-More: "+strings.Repeat("a", 100)+"\r\n", 200) + "\r\n",
		"1xx without end":      strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", 1000) + ok,
	} {
		t.Run(name, func(t *testing.T) {
			s := raise(t, saying(text))
			over := s.transport(t, Config{HeaderBytes: 16 << 10})
			for range 2 {
				if res, body, err := asked(t, over, "GET", ""); err == nil {
					t.Errorf("%d %q was taken", res.StatusCode, body)
				}
			}
			if n := s.conns.Load(); n != 2 {
				t.Errorf("%d connections, want one for each", n)
			}
		})
	}
}

// TestAnswersThatEndEarly: what is cut is not passed on as whole.
func TestAnswersThatEndEarly(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "half a head": "HTTP/1.1 200 OK\r\nContent-", "half a body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		"half a chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "no last chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
				if s.heard(from) != nil {
					_, _ = io.WriteString(c, text)
				}
			})
			if res, body, err := asked(t, s.transport(t, Config{}), "GET", ""); err == nil {
				t.Errorf("%d %q was taken", res.StatusCode, body)
			}
		})
	}
}

// TestAnswersThatAreTaken: what services say every day, and whether the connection is used again.
func TestAnswersThatAreTaken(t *testing.T) {
	for _, c := range []struct {
		name, method, text, body string
		kept                     bool
	}{
		{"a length", "GET", ok, "ok", true},
		{"the same length twice", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "ok", true},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok", true},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "", true},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "", true},
		{"304 with the length of what it means", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "", true},
		{"early hints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok, "ok", true},
		{"a head of many parts", "GET", "HTTP/1.1 200 OK\r\nX-Long: " + strings.Repeat("a", 10_000) + "\r\nContent-Length: 2\r\n\r\nok", "ok", true},
		{"lines that end in LF", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok", true},
		{"it wants to close", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", "ok", false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
		{"bytes behind the body", "GET", ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "ok", false},
		{"bytes behind an empty answer", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", "", false},
		{"bytes behind HEAD", "HEAD", ok, "", false},
		{"bytes behind the last chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nevil", "ok", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := raise(t, saying(c.text))
			over := s.transport(t, Config{})
			for range 3 {
				_, body, err := asked(t, over, c.method, "")
				if err != nil || body != c.body {
					t.Fatalf("%q, %v", body, err)
				}
			}
			if n := s.conns.Load(); (n == 1) != c.kept {
				t.Errorf("%d connections for three requests", n)
			}
		})
	}
}

// TestABodyWithoutLength lasts until the service closes.
func TestABodyWithoutLength(t *testing.T) {
	s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
		if s.heard(from) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nall of it")
		}
	})
	if _, body, err := asked(t, s.transport(t, Config{}), "GET", ""); err != nil || body != "all of it" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestTrailers(t *testing.T) {
	s := raise(t, saying("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n"))
	over := s.transport(t, Config{})
	for range 2 {
		res, body, err := asked(t, over, "GET", "")
		if err != nil || body != "ok" || res.Trailer.Get("X-Sum") != "7" {
			t.Errorf("%q, %v, %v", body, res, err)
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestSilence: a service that stops in the middle holds nobody.
func TestSilence(t *testing.T) {
	for name, text := range map[string]string{"before the head": "", "in the head": "HTTP/1.1 20", "in the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			s := raise(t, func(s *service, _ int64, c net.Conn, from *bufio.Reader) {
				if s.heard(from) != nil {
					_, _ = io.WriteString(c, text)
					_, _ = c.Read(make([]byte, 1)) // until we close
				}
			})
			_, _, err := asked(t, s.transport(t, Config{Answer: 50 * time.Millisecond, Silence: 50 * time.Millisecond}), "GET", "")
			if late, is := err.(net.Error); !is || !late.Timeout() { //nolint:errorlint // that it is no other is what is tested
				t.Errorf("%v", err)
			}
		})
	}
}
