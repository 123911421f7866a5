//go:build disease

package disease

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"gastos/internal/config"
	"gastos/internal/service"
)

// headWithin is how long a client's first head is waited for; later ones are the
// server's own concern, with its own timeouts.
const headWithin = 300 * time.Millisecond

// careless reads the body of a request that concerns it, in its own way, and gives
// it whole. concerned is false for all others: they go to the server as they are.
type careless func(head string, in *bufio.Reader) (body []byte, concerned bool)

// fronted puts a careless reader before the server, as an old proxy would be: the
// first request of a connection that concerns it is handed on in proper form, and
// what follows in the connection is another request, whoever wrote it.
func fronted(read careless) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Listener: func(l net.Listener) net.Listener {
			return (&front{Listener: l, read: read, took: took}).open()
		}}
	}
}

// answering puts something before the server that answers the first request of some connections itself, and ends them. answer
// tells how the defect took effect, "" when it left the request to the server.
func answering(answer func(client net.Conn, head string) (how string)) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Listener: func(l net.Listener) net.Listener {
			pass := func(string, *bufio.Reader) ([]byte, bool) { return nil, false }
			return (&front{Listener: l, read: pass, answer: answer, took: took}).open()
		}}
	}
}

// front is the listener that the server accepts from.
type front struct {
	net.Listener
	read   careless
	answer func(client net.Conn, head string) (how string) // nil answers nothing
	took   func(string)
	inner  chan net.Conn
	over   chan struct{}
}

func (f *front) open() net.Listener {
	f.inner, f.over = make(chan net.Conn), make(chan struct{})
	go f.accept()
	return f
}

// Accept gives the server its next connection.
func (f *front) Accept() (net.Conn, error) {
	select {
	case conn := <-f.inner:
		return conn, nil
	case <-f.over:
		return nil, net.ErrClosed
	}
}

func (f *front) accept() {
	defer close(f.over)
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return
		}
		if _, secured := conn.(*tls.Conn); secured {
			go f.hand(conn) // the server must see that it is one
			continue
		}
		go f.lead(conn)
	}
}

// hand gives the server a connection as it is.
func (f *front) hand(conn net.Conn) {
	select {
	case f.inner <- conn:
	case <-f.over:
		_ = conn.Close()
	}
}

// lead brings one client to the server.
func (f *front) lead(client net.Conn) {
	defer client.Close()
	in := bufio.NewReaderSize(client, 256<<10)
	head := firstHead(client, in)
	if f.answer != nil && head != "" {
		if how := f.answer(client, head); how != "" {
			f.took(how)
			return
		}
	}
	body, concerned := f.read(head, in)
	if concerned {
		answer := f.ask(client, head, body)
		if _, err := client.Write(answer); err != nil {
			return
		}
		if in.Buffered() > 0 {
			f.took("what was written within a request is taken for another")
		}
	} else if head != "" {
		in = bufio.NewReader(io.MultiReader(strings.NewReader(head), in))
	}
	f.splice(client, in)
}

// firstHead takes a whole head off the client, "" when none comes in time.
func firstHead(client net.Conn, in *bufio.Reader) string {
	_ = client.SetReadDeadline(time.Now().Add(headWithin))
	defer client.SetReadDeadline(time.Time{})
	for n := 1; ; {
		seen, err := in.Peek(n)
		if end := bytes.Index(seen, []byte("\r\n\r\n")); end >= 0 {
			head := string(seen[:end+4])
			_, _ = in.Discard(len(head)) // they were just seen
			return head
		}
		if err != nil {
			return ""
		}
		n = max(n+1, in.Buffered())
	}
}

// pipe opens a connection to the server that comes from the client's address.
func (f *front) pipe(client net.Conn) net.Conn {
	ours, theirs := net.Pipe()
	f.hand(from{theirs, client.RemoteAddr(), client.LocalAddr()})
	return ours
}

// from is a connection that says where it comes from.
type from struct {
	net.Conn
	remote, local net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.remote }
func (f from) LocalAddr() net.Addr  { return f.local }

// ask hands one request on, its body told by its length, and takes the whole answer.
func (f *front) ask(client net.Conn, head string, body []byte) []byte {
	server := f.pipe(client)
	defer server.Close()
	first, fields, _ := strings.Cut(head, "\r\n")
	out := first + "\r\n"
	for line := range strings.SplitSeq(strings.TrimSuffix(fields, "\r\n\r\n"), "\r\n") {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), ":")
		switch strings.TrimSpace(name) {
		case "content-length", "transfer-encoding", "connection", "chunked", "":
		default:
			out += line + "\r\n"
		}
	}
	out += fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n", len(body))
	go func() { _, _ = server.Write(append([]byte(out), body...)) }() // the answer tells whether it came
	answer, _ := io.ReadAll(server)
	return bytes.Replace(answer, []byte("Connection: close\r\n"), nil, 1)
}

// splice lets client and server talk.
func (f *front) splice(client net.Conn, in io.Reader) {
	server := f.pipe(client)
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, in)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

// field gives the values of a field of a head.
func field(head, name string) []string {
	var values []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// chunksOf reads chunks; size reads how long one is.
func chunksOf(in *bufio.Reader, size func(string) int) []byte {
	var body []byte
	for {
		line, err := in.ReadString('\n')
		n := size(strings.TrimSpace(line))
		if err != nil || n <= 0 {
			_, _ = in.ReadString('\n') // the empty line at the end
			return body
		}
		piece := make([]byte, min(n, 1<<20))
		if _, err := io.ReadFull(in, piece); err != nil {
			return body
		}
		body = append(body, piece...)
		if end, err := in.Peek(2); err == nil && string(end) == "\r\n" {
			_, _ = in.Discard(2)
		}
	}
}

// hexadecimal reads a size as it should be.
func hexadecimal(text string) int {
	n, err := strconv.ParseInt(text, 16, 32)
	if err != nil {
		return 0
	}
	return int(n)
}
