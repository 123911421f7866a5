package load

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// pair is a link over a real socket, and the server's end of it.
func pair(t *testing.T) (*link, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	k := &link{}
	k.open(client, client)
	if k.prompt == nil {
		t.Fatal("a socket has no prompt")
	}
	return k, server
}

// Whatever a request's size and the server's pace, it arrives whole and once.
func TestAPromptRequestArrivesWhole(t *testing.T) {
	k, server := pair(t)
	for _, size := range []int{1, 100, 1 << 16, 8 << 20} { // the last fits into no socket's buffer
		request := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)
		got := make(chan []byte)
		go func() {
			b := make([]byte, len(request))
			_, _ = io.ReadFull(server, b)
			_, _ = server.Write([]byte("!"))
			got <- b
		}()
		if err := k.send(request, 0); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !bytes.Equal(<-got, request) {
			t.Fatalf("%d bytes did not arrive as they were", size)
		}
		answer := make([]byte, 2)
		if n, err := k.conn.Read(answer); n != 1 || err != nil {
			t.Fatalf("the answer: %d bytes, %v", n, err)
		}
	}
}

// It waits for the server, no longer than the deadline, and what ended the
// connection is left to be read.
func TestAPromptRequestWaits(t *testing.T) {
	ends := map[string]struct {
		end  func(server net.Conn)
		want func(error) bool
	}{
		"closed": {func(c net.Conn) { c.Close() }, func(err error) bool { return err != nil && !errors.Is(err, os.ErrDeadlineExceeded) }},
		"half":   {func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() }, func(err error) bool { return err == io.EOF }},
		"silent": {func(net.Conn) {}, func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }},
	}
	for name, c := range ends {
		t.Run(name, func(t *testing.T) {
			k, server := pair(t)
			patience := 10 * time.Second
			if name == "silent" {
				patience = 20 * time.Millisecond
			}
			_ = k.conn.SetDeadline(time.Now().Add(patience))
			go func() {
				_, _ = io.ReadFull(server, make([]byte, 1))
				c.end(server)
			}()
			if err := k.send([]byte("?"), 0); err != nil {
				t.Fatal(err)
			}
			if _, err := k.conn.Read(make([]byte, 1)); !c.want(err) {
				t.Fatalf("the reader saw: %v", err)
			}
			if name == "silent" && k.send([]byte("?"), 0) == nil {
				t.Fatal("sent past the deadline")
			}
		})
	}
}

// Sending costs no memory.
func TestAPromptRequestAllocatesNothing(t *testing.T) {
	k, server := pair(t)
	go func() { _, _ = io.Copy(server, server) }()
	request, answer := []byte("?"), make([]byte, 1)
	if n := testing.AllocsPerRun(100, func() {
		if k.send(request, 0) != nil {
			t.Error("not sent")
		}
		_, _ = k.conn.Read(answer)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
