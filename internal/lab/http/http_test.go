package http

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
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
