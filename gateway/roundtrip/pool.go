package roundtrip

import (
	"sync"
	"time"
)

// pool holds connections that are not in use. The one used last is taken first: the others grow old and go, and a service that ends
// unused connections early is met on the youngest.
type pool struct {
	most    int
	lasting time.Duration
	now     func() time.Time

	mu    sync.Mutex
	idle  []*conn // the oldest first
	armed bool    // a sweep is due
}

// take gives a connection that was alive a moment ago; nil when there is none.
func (p *pool) take() *conn {
	for {
		c := p.last()
		if c == nil || p.now().Sub(c.since) < p.lasting && !c.stale() {
			return c
		}
		_ = c.Conn.Close()
	}
}

func (p *pool) last() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	c := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return c
}

// put keeps a connection, unless there are enough.
func (p *pool) put(c *conn) {
	c.since = p.now()
	p.mu.Lock()
	full := len(p.idle) >= p.most
	if !full {
		p.idle = append(p.idle, c)
		if !p.armed {
			p.armed = true
			time.AfterFunc(p.lasting, p.sweep)
		}
	}
	p.mu.Unlock()
	if full {
		_ = c.Conn.Close()
	}
}

// sweep closes what is too old.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, old := p.now(), 0
	for old < len(p.idle) && now.Sub(p.idle[old].since) >= p.lasting {
		_ = p.idle[old].Conn.Close()
		old++
	}
	p.idle = append(p.idle[:0], p.idle[old:]...)
	clear(p.idle[len(p.idle):cap(p.idle)])
	if p.armed = len(p.idle) > 0; p.armed {
		time.AfterFunc(max(p.lasting-now.Sub(p.idle[0].since), time.Millisecond), p.sweep)
	}
}

// clear closes all.
func (p *pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.Conn.Close()
	}
	clear(p.idle)
	p.idle = p.idle[:0]
}
