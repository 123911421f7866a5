package http

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/lab"
)

func TestWhatAPatientMayAnswer(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	endless := func(head, again string) func(int64, net.Conn) {
		return func(_ int64, c net.Conn) {
			say(c, head)
			for chunk := strings.Repeat(again, 64); ; {
				if _, err := io.WriteString(c, chunk); err != nil {
					return
				}
			}
		}
	}
	cases := map[string]struct {
		serve   func(int64, net.Conn)
		status  int
		err     string // in Answer.Err; "" for none
		timeout time.Duration
	}{
		"a good answer":                {func(_ int64, c net.Conn) { say(c, ok+"Content-Length: 2\r\n\r\nok") }, 200, "", 0},
		"an answer until the end":      {func(_ int64, c net.Conn) { say(c, ok+"\r\nok") }, 200, "", 0},
		"no status line":               {func(_ int64, c net.Conn) { say(c, "HELLO\r\n\r\n") }, 0, "malformed", 0},
		"a status that is no number":   {func(_ int64, c net.Conn) { say(c, "HTTP/1.1 2x0 OK\r\n\r\n") }, 0, "malformed", 0},
		"a status out of range":        {func(_ int64, c net.Conn) { say(c, "HTTP/1.1 99999 OK\r\n\r\n") }, 0, "malformed", 0},
		"another protocol":             {func(_ int64, c net.Conn) { say(c, "SSH-2.0-OpenSSH_9.2\r\n") }, 0, "malformed", 0},
		"bytes of no meaning":          {func(_ int64, c net.Conn) { say(c, "\x00\xff\x16\x03\x01\x00\n\n\n") }, 0, "malformed", 0},
		"a length that is no number":   {func(_ int64, c net.Conn) { say(c, ok+"Content-Length: many\r\n\r\nok") }, 0, "Content-Length", 0},
		"two lengths":                  {func(_ int64, c net.Conn) { say(c, ok+"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok") }, 0, "Content-Length", 0},
		"a chunk that is none":         {func(_ int64, c net.Conn) { say(c, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\n") }, 200, "chunk", 0},
		"half a body, then half-close": {func(_ int64, c net.Conn) { say(c, ok+"Content-Length: 9\r\n\r\nhalf"); halfClose(c); held(c) }, 200, "unexpected EOF", 0},
		"half-close without an answer": {func(_ int64, c net.Conn) { halfClose(c); held(c) }, 0, "EOF", 0},
		"half a head, then half-close": {func(_ int64, c net.Conn) { say(c, ok+"X-A: b"); halfClose(c); held(c) }, 0, "EOF", 0},
		"silence":                      {func(_ int64, c net.Conn) { held(c) }, 0, "deadline", 100 * time.Millisecond},
		"a head that drips":            {func(_ int64, c net.Conn) { say(c, "H"); held(c) }, 0, "deadline", 100 * time.Millisecond},
		"a body that drips":            {func(_ int64, c net.Conn) { say(c, ok+"Content-Length: 9\r\n\r\nd"); held(c) }, 200, "deadline", 300 * time.Millisecond},
		"an endless header":            {endless(ok, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), 0, "header", 0},
		"an endless header line":       {endless(ok+"X: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0, "header", 0},
		"an endless status line":       {endless("HTTP/1.1 200 ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0, "header", 0},
		"early hints without end":      {endless("", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"), 0, "header", 0},
		"an endless body":              {endless(ok+"\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 200, "longer than", 0},
		"endless chunks":               {endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "10\r\naaaaaaaaaaaaaaaa\r\n"), 200, "longer than", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, _ := raw(t, c.serve)
			p := newPlace(t, base)
			a := On(p.Bench).Do(t.Context(), Request{Method: "GET", Path: "/x", Timeout: c.timeout})
			if a.Status != c.status || (a.Err == nil) != (c.err == "") || (a.Err != nil && !strings.Contains(a.Err.Error(), c.err)) {
				t.Errorf("got status %d, err %v; want %d, %q", a.Status, a.Err, c.status, c.err)
			}
			if len(a.Body) > MaxBody {
				t.Errorf("%d bytes of body were kept", len(a.Body))
			}
			steps, err := p.Steps()
			if err != nil || len(steps) != 1 || steps[0].Status != c.status || (steps[0].Err == "") != (c.err == "") {
				t.Errorf("the record: %+v, %v", steps, err)
			}
		})
	}
}

func halfClose(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() }

func TestConnectionRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	p := newPlace(t, "http://"+listener.Addr().String())
	a := On(p.Bench).Get(t.Context(), "/x")
	if a.Status != 0 || a.Err == nil || !strings.Contains(a.Err.Error(), "GET /x") || !strings.Contains(a.Err.Error(), "refused") {
		t.Errorf("got %d, %v", a.Status, a.Err)
	}
}

func TestNoAddressIsNoPanic(t *testing.T) {
	for _, base := range []string{"", "http://", "http://[::1", "ftp://127.0.0.1", "http://127.0.0.1:99999", "\x00"} {
		p := newPlace(t, base)
		if a := On(p.Bench).Get(t.Context(), "/x"); a.Err == nil {
			t.Errorf("%q: no error, status %d", base, a.Status)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, location := range []string{other.URL, "/again", "http://[::1", "::", "%zz", ""} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			base, arrivals := raw(t, func(_ int64, c net.Conn) {
				say(c, fmt.Sprintf("HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, location))
			})
			p := newPlace(t, base)
			a := On(p.Bench).Do(t.Context(), Request{Method: "POST", Path: "/x", Body: []byte("{}")})
			if a.Err != nil || a.Status != status || a.Header.Get("Location") != location || arrivals.Load() != 1 {
				t.Errorf("%d to %q: got %d, %v, %d arrivals", status, location, a.Status, a.Err, arrivals.Load())
			}
			if head := p.blob(t, 0, "answer"); !strings.Contains(head, "Location: "+location) {
				t.Errorf("the record of a redirect: %q", head)
			}
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// A gigabyte is read as far as the bound and kept as head and tail.
func TestAGigabyteTakesLittleMemory(t *testing.T) {
	const size = 1 << 30
	chunk := strings.Repeat("0123456789abcde\n", 4096)
	var sent atomic.Int64
	base, _ := raw(t, func(_ int64, c net.Conn) {
		say(c, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size))
		for sent.Load() < size {
			n, err := io.WriteString(c, chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	p := newPlace(t, base)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := On(p.Bench).Get(t.Context(), "/big")
	runtime.ReadMemStats(&after)
	if !a.TooBig || a.Err == nil || len(a.Body) != MaxBody || a.Size != MaxBody {
		t.Errorf("too big %v, %d bytes, %v", a.TooBig, len(a.Body), a.Err)
	}
	if all := after.TotalAlloc - before.TotalAlloc; all > 20*MaxBody {
		t.Errorf("%d MiB were allocated in all", all>>20)
	}
	if n := sent.Load(); n > 4*MaxBody {
		t.Errorf("%d MiB were taken from the service", n>>20)
	}
	if steps, _ := p.Steps(); steps[0].Raw[0].Size > lab.BlobCap+100 || steps[0].Raw[0].TrueSize < MaxBody {
		t.Errorf("the blob: %+v", steps[0].Raw[0])
	}
}

// An answer that was cut could end in half a secret, which nobody would know.
func TestNoHalfOfASecretIsKept(t *testing.T) {
	secret := redact.Secret{Name: "KEY", Value: "k3y-0123456789-abcdefghijklmnopqrstuvwxyz"}
	for half := 1; half < len(secret.Value); half += 3 {
		base, _ := raw(t, func(_ int64, c net.Conn) {
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nthe key is "+secret.Value[:half])
		})
		p := newPlace(t, base, secret)
		On(p.Bench).Get(t.Context(), "/x")
		_, body, _ := strings.Cut(p.blob(t, 0, "answer"), "\r\n\r\n")
		if !strings.HasPrefix(body, "the key is \n… cut here") {
			t.Errorf("half %d: kept %q", half, body)
		}
	}
}

func TestADeadlineFromOutsideHolds(t *testing.T) {
	base, _ := raw(t, func(_ int64, c net.Conn) { held(c) })
	p := newPlace(t, base)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan Answer)
	go func() { ended <- On(p.Bench).Get(ctx, "/x") }()
	cancel()
	select {
	case a := <-ended:
		if a.Err == nil {
			t.Error("no error")
		}
	case <-time.After(patience):
		t.Fatal("the request goes on")
	}
}

// What is no UTF-8 in a header is text in the answer, so that an observation can
// hold it, and stands on the record as it came.
func TestAHeaderThatIsNoText(t *testing.T) {
	base, _ := raw(t, func(_ int64, c net.Conn) {
		say(c, "HTTP/1.1 200 OK\r\nServer: caf\xe9\r\nX-Good: caf\u00e9\r\nContent-Length: 2\r\n\r\nok")
	})
	p := newPlace(t, base)
	a := On(p.Bench).Get(t.Context(), "/")
	if a.Header.Get("Server") != "caf\uFFFD" || a.Header.Get("X-Good") != "caf\u00e9" {
		t.Errorf("%q", a.Header)
	}
	written, err := json.Marshal(a.Header)
	if err != nil {
		t.Fatal(err)
	}
	var read nethttp.Header
	if err := json.Unmarshal(written, &read); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(read); !bytes.Equal(written, again) {
		t.Errorf("%s became %s", written, again)
	}
	if kept := p.blob(t, 0, "answer"); !strings.Contains(kept, "caf\xe9") {
		t.Errorf("the record has %q", kept)
	}
}
