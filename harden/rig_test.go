package harden

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const friend = "https://app.example"

// rig is a hardened server on a real socket before an application that counts what reaches it.
type rig struct {
	h      *Hardening
	server *http.Server
	addr   string
	tls    *tls.Config // of a client; nil: plain
	hits   atomic.Int64

	mu   sync.Mutex
	last *http.Request
	body []byte
}

// closed is the Config most tests begin with.
func closed() Config {
	return Config{
		API: []string{"/api/"}, Origins: Origins{Allow: []string{friend}}, AccessLog: slog.New(slog.DiscardHandler),
	}
}

func raise(t testing.TB, c Config, secure bool, app http.Handler) *rig {
	t.Helper()
	r := &rig{}
	r.serve(t, c, secure, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.hits.Add(1)
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.last, r.body = req, body
		r.mu.Unlock()
		if app != nil {
			app.ServeHTTP(w, req)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}))
	return r
}

// raiseApp is raise before an application that reads its bodies itself.
func raiseApp(t testing.TB, c Config, app http.Handler) *rig {
	t.Helper()
	r := &rig{}
	r.serve(t, c, false, app)
	return r
}

func (r *rig) serve(t testing.TB, c Config, secure bool, app http.Handler) {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	r.h = h
	server := h.Server(app)
	r.server = server
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = inner.Addr().String()
	listener := h.Listener(inner)
	if secure {
		certificate := selfSigned(t)
		listener = h.ListenerTLS(inner, &tls.Config{Certificates: []tls.Certificate{certificate}})
		r.tls = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); _ = listener.Close(); <-done })
}

func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"app.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (r *rig) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	if r.tls != nil {
		c = tls.Client(c, r.tls)
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
}

// say sends raw bytes on a new connection and reads one answer.
func (r *rig) say(t testing.TB, raw string) answer {
	t.Helper()
	c := r.dial(t)
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Logf("while sending: %v", err)
	}
	return read(t, bufio.NewReader(c), methodOf(raw))
}

func methodOf(raw string) string {
	method, _, _ := strings.Cut(raw, " ")
	if method == "HEAD" {
		return method
	}
	return "GET"
}

func read(t testing.TB, from *bufio.Reader, method string) answer {
	t.Helper()
	res, err := http.ReadResponse(from, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
		return read(t, from, method)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	return answer{res, body}
}

// once are the headers that every answer has exactly once.
var once = []string{
	"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Request-Id", "Vary",
}

func (a answer) hardened(t testing.TB) {
	t.Helper()
	for _, name := range once {
		if n := len(a.Header[name]); n != 1 {
			t.Errorf("%s stands %d times: %q", name, n, a.Header[name])
		}
	}
	if !strings.Contains(a.Header.Get("Vary"), "Origin") {
		t.Errorf("Vary is %q", a.Header.Get("Vary"))
	}
	for name := range a.Header {
		if leaks[name] || deprecated[name] {
			t.Errorf("%s: %q leaves", name, a.Header.Get(name))
		}
	}
}

// problem says that a is a whole, hardened problem of this status.
func (a answer) problem(t testing.TB, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d: %.200s", a.StatusCode, status, a.body)
	}
	a.hardened(t)
	if is := a.Header["Content-Type"]; len(is) != 1 || is[0] != ProblemType {
		t.Errorf("Content-Type %q", is)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Security-Policy") != defaultAPI {
		t.Errorf("no-store, or the policy of what is no document, is missing: %v", a.Header)
	}
	if a.Request.Method == "HEAD" {
		return
	}
	var d document
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	if d.Status != status || d.Type != "about:blank" || d.Title != http.StatusText(status) || d.Detail == "" {
		t.Errorf("problem %+v", d)
	}
	if d.RequestID == "" || d.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("request-id %q in the body, %q in the header", d.RequestID, a.Header.Get("X-Request-Id"))
	}
}

// readable says whether scripts of the friend may read a.
func (a answer) readable(t testing.TB, wanted bool) {
	t.Helper()
	is := a.Header["Access-Control-Allow-Origin"]
	if wanted && (len(is) != 1 || is[0] != friend || !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "X-Request-Id")) {
		t.Errorf("Access-Control-Allow-Origin %q, Expose %q: the friend cannot read this %d", is, a.Header["Access-Control-Expose-Headers"], a.StatusCode)
	}
	if !wanted && is != nil {
		t.Errorf("Access-Control-Allow-Origin %q", is)
	}
}

// both runs a test over plain connections and over TLS.
func both(t *testing.T, f func(t *testing.T, secure bool)) {
	t.Run("plain", func(t *testing.T) { f(t, false) })
	t.Run("tls", func(t *testing.T) { f(t, true) })
}
