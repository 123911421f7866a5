package harden

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
)

// BenchmarkServed is a whole request over a real socket, on a bare server and on a hardened one: the difference is what all of this
// package costs, the checks of the connection included.
func BenchmarkServed(b *testing.B) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = jsonType
		_, _ = io.WriteString(w, "{}")
	})
	b.Run("bare", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := &http.Server{Handler: app}
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(l) }()
		defer func() { _ = server.Close(); <-done }()
		served(b, l.Addr().String())
	})
	b.Run("hardened", func(b *testing.B) {
		served(b, raiseApp(b, closed(), app).addr)
	})
}

func served(b *testing.B, addr string) {
	b.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	raw, room := []byte(typicalHead+"{}"), make([]byte, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.Write(raw); err != nil {
			b.Fatal(err)
		}
		n := 0
		for !bytes.HasSuffix(room[:n], []byte("{}")) {
			more, err := conn.Read(room[n:])
			if n += more; err != nil {
				b.Fatal(err)
			}
		}
		if !bytes.HasPrefix(room[:n], []byte("HTTP/1.1 200")) {
			b.Fatalf("%s", room[:n])
		}
	}
}
