package http

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/lab"
)

// patience is how long a test waits before it calls something hung. It decides
// nothing else.
const patience = 30 * time.Second

// place is a bench with its evidence in a folder of its own.
type place struct {
	*lab.Bench
	blobs string
}

func newPlace(t *testing.T, base string, secrets ...redact.Secret) place {
	t.Helper()
	folder := t.TempDir()
	blobs, err := lab.OpenBlobs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return place{&lab.Bench{Config: &config.Config{}, Recorder: lab.NewRecorder(blobs, redact.New(secrets), time.Now),
		Target: lab.Target{Base: base}}, folder}
}

// blob gives the bytes kept under a name in the n-th step.
func (p place) blob(t *testing.T, step int, name string) string {
	t.Helper()
	steps, err := p.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range steps[step].Raw {
		if b.Name == name {
			raw, err := os.ReadFile(filepath.Join(p.blobs, b.Digest.Hex()))
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
	}
	return ""
}

// everything gives all that this place has put on disk, and its steps.
func (p place) everything(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(p.blobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(p.blobs, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	steps, err := p.Steps()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&all, "%+v", steps)
	return all.String()
}

// raw serves TCP: serve is handed each connection, with its number from 1, once
// a whole request head was read from it.
func raw(t *testing.T, serve func(n int64, c net.Conn)) (base string, arrivals *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	arrivals = new(atomic.Int64)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				head := bufio.NewReader(conn)
				for {
					line, err := head.ReadString('\n')
					if err != nil {
						return
					}
					if line == "\r\n" {
						serve(arrivals.Add(1), conn)
						return
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), arrivals
}

// held keeps a connection open until the client goes.
func held(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func say(c io.Writer, text string) { _, _ = io.WriteString(c, text) }

// A server that ends connections without an answer is where net/http sends a
// request again by itself.
func TestNothingIsSentTwice(t *testing.T) {
	const requests = 12
	servers := map[string]func(n int64, c net.Conn){
		"ends every connection":       func(int64, net.Conn) {},
		"ends every other connection": func(n int64, c net.Conn) { sayEven(n, c) },
		"keeps connections alive, then drops them": func(n int64, c net.Conn) {
			say(c, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
			one := make([]byte, 1)
			_, _ = c.Read(one) // a reused connection dies here
		},
		"resets": func(_ int64, c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) },
	}
	for name, serve := range servers {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				base, arrivals := raw(t, serve)
				p := newPlace(t, base)
				client := On(p.Bench)
				for range requests {
					client.Do(t.Context(), Request{Method: method, Path: "/x", Body: bodyOf(method)})
				}
				if n := arrivals.Load(); n != requests {
					t.Errorf("%d requests arrived of %d sent", n, requests)
				}
				if steps, _ := p.Steps(); len(steps) != requests {
					t.Errorf("%d steps of %d requests", len(steps), requests)
				}
				running := client.Start(t.Context(), Burst{Users: 3, Total: requests, Next: func(int) Request {
					return Request{Method: method, Path: "/x", Body: bodyOf(method)}
				}})
				running.Wait()
				if n := arrivals.Load(); n != 2*requests {
					t.Errorf("%d requests arrived after a burst, %d were sent", n, 2*requests)
				}
			})
		}
	}
}

func sayEven(n int64, c net.Conn) {
	if n%2 == 0 {
		say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

func bodyOf(method string) []byte {
	if method == "GET" || method == "DELETE" {
		return nil
	}
	return []byte("{}")
}

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
			if head := p.blob(t, 0, "head"); !strings.Contains(head, "Location: "+location) {
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
	if steps, _ := p.Steps(); steps[0].Raw[1].Size > lab.BlobCap+100 || steps[0].Raw[1].TrueSize < MaxBody {
		t.Errorf("the blob: %+v", steps[0].Raw[1])
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
		body := p.blob(t, 0, "body")
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
