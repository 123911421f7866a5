// Package fault is the instrument that stands between the patient and its
// database and makes the database ill: refused, black-holed, slow, cut off, and
// well again.
//
// It is a TCP proxy on loopback that knows no protocol. It harms nobody but the
// copy of the patient that was started through it: the database itself is not
// touched. A black hole differs from a real one in one way: the kernel accepts the
// connection before nothing is heard of it again, so that what times out is the
// first answer and not the handshake of TCP.
package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"listo/internal/lab"
)

// Mode is what becomes of what is sent.
type Mode string

// What the proxy can do to the database.
const (
	// Pass lets everything through.
	Pass Mode = "pass"
	// Refuse closes the port, as when PostgreSQL is stopped: connections that stand
	// are reset, new ones refused.
	Refuse Mode = "refuse"
	// BlackHole swallows what is sent, either way, without a word, as when a network
	// is parted: nothing is reset. What was swallowed comes through afterwards.
	BlackHole Mode = "black_hole"
	// Slow delays every answer of the database.
	Slow Mode = "slow"
	// Cut resets the connections that stand and lets new ones through, as when
	// PostgreSQL is restarted.
	Cut Mode = "cut"
)

// dialTimeout bounds the connection to the real database.
const dialTimeout = 5 * time.Second

// Proxy is a database as the patient meets it. It is safe for concurrent use.
type Proxy struct {
	record   *lab.Recorder
	upstream string // host:port of the real database
	port     string // where the patient finds us: host:port
	release  func() // gives the port back
	all      sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while refusing
	mode     Mode
	delay    time.Duration
	changed  chan struct{} // closed when the mode changes
	open     map[*pair]bool
	closed   bool
	counts   Counts
}

// Counts is what went through, since the proxy stands.
type Counts struct {
	Accepted int `json:"accepted"` // connections taken from the patient
	Reset    int `json:"reset"`    // of these, reset by a fault
	Failed   int `json:"failed"`   // of these, not brought to the database
}

// Open puts a proxy before the database of a URL.
func Open(r *lab.Recorder, databaseURL string) (*Proxy, error) {
	u, err := parse(databaseURL)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	p := &Proxy{record: r, upstream: net.JoinHostPort(u.Hostname(), port), mode: Pass,
		changed: make(chan struct{}), open: map[*pair]bool{}}
	if p.port, p.release, err = keepPort(); err != nil {
		return nil, fmt.Errorf("fault: the proxy's port: %w", err)
	}
	l, err := net.Listen("tcp", p.port)
	if err != nil {
		p.release()
		return nil, fmt.Errorf("fault: the proxy: %w", err)
	}
	p.listener, p.port = l, l.Addr().String()
	p.all.Go(func() { p.accept(l) })
	return p, nil
}

func parse(databaseURL string) (*url.URL, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("fault: the database's URL names no host: write it as postgres://user:password@host:port/name")
	}
	return u, nil
}

// URL gives a database URL that leads through the proxy.
func (p *Proxy) URL(databaseURL string) (string, error) {
	u, err := parse(databaseURL)
	if err != nil {
		return "", err
	}
	u.Host = p.port
	return u.String(), nil
}

// Set changes what the proxy does and writes that down. delay is how late every
// answer comes in the mode Slow.
func (p *Proxy) Set(m Mode, delay time.Duration) error {
	touch := p.record.Touch("fault", note(m, p.port, delay))
	err := p.set(m, delay)
	p.mu.Lock()
	counts := p.counts
	p.mu.Unlock()
	if raw, failed := json.Marshal(counts); failed == nil {
		touch.Capture("connections", "application/json", raw, false)
	}
	touch.End(0, err)
	return err
}

// note is the step's line: a comment, since a fault has no command of its own; it
// says what does the same by hand.
func note(m Mode, port string, delay time.Duration) string {
	by := map[Mode]string{
		Pass:      "the database is well again",
		Refuse:    "the database refuses connections; by hand: pg_ctl stop -m immediate",
		BlackHole: "the database is a black hole; by hand: kill -STOP all of its processes",
		Slow:      fmt.Sprintf("every answer of the database comes %v late; by hand: tc qdisc add dev lo root netem delay %v", delay, delay),
		Cut:       "every connection to the database is reset; by hand: select pg_terminate_backend(pid) from pg_stat_activity",
	}[m]
	return fmt.Sprintf("# fault proxy %s: %s", port, by)
}

func (p *Proxy) set(m Mode, delay time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("fault: the proxy is closed")
	}
	p.mode, p.delay = m, delay
	close(p.changed)
	p.changed = make(chan struct{})
	if m == Refuse && p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	if m == Refuse || m == Cut {
		p.resetAll()
	}
	if m == Cut {
		p.mode = Pass
	}
	if m != Refuse && p.listener == nil {
		l, err := net.Listen("tcp", p.port)
		if err != nil {
			return fmt.Errorf("fault: opening the port again: %w", err)
		}
		p.listener = l
		p.all.Go(func() { p.accept(l) })
	}
	return nil
}

// resetAll ends all connections with RST; mu is held.
func (p *Proxy) resetAll() {
	for c := range p.open {
		c.reset()
		delete(p.open, c)
		p.counts.Reset++
	}
}

// Counts gives what went through so far.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Close ends the proxy and every connection through it. It may be called twice.
func (p *Proxy) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed, p.mode = true, Pass
	close(p.changed)
	p.changed = make(chan struct{})
	if p.listener != nil {
		_ = p.listener.Close()
	}
	p.resetAll()
	p.mu.Unlock()
	p.all.Wait()
	p.release()
}
