//go:build disease

package disease

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gastos/internal/config"
	"gastos/internal/service"
)

// A connection that has served so many requests is closed after so long without one,
// which is about the longest pause of the demo's users, and for so long the close is
// under way: what comes meanwhile is lost. Across a network it is that long by itself.
const (
	racingAfter = 5
	racingIdle  = 68 * time.Millisecond
	racingClose = 7 * time.Millisecond
)

func loadKeepAliveRace() Disease {
	return Disease{
		ID: "load-keep-alive-race", Check: "performance.normal",
		Consequences: []string{"performance.peak", "performance.answers", "performance.recovery", "parity.keep_alive", "parity.timeouts"},
		Summary:      "an idle connection is closed when its user's next request is on its way",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			var all sync.Map // by the client's address
			return service.Seams{
				Listener: func(l net.Listener) net.Listener { return racing{l, &all, took} },
				Server: func(s *http.Server) {
					s.ConnState = func(c net.Conn, state http.ConnState) {
						if r, known := all.Load(c.RemoteAddr().String()); known {
							r.(*racer).turned(state)
						}
					}
				},
			}
		},
	}
}

type racing struct {
	net.Listener
	all  *sync.Map
	took func(string)
}

func (l racing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	r := &racer{Conn: conn, took: l.took}
	l.all.Store(conn.RemoteAddr().String(), r)
	return r, nil
}

// racer is a connection that is retired while it is idle.
type racer struct {
	net.Conn
	took    func(string)
	served  int
	idle    *time.Timer
	retired atomic.Bool
}

// turned follows what the server does with the connection, one state after the other.
func (r *racer) turned(state http.ConnState) {
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	if state != http.StateIdle {
		return
	}
	if r.served++; r.served >= racingAfter {
		r.idle = time.AfterFunc(racingIdle, func() {
			r.retired.Store(true)
			time.Sleep(racingClose)
			_ = r.Close()
		})
	}
}

// Read hears nothing any more once the connection is retired.
func (r *racer) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if n > 0 && r.retired.Load() {
		r.took("a request came to a connection that was being closed")
		return 0, io.EOF
	}
	return n, err
}
