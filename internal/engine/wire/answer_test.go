package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestReadWholeAnswers(t *testing.T) {
	for _, c := range []struct {
		name, text, method string
		ended              bool
		want               Answer
		left               int
	}{
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP", "GET", false,
			Answer{Minor: 1, Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "3"}}, Body: []byte("abc"), Framing: ByLength}, 4},
		{"chunked with a trailer", "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n", "GET", false,
			Answer{Minor: 1, Status: 200, Header: []Field{{"Transfer-Encoding", "chunked"}}, Trailer: []Field{{"T", "1"}}, Body: []byte("abcd"), Framing: Chunked}, 0},
		{"until the end", "HTTP/1.0 404 Not Found\n\nbody", "GET", true,
			Answer{Status: 404, Reason: "Not Found", Body: []byte("body"), Framing: ByClose}, 0},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", false,
			Answer{Minor: 1, Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "3"}}, Framing: Bodiless}, 0},
		{"CONNECT granted", "HTTP/1.1 200 OK\r\n\r\n", "CONNECT", false,
			Answer{Minor: 1, Status: 200, Reason: "OK", Framing: Bodiless}, 0},
		{"an interim one before", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA:  b \r\n\r\n", "POST", false,
			Answer{Minor: 1, Status: 204, Reason: "No Content", Header: []Field{{"A", "b"}}, Framing: Bodiless, Interim: []int{100}}, 0},
		{"both framings", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", false,
			Answer{Minor: 1, Status: 200, Reason: "OK", Header: []Field{{"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}}, Framing: Chunked, Both: true}, 0},
	} {
		got, n, err := Read([]byte(c.text), c.method, c.ended)
		if err != nil || !reflect.DeepEqual(got, c.want) || n != len(c.text)-c.left {
			t.Errorf("%s: %+v, %d, %v", c.name, got, n, err)
		}
	}
}

func TestReadAsksForMore(t *testing.T) {
	for _, whole := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
	} {
		for cut := range len(whole) {
			if _, _, err := Read([]byte(whole[:cut]), "GET", false); !errors.Is(err, ErrMore) {
				t.Errorf("%q: %v", whole[:cut], err)
			}
			if _, _, err := Read([]byte(whole[:cut]), "GET", true); !errors.As(err, new(Malformed)) {
				t.Errorf("%q and its end: %v", whole[:cut], err)
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{
		"SSH-2.0-x\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 2000) + "\r\n", strings.Repeat("HTTP/1.1 100 x\r\n\r\n", 30),
		strings.Repeat("x", maxHead),
	} {
		if a, n, err := Read([]byte(text), "GET", true); !errors.As(err, new(Malformed)) {
			t.Errorf("%.60q: %+v %d %v", text, a, n, err)
		}
	}
}

// FuzzRead: no bytes break the reader; what it calls whole stays the same answer
// whatever follows, and no beginning of it is whole or malformed.
func FuzzRead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "GET", uint(7))
	f.Add([]byte("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), "POST", uint(50))
	f.Add([]byte("HTTP/1.0 200 OK\n\nbody"), "GET", uint(3))
	f.Add([]byte("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204\r\n\r\n"), "HEAD", uint(20))
	f.Fuzz(func(t *testing.T, b []byte, method string, cut uint) {
		a, n, err := Read(b, method, false)
		if err != nil {
			if n != 0 || !errors.Is(err, ErrMore) && !errors.As(err, new(Malformed)) {
				t.Fatalf("%d, %v", n, err)
			}
			if _, _, ended := Read(b, method, true); errors.Is(ended, ErrMore) {
				t.Fatal("it wants more after the end")
			}
			return
		}
		if n <= 0 || n > len(b) || len(a.Body) > n || a.Status < 100 || a.Status > 999 {
			t.Fatalf("%d of %d bytes: %+v", n, len(b), a)
		}
		again, m, err := Read(append(b[:n:n], "HTTP/1.1 999 x"...), method, false)
		if err != nil || m != n || !reflect.DeepEqual(a, again) {
			t.Fatalf("what follows matters: %d %+v, %d %+v, %v", n, a, m, again, err)
		}
		if _, _, err := Read(b[:int(cut%uint(n))], method, false); !errors.Is(err, ErrMore) {
			t.Fatalf("the first %d of %d bytes: %v", cut%uint(n), n, err)
		}
	})
}
