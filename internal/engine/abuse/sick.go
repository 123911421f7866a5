package abuse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Sick is a small server on bare connections, for negative controls: every attack
// must be seen to get through to one that is sick with it. Its zero value is
// healthy and refuses what a hardened edge refuses.
type Sick struct {
	BothEnds bool // takes the chunks where both ends are told, and goes on
	Codings  bool // takes for chunked whatever holds the word
	Lengths  bool // reads the first digits of the first length
	Chunks   bool // reads the first digits of a chunk's size, and does not look at its end
	Fields   bool // takes every line of a head for a field, ended by a bare CR too, and cuts at NUL
	Tunnels  bool // grants CONNECT and goes there
	Switches bool // grants every Upgrade
	Leads    bool // goes where an absolute target leads
	Endless  bool // bounds no head
	// Hands is how many connections are served at a time; each keeps a hand until it
	// ends. 0 is no bound.
	Hands int

	// Patience is how long a request may take to come; 0 is for ever.
	Patience time.Duration

	hands chan struct{}
	once  sync.Once
}

// mostHead is how many bytes of a head the healthy server takes, mostFields how many
// lines.
const (
	mostHead   = 16 << 10
	mostFields = 100
)

// Serve answers the connections of a listener with a handler, until the listener is
// closed. Each handler's answer is sent with its length.
func (s *Sick) Serve(l net.Listener, h http.Handler) {
	s.once.Do(func() { s.hands = make(chan struct{}, max(1, s.Hands)) })
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if s.Hands > 0 {
				s.hands <- struct{}{}
				defer func() { <-s.hands }()
			}
			s.converse(conn, h)
		}()
	}
}

// converse answers requests until one is refused or asks for the end.
func (s *Sick) converse(conn net.Conn, h http.Handler) {
	in := bufio.NewReaderSize(conn, 64<<10)
	for {
		if s.Patience > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(s.Patience)) // a connection that is gone fails at the next read
		}
		head, err := s.head(in)
		if err != nil {
			refuse(conn, err)
			return
		}
		if took := s.aside(conn, head); took {
			return
		}
		body, both, err := s.body(in, head)
		if err != nil {
			refuse(conn, err)
			return
		}
		r, err := head.request(body, conn.RemoteAddr())
		if err != nil {
			refuse(conn, err)
			return
		}
		if goesOn := answer(conn, h, r); !goesOn || both && !s.BothEnds {
			return
		}
	}
}

// refusal is why a request is not answered by the handler.
type refusal int

// Error gives the status line.
func (r refusal) Error() string { return fmt.Sprintf("%d %s", int(r), http.StatusText(int(r))) }

// refuse says why and lets the connection end. A client that is gone is told nothing.
func refuse(conn net.Conn, err error) {
	var status refusal
	var late net.Error
	switch {
	case errors.As(err, &status):
	case errors.As(err, &late) && late.Timeout():
		status = http.StatusRequestTimeout
	default:
		return
	}
	fmt.Fprintf(conn, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status.Error())
	// What is still coming must not tear the answer down.
	if half, ok := conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, 8<<20))
	}
}

// aside deals with what is no request for the handler.
func (s *Sick) aside(conn net.Conn, h *head) (took bool) {
	switch {
	case h.method == http.MethodConnect && s.Tunnels:
		lead(h.target)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		return true
	case h.method == http.MethodConnect || h.method == http.MethodTrace:
		refuse(conn, refusal(http.StatusMethodNotAllowed))
		return true
	case h.get("Upgrade") != "" && s.Switches:
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+h.get("Upgrade")+"\r\n\r\n")
		return true
	}
	if u, err := url.Parse(h.target); err == nil && u.Host != "" && h.target[0] != '/' {
		if s.Leads {
			lead(u.Host)
		}
		refuse(conn, refusal(http.StatusMisdirectedRequest))
		return true
	}
	return false
}

// lead goes where a client wants it to.
func lead(address string) {
	if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		_ = conn.Close()
	}
}

// answer lets the handler answer and tells whether the connection goes on.
func answer(conn net.Conn, h http.Handler, r *http.Request) bool {
	w := &reply{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(w, r)
	if h := w.header; h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	w.header.Set("Content-Length", fmt.Sprint(w.body.Len()))
	goesOn := r.ProtoAtLeast(1, 1) && !r.Close
	if !goesOn {
		w.header.Set("Connection", "close")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	_ = w.header.Write(&out) // a bytes.Buffer takes everything
	out.WriteString("\r\n")
	if r.Method != http.MethodHead && w.status != http.StatusNoContent && w.status != http.StatusNotModified {
		out.Write(w.body.Bytes())
	}
	_, err := conn.Write(out.Bytes())
	return err == nil && goesOn
}

// reply keeps what a handler answers.
type reply struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
}

func (r *reply) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
