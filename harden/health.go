package harden

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	healthPath = "/healthz"
	readyPath  = "/readyz"

	defaultCheckTimeout = time.Second
	// readingLasts is how long one look at the checks serves all who ask: a flood of probes is one probe, and a fault is seen
	// as soon as anybody could act on it.
	readingLasts = 250 * time.Millisecond
)

// health answers whether the process lives and whether it can serve.
type health struct {
	checks  []*readyCheck
	timeout time.Duration
	public  bool
	now     func() time.Time

	mu   sync.Mutex // held while the checks run: who comes meanwhile shares the result
	last reading
}

// readyCheck is one thing that must hold.
type readyCheck struct {
	name string
	ask  func(context.Context) error
	busy atomic.Bool // an earlier run has not come back
}

// reading is what the checks said at one time.
type reading struct {
	taken  time.Time
	ready  bool
	states map[string]string // by name: "ok", "failed" or "timeout"; never why
}

func newHealth(h Health) *health {
	c := &health{timeout: h.Timeout, public: h.Public, now: time.Now}
	if c.timeout <= 0 {
		c.timeout = defaultCheckTimeout
	}
	for _, name := range slices.Sorted(maps.Keys(h.Ready)) {
		c.checks = append(c.checks, &readyCheck{name: name, ask: h.Ready[name]})
	}
	return c
}

// wrap answers the two paths before next if they are public. It stands outside of every limit: who asks whether we live must
// not be told that he asks too often.
func (h *health) wrap(next http.Handler) http.Handler {
	if !h.public {
		return next
	}
	own := h.handler(false)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == healthPath || r.URL.Path == readyPath {
			own.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// handler answers the two paths, and no other. Told says whether the checks are named: operators must know which one fails, and what
// the service is made of is nobody else's business.
func (h *health) handler(told bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case healthPath, readyPath:
		default:
			Problem{Status: http.StatusNotFound, Detail: "no such resource", Cure: "health"}.Write(w, r)
			return
		}
		Of(r).Route = r.URL.Path
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			Problem{Status: http.StatusMethodNotAllowed, Detail: "this resource can only be read", Cure: "health"}.Write(w, r)
			return
		}
		if r.URL.Path == healthPath {
			h.answer(w, r, reading{ready: true})
			return
		}
		seen := h.read()
		if !told {
			seen.states = nil
		}
		h.answer(w, r, seen)
	})
}

// standing is the body when all is well.
type standing struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

// lacking is the body when it is not: a problem with the states of the checks as an extension (RFC 9457, section 3.2).
type lacking struct {
	document
	Checks map[string]string `json:"checks,omitempty"`
}

func (h *health) answer(w http.ResponseWriter, r *http.Request, seen reading) {
	status, media := http.StatusOK, "application/json"
	var body any = standing{Status: "ok", Checks: seen.states}
	if !seen.ready {
		status, media = http.StatusServiceUnavailable, ProblemType
		body = lacking{document{Type: "about:blank", Title: http.StatusText(status), Status: status,
			Detail: "requests cannot be served at the moment", RequestID: Of(r).ID}, seen.states}
		w.Header().Set("Retry-After", "1")
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings and an int cannot fail to marshal
	}
	text = append(text, '\n')
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}

// read gives what the checks say now, or said a moment ago.
func (h *health) read() reading {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.now(); h.last.taken.IsZero() || now.Sub(h.last.taken) >= readingLasts {
		h.last = h.look()
		h.last.taken = h.now()
	}
	return h.last
}

// look runs all checks at once, each within the timeout. Nobody's leaving ends a look that others wait for.
func (h *health) look() reading {
	ctx, cancel := context.WithTimeout(context.Background(), h.timeout)
	defer cancel()
	answers := make([]chan string, len(h.checks))
	for i, c := range h.checks {
		answers[i] = c.run(ctx)
	}
	seen := reading{ready: true, states: map[string]string{}}
	for i, c := range h.checks {
		state := "timeout"
		select {
		case state = <-answers[i]:
		case <-ctx.Done():
			select { // it may have come back in the same moment
			case state = <-answers[i]:
			default:
			}
		}
		seen.states[c.name] = state
		seen.ready = seen.ready && state == "ok"
	}
	return seen
}

// run asks. A check that never comes back is asked once and not again: it must not fill the memory with its likes.
func (c *readyCheck) run(ctx context.Context) chan string {
	answer := make(chan string, 1)
	if !c.busy.CompareAndSwap(false, true) {
		answer <- "timeout"
		return answer
	}
	go func() {
		state := "failed"
		defer func() {
			_ = recover() // a check that panics has failed; it must not end the process
			c.busy.Store(false)
			answer <- state
		}()
		switch err := c.ask(ctx); {
		case err == nil:
			state = "ok"
		case ctx.Err() != nil:
			state = "timeout"
		}
	}()
	return answer
}
