//go:build disease

package disease

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/service"
)

// served changes the server. It took effect when a connection comes: the server
// has read its limits by then.
func served(change func(*http.Server)) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Server: func(s *http.Server) {
			change(s)
			tellLimits(s, took)
		}}
	}
}

func tellLimits(s *http.Server, took func(string)) {
	s.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			took(fmt.Sprintf("a connection with limits %s, %s, %s", s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout))
		}
	}
}

// softened changes the hardening; it took effect when a connection comes, as above.
func softened(change func(*harden.Config)) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Harden: change, Server: func(s *http.Server) { tellLimits(s, took) }}
	}
}

// forEver is longer than anybody measures.
const forEver = time.Hour

func headerTimeoutAbsent() Disease {
	return Disease{
		ID: "header-timeout-absent", Check: "parity.timeouts", Consequences: []string{},
		Summary: "a client may take for ever to send a head or a body (slowloris)",
		infect:  softened(func(c *harden.Config) { c.Timeouts.Header, c.Bodies.Within = forEver, forEver }),
	}
}

func headerTimeoutLate() Disease {
	return Disease{
		ID: "header-timeout-late", Check: "parity.timeouts", Consequences: []string{},
		Summary: "a head may take five times as long as declared",
		infect:  softened(func(c *harden.Config) { c.Timeouts.Header *= 5 }),
	}
}

func bodyTimeoutAbsent() Disease {
	return Disease{
		ID: "body-timeout-absent", Check: "parity.timeouts", Consequences: []string{},
		Summary: "the head of a request is bounded in time, its body is not",
		infect:  softened(func(c *harden.Config) { c.Bodies.Within = forEver }),
	}
}

func idleBeforeBalancer() Disease {
	return Disease{
		ID: "idle-before-balancer", Check: "parity.timeouts", Consequences: []string{},
		Summary: "idle connections are closed before the load balancer gives them up, as Node's five seconds are",
		infect:  softened(func(c *harden.Config) { c.Timeouts.Idle = 500 * time.Millisecond }),
	}
}

func keepAliveDisabled() Disease {
	return Disease{
		ID: "keep-alive-disabled", Check: "parity.keep_alive", Consequences: []string{"parity.timeouts"},
		Summary: "every answer closes its connection",
		infect:  served(func(s *http.Server) { s.SetKeepAlivesEnabled(false) }),
	}
}

func keepAliveShort() Disease {
	return Disease{
		ID: "keep-alive-short", Check: "parity.keep_alive", Consequences: []string{},
		Summary: "a connection is closed after five requests",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			var mu sync.Mutex
			asked := map[string]int{}
			return before(func(r *http.Request, w http.ResponseWriter, took func(string)) {
				mu.Lock()
				defer mu.Unlock()
				if asked[r.RemoteAddr]++; asked[r.RemoteAddr] == 5 {
					w.Header().Set("Connection", "close")
					took("the fifth request on a connection was the last")
				}
			})(config.Serve{}, took)
		},
	}
}

func bodyLimitLarger() Disease {
	return Disease{
		ID: "body-limit-larger", Check: "parity.body_limit", Consequences: []string{},
		Summary: "bodies of any size are read to their end",
		infect:  sizes(func(c config.Serve, n int) (bool, int) { return n > int(c.HTTP.BodyLimit), 0 }),
	}
}

func bodyLimitSmaller() Disease {
	return Disease{
		ID: "body-limit-smaller", Check: "parity.body_limit", Consequences: []string{},
		Summary: "half of the declared size is refused already",
		infect: sizes(func(c config.Serve, n int) (bool, int) {
			return n > int(c.HTTP.BodyLimit)/2, http.StatusRequestEntityTooLarge
		}),
	}
}

// sizes reads whole bodies. One that matters is answered with a status of its
// own; with status 0 the service gets a small body in its place.
func sizes(matters func(c config.Serve, n int) (bool, int)) infect {
	return func(c config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := readAll(r)
				concerned, status := matters(c, len(body))
				if concerned {
					took(fmt.Sprintf("a body of %d bytes met another limit than %d", len(body), c.HTTP.BodyLimit))
					body = "{}"
				}
				if concerned && status != 0 {
					w.WriteHeader(status)
					return
				}
				r = r.Clone(r.Context())
				r.Body, r.ContentLength = http.NoBody, int64(len(body))
				if body != "" {
					r.Body = reading(strings.NewReader(body))
				}
				next.ServeHTTP(w, r)
			})
		}}
	}
}
