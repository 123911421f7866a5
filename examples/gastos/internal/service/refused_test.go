package service_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
	"gastos/internal/testdb"
)

// counting is a pool that counts who asks it: what is refused must not get so far.
type counting struct {
	store.Source
	n *atomic.Int64
}

func (c counting) Acquire(ctx context.Context) (store.Conn, error) {
	c.n.Add(1)
	return c.Source.Acquire(ctx)
}

// TestRefusedBeforeTheService: whatever the protocol or a limit refuses is answered in the one form of all errors, hardened and readable
// for the frontend, in the clear and over TLS, and nothing of it reaches the database.
func TestRefusedBeforeTheService(t *testing.T) {
	d := testdb.Seeded(t)
	plain := settings(t, d.App, 2)
	plain.HTTP.ReadTimeout = 500 * time.Millisecond
	secured := plain
	var roots *x509.CertPool
	secured.CertificateFile, secured.KeyFile, roots = certificate(t)
	for name, how := range map[string]struct {
		c   config.Serve
		tls *tls.Config
	}{"plain": {plain, nil}, "tls": {secured, &tls.Config{RootCAs: roots}}} {
		t.Run(name, func(t *testing.T) {
			address, asked := counted(t, how.c)
			for _, c := range refusals() {
				t.Run(c.name, func(t *testing.T) {
					before := asked.Load()
					refused(t, say(t, address, how.tls, c.raw), c.status, how.tls != nil)
					if n := asked.Load() - before; n != 0 {
						t.Errorf("it asked the database %d times", n)
					}
				})
			}
			good := say(t, address, how.tls, login("Content-Length: 51\r\n", `{"email":"usuario01@gastos.example","password":"x"}`))
			if good.StatusCode != 401 || asked.Load() == 0 {
				t.Errorf("after all that a login is answered %d", good.StatusCode)
			}
		})
	}
}

func counted(t *testing.T, c config.Serve) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s, err := service.New(t.Context(), c, slog.New(slog.NewJSONHandler(io.Discard, nil)), service.Seams{
		Source: func(pool *pgxpool.Pool) store.Source { return counting{store.Pooled(pool), asked} },
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener); s.Close() }()
	t.Cleanup(func() { stop(); <-done })
	return listener.Addr().String(), asked
}

const fields = "Host: gastos.example\r\nOrigin: " + origin + "\r\nContent-Type: application/json\r\n"

// login is a request that asks the database when it gets through.
func login(more, body string) string {
	return "POST /api/auth/login HTTP/1.1\r\n" + fields + more + "\r\n" + body
}

type refusal struct {
	name, raw string
	status    int
}

func refusals() []refusal {
	body := `{"email":"usuario01@gastos.example","password":"x"}`
	long := strings.Repeat("a", 20<<10)
	return []refusal{
		{"a space in a name", login("A B: c\r\nContent-Length: 51\r\n", body), 400},
		{"a bad escape", "GET /%zz HTTP/1.1\r\n" + fields + "\r\n", 400},
		{"no host", "GET / HTTP/1.1\r\nOrigin: " + origin + "\r\n\r\n", 400},
		{"two hosts", login("Host: other\r\nContent-Length: 51\r\n", body), 400},
		{"a folded field", login("A: b\r\n c\r\nContent-Length: 51\r\n", body), 400},
		{"length and chunks", login("Content-Length: 51\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
		{"two lengths", login("Content-Length: 51\r\nContent-Length: 3\r\n", body), 400},
		{"a bad chunk", login("Transfer-Encoding: chunked\r\n", "zz\r\n"+body+"\r\n0\r\n\r\n"), 400},
		{"an encoded slash", "GET /api%2fme HTTP/1.1\r\n" + fields + "\r\n", 400},
		{"dots", "GET /api/../api/me HTTP/1.1\r\n" + fields + "\r\n", 400},
		{"CONNECT", "CONNECT gastos.example:443 HTTP/1.1\r\n" + fields + "\r\n", 405},
		{"TRACE", "TRACE / HTTP/1.1\r\n" + fields + "\r\n", 405},
		{"half a body", login("Content-Length: 51\r\n", body[:20]), 408},
		{"a large body", login("Content-Length: 70000\r\n", ""), 413},
		{"large chunks", login("Transfer-Encoding: chunked\r\n", "11170\r\n"+strings.Repeat("a", 70000)+"\r\n0\r\n\r\n"), 413},
		{"a long target", "GET /" + long + " HTTP/1.1\r\n" + fields + "\r\n", 414},
		{"a packed body", login("Content-Encoding: gzip\r\nContent-Length: 51\r\n", body), 415},
		{"an expectation", login("Expect: miracles\r\nContent-Length: 51\r\n", body), 417},
		{"a long head", login("X-Long: "+long+"\r\nContent-Length: 51\r\n", body), 431},
		{"many fields", login(strings.Repeat("X-A: b\r\n", 200)+"Content-Length: 51\r\n", body), 431},
		{"an unknown coding", login("Transfer-Encoding: xchunked\r\n", body), 501},
		{"another version", "GET / HTTP/2.5\r\n" + fields + "\r\n", 505},
	}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body []byte
}

func say(t *testing.T, address string, secure *tls.Config, raw string) answer {
	t.Helper()
	var conn net.Conn
	var err error
	if secure == nil {
		conn, err = net.Dial("tcp", address)
	} else {
		conn, err = tls.Dial("tcp", address, secure)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // bounds a wait, measures nothing
	go func() { _, _ = io.WriteString(conn, raw) }()       // the server may answer before it has read all
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("half an answer: %v", err)
	}
	return answer{r, body}
}

func refused(t *testing.T, a answer, status int, secure bool) {
	t.Helper()
	var told struct {
		Status    int
		RequestID string
	}
	h := a.Header
	if err := json.Unmarshal(a.body, &told); err != nil || a.StatusCode != status || told.Status != status || told.RequestID != h.Get("X-Request-Id") || told.RequestID == "" {
		t.Errorf("%d, want %d: %v %s", a.StatusCode, status, h, a.body)
	}
	for name, want := range map[string]string{"Content-Type": "application/problem+json", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Access-Control-Allow-Origin": origin} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	if h.Get("Content-Security-Policy") == "" || (h.Get("Strict-Transport-Security") != "") != secure {
		t.Errorf("not hardened: %v", h)
	}
}
