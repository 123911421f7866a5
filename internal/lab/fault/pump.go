package fault

import (
	"net"
	"time"
)

// chunk is how much is carried at a time, in bytes.
const chunk = 32 << 10

// pair is one connection of the patient and its other half at the database.
type pair struct{ patient, database net.Conn }

// reset ends both halves with RST: no half of a message is left in a buffer.
func (c *pair) reset() {
	for _, half := range []net.Conn{c.patient, c.database} {
		if half == nil {
			continue
		}
		if tcp, ok := half.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = half.Close()
	}
}

func (p *Proxy) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // it was closed
		}
		p.all.Go(func() { p.carry(conn) })
	}
}

// carry brings one connection to the database and stays until it ends.
func (p *Proxy) carry(conn net.Conn) {
	c := &pair{patient: conn}
	upstream, err := net.DialTimeout("tcp", p.upstream, dialTimeout)
	p.mu.Lock()
	p.counts.Accepted++
	if err != nil || p.closed || p.mode == Refuse {
		p.counts.Failed++
		p.mu.Unlock()
		if err == nil {
			c.database = upstream
		}
		c.reset()
		return
	}
	c.database = upstream
	p.open[c] = true
	p.mu.Unlock()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.pump(c.patient, c.database, true)
	}()
	p.pump(c.database, c.patient, false)
	<-answered
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
	_, _ = c.patient.Close(), c.database.Close()
}

// pump carries one direction until its source ends, then ends the other side's
// reading. delayed is the way of the answers.
func (p *Proxy) pump(to, from net.Conn, delayed bool) {
	buffer := make([]byte, chunk)
	for {
		n, err := from.Read(buffer)
		p.wait(delayed)
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				_ = from.Close()
				return
			}
		}
		if err != nil {
			if tcp, ok := to.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			return
		}
	}
}

// wait holds back what was read for as long as the mode says. A mode that changes
// meanwhile is obeyed at once.
func (p *Proxy) wait(delayed bool) {
	began := time.Now()
	for {
		p.mu.Lock()
		mode, delay, changed := p.mode, p.delay, p.changed
		p.mu.Unlock()
		switch {
		case mode == BlackHole:
			<-changed
		case mode == Slow && delayed && time.Since(began) < delay:
			select {
			case <-changed:
			case <-time.After(delay - time.Since(began)):
			}
		default:
			return
		}
	}
}
