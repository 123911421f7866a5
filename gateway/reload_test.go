package gateway

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// load is clients that ask one request after the other, on kept and on new connections, until they are told to end. Anything but a whole
// answer of the service is a failure.
type load struct {
	r        *rig
	end      chan struct{}
	clients  sync.WaitGroup
	answers  atomic.Int64
	mu       sync.Mutex
	failures []string
}

func (r *rig) load(kept, fresh int) *load {
	l := &load{r: r, end: make(chan struct{})}
	for i := range kept + fresh {
		l.clients.Go(func() { l.client(i < kept) })
	}
	for deadline := time.Now().Add(20 * time.Second); l.answers.Load() < int64(2*(kept+fresh)); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("the load does not begin")
		}
	}
	return l
}

// client asks until the end; while stopping, until the door is closed.
func (l *load) client(keep bool) {
	var conn net.Conn
	var from *bufio.Reader
	for i := 0; ; i++ {
		select {
		case <-l.end:
			return
		default:
		}
		if conn == nil {
			var err error
			if conn, err = l.dial(); errors.Is(err, syscall.ECONNREFUSED) {
				return
			} else if err != nil {
				l.failed("dial", err)
				return
			}
			from = bufio.NewReader(conn)
		}
		closed, err := ask(conn, from, i)
		if err != nil {
			l.failed(fmt.Sprintf("kept %t, request %d", keep, i), err)
			return
		}
		l.answers.Add(1)
		if closed || !keep {
			_ = conn.Close()
			conn = nil
		}
	}
}

func (l *load) dial() (net.Conn, error) {
	c, err := net.Dial("tcp", l.r.server.Addr().String())
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(60 * time.Second))
	if l.r.secure {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}), nil
	}
	return c, nil
}

// ask sends one request, with a body now and then, and reads its answer.
func ask(c net.Conn, from *bufio.Reader, i int) (closed bool, err error) {
	raw := get("/api/x")
	if i%3 == 0 {
		raw = asks("POST", "/api/x", "Content-Length: 2\r\n", "{}")
	}
	if _, err := io.WriteString(c, raw); err != nil {
		return false, err
	}
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %.100s", res.StatusCode, body)
	}
	return res.Close, err
}

func (l *load) failed(where string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, where+": "+err.Error())
}

// done ends the load and says what failed.
func (l *load) done() {
	l.r.t.Helper()
	l.clients.Wait()
	if len(l.failures) > 0 {
		l.r.t.Errorf("%d failed of %d, as: %s", len(l.failures), l.answers.Load(), strings.Join(l.failures[:min(5, len(l.failures))], "\n"))
	}
	l.r.t.Logf("%d answers", l.answers.Load())
}

func TestReloadsUnderLoad(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, secure, echo, "")
		c := r.server.current.Load().config
		l := r.load(8, 4)
		for i := range 100 {
			c.Harden.Requests.MostHeaders = 50 + i
			if err := r.server.Reload(c); err != nil {
				t.Fatal(err)
			}
			for seen := l.answers.Load(); l.answers.Load() < seen+3 && l.clean(); {
				time.Sleep(100 * time.Microsecond)
			}
		}
		close(l.end)
		l.done()
	})
}

func (l *load) clean() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.failures) == 0
}

// TestStopUnderLoad: the order to stop comes while all clients are busy. They go on until no connection is taken; not one request of theirs fails.
func TestStopUnderLoad(t *testing.T) {
	both(t, func(t *testing.T, secure bool) {
		r := raise(t, secure, echo, "")
		c := r.server.current.Load().config
		c.Drain = 3 * time.Second
		if err := r.server.Reload(c); err != nil {
			t.Fatal(err)
		}
		l := r.load(12, 0)
		go func() {
			for !r.server.stopping.Load() {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Second)
			close(l.end) // the balancer has read /readyz
		}()
		if err := r.server.Stop(); err != nil {
			t.Error(err)
		}
		l.done()
		if err := <-r.ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
}

// TestRequestUnderWay: a request that the service is working on when the order to stop comes is answered.
func TestRequestUnderWay(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	r := raise(t, false, func(w http.ResponseWriter, q *http.Request) { close(begun); <-finish; echo(w, q) }, "")
	c := r.dial()
	_, _ = io.WriteString(c, get("/api/x"))
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- r.server.Stop() }()
	for {
		if extra, err := net.Dial("tcp", r.server.Addr().String()); err != nil {
			break // the door is closed
		} else {
			_ = extra.Close()
			time.Sleep(time.Millisecond)
		}
	}
	close(finish)
	heard(t, r.read(bufio.NewReader(c)))
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestWhatAReloadChanges(t *testing.T) {
	r := raise(t, true, echo, "rate: {classes: [{name: api, prefixes: [/api/], client: {requests: 2, window: 1h}}]}\n")
	certificate := func() string {
		c, err := tls.Dial("tcp", r.server.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	kept := r.dial()
	from := bufio.NewReader(kept)
	_, _ = io.WriteString(kept, get("/api/x"))
	heard(t, r.read(from))
	old := certificate()

	certify(t, r.folder)
	url := r.server.current.Load().config.Upstream.URL
	c := r.configured(url, "requests: {methods: [GET]}\nrate: {classes: [{name: api, prefixes: [/api/], client: {requests: 2, window: 1h}}]}\n")
	if err := r.server.Reload(c); err != nil {
		t.Fatal(err)
	}
	if certificate() == old {
		t.Error("the certificate is the old one")
	}
	_, _ = io.WriteString(kept, asks("POST", "/api/x", "Content-Length: 0\r\n", ""))
	r.read(from).problem(t, http.StatusMethodNotAllowed) // on a connection of before
	heard(t, r.say(get("/api/x")))
	r.say(get("/api/x")).problem(t, http.StatusTooManyRequests) // the quota of before is spent

	c.Listen = "127.0.0.1:1"
	if err := r.server.Reload(c); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("the address changed: %v", err)
	}
	r.say(get("/api/x")).problem(t, http.StatusTooManyRequests)
}
