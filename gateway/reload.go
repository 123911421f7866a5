package gateway

import (
	"errors"
	"fmt"
	"time"
)

// Reload serves c from now on, with the certificates that c was loaded with. No connection is cut and no request is lost. What is bound to
// the sockets cannot change; then, and on any other error, the old configuration stays.
//
// The counts of requests and the limits of connections begin anew; quotas that did not change go on.
func (s *Server) Reload(c Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current.Load()
	var errs []error
	for _, fixed := range []struct{ key, before, now string }{
		{"listen", old.config.Listen, c.Listen}, {"admin", old.config.Admin, c.Admin},
	} {
		if fixed.before != fixed.now {
			errs = append(errs, fmt.Errorf("%s: the socket is open at %s: restart to change it", fixed.key, fixed.before))
		}
	}
	if (old.config.pair == nil) != (c.pair == nil) {
		errs = append(errs, errors.New("tls: it cannot be switched on or off while running: restart"))
	}
	if s.stopping.Load() {
		errs = append(errs, errors.New("gateway: it is stopping: nothing is loaded any more"))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	g, err := s.generation(c, old)
	if err != nil {
		return err
	}
	g.start(s.public.Addr())
	s.current.Store(g)
	s.retire(old, g)
	return nil
}

// retire lets go of a generation: its listener when no handshake is under way in it any more, itself when its last connection has ended.
func (s *Server) retire(old, now *generation) {
	if old.upstream != now.upstream {
		old.upstream.close()
	}
	time.AfterFunc(old.handshakes(), func() { _ = old.feed.Close() })
	kept := []*generation{now} // a connection may still be on its way to one whose feed has not ended
	for _, g := range s.all {
		if g == old || !g.feed.ended() || g.open.Load() > 0 {
			kept = append(kept, g)
		}
	}
	s.all = kept
}
