package gateway

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"listo/harden"
)

const friend = "https://app.example"

// rig is a gateway on real sockets before a service that counts what reaches it.
type rig struct {
	t      testing.TB
	folder string
	file   string
	server *Server
	ended  chan error
	secure bool
	hits   atomic.Int64
}

// raise starts a gateway before app. The lines are added to a small configuration.
func raise(t testing.TB, secure bool, app http.HandlerFunc, lines string) *rig {
	t.Helper()
	r := &rig{t: t, secure: secure}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.hits.Add(1); app(w, q) }))
	t.Cleanup(service.Close)
	r.start(service.URL, lines)
	return r
}

// before starts a gateway before whatever listens at url.
func before(t testing.TB, url, lines string) *rig {
	t.Helper()
	r := &rig{t: t}
	r.start(url, lines)
	return r
}

func (r *rig) start(url, lines string) {
	r.t.Helper()
	r.folder = r.t.TempDir()
	r.file = filepath.Join(r.folder, "gateway.yaml")
	if r.secure {
		certify(r.t, r.folder)
	}
	r.server = r.made(r.configured(url, lines))
	if err := r.server.Listen(); err != nil {
		r.t.Fatal(err)
	}
	r.ended = make(chan error, 1)
	go func() { r.ended <- r.server.Serve() }()
	r.t.Cleanup(func() { _ = r.server.Stop() })
}

func (r *rig) made(c Config) *Server {
	r.t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	s, err := New(c, Options{AccessLog: quiet, Log: quiet})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// configured writes and loads a configuration.
func (r *rig) configured(url, lines string) Config {
	r.t.Helper()
	text := "version: 1\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\ndrain: 50ms\napi: [/api/]\norigins: {allow: [" + friend + "]}\n"
	if r.secure {
		text += "tls: {certificate: cert.pem, key: key.pem}\n"
	}
	if !strings.Contains(lines, "upstream:") {
		text += "upstream: {url: \"" + url + "\"}\n"
	}
	if err := os.WriteFile(r.file, []byte(text+strings.ReplaceAll(lines, "{URL}", url)), 0o600); err != nil {
		r.t.Fatal(err)
	}
	c, err := Load(r.file, os.LookupEnv)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// certify writes a fresh certificate and its key.
func certify(t testing.TB, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"app.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// dial opens a connection as a client does.
func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.server.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	if r.secure {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
}

// say sends raw bytes on a new connection and reads one answer.
func (r *rig) say(raw string) answer {
	r.t.Helper()
	c := r.dial()
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, raw); err != nil {
		r.t.Logf("while sending: %v", err)
	}
	return r.read(bufio.NewReader(c))
}

func (r *rig) read(from *bufio.Reader) answer {
	r.t.Helper()
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		r.t.Fatalf("no answer: %v", err)
	}
	if res.StatusCode == http.StatusContinue {
		return r.read(from)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("half an answer: %v", err)
	}
	return answer{res, body}
}

func get(path string) string { return asks("GET", path, "", "") }

func asks(method, path, fields, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: app.example\r\nOrigin: %s\r\n%s\r\n%s", method, path, friend, fields, body)
}

// problem says that a is a whole problem of this status, with what every answer has, readable by scripts of the friend.
func (a answer) problem(t testing.TB, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d: %.200s", a.StatusCode, status, a.body)
		return
	}
	for name, want := range map[string]string{
		"Content-Type": harden.ProblemType, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", "Access-Control-Allow-Origin": friend,
	} {
		if is := a.Header[name]; len(is) != 1 || is[0] != want {
			t.Errorf("%d: %s is %q, want %q", status, name, is, want)
		}
	}
	var p struct {
		Status    int
		RequestID string `json:"requestId"`
	}
	if err := json.NewDecoder(bytes.NewReader(a.body)).Decode(&p); err != nil || p.Status != status ||
		p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("%d: the body is %.200s (%v), the id %q", status, a.body, err, a.Header.Get("X-Request-Id"))
	}
}

// both runs a test over plain connections and over TLS.
func both(t *testing.T, f func(t *testing.T, secure bool)) {
	t.Run("plain", func(t *testing.T) { f(t, false) })
	t.Run("tls", func(t *testing.T) { f(t, true) })
}
