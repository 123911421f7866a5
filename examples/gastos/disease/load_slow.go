//go:build disease

package disease

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// slow is well over the demo's budget of 250 ms.
const slow = 450 * time.Millisecond

func loadSlowEighth() Disease {
	return Disease{
		ID: "load-slow-eighth", Check: "performance.normal", Consequences: []string{"performance.peak", "performance.recovery"},
		Summary: "every eighth request takes 450 ms",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%8 == 0 {
					time.Sleep(slow)
					took("a request was made to wait for 450 ms")
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadSlowEndpoint() Disease {
	return Disease{
		ID: "load-slow-endpoint", Check: "performance.normal", Consequences: []string{"performance.peak", "performance.recovery"},
		Summary: "one endpoint is slow one time in six; of all requests together only three in a hundred are",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/me" && n.Add(1)%6 == 0 {
					time.Sleep(slow)
					took("GET /api/me was made to wait for 450 ms")
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

// Nobody asks for the companies in the demo's mix: the audit of this disease adds them,
// one request in fifty.
func loadSlowRare() Disease {
	return Disease{
		ID: "load-slow-rare", Check: "performance.normal", Consequences: []string{"performance.peak", "performance.recovery"},
		Summary: "an endpoint that is two of a hundred requests takes 450 ms each time",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/empresas" {
					time.Sleep(slow)
					took("GET /api/empresas was made to wait for 450 ms")
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

// loadCold is a cache that nothing has filled: a warm-up hides it, and the next user
// who comes does not.
func loadCold() Disease {
	var warm sync.Map
	return Disease{
		ID: "load-cold", Check: "performance.normal", Consequences: []string{"performance.peak"},
		Summary: "what a user reads for the first time takes 450 ms, and is fast ever after",
		infect: overreached(func(user int64, _ func(int64), w http.ResponseWriter, r *http.Request, next http.Handler, took func(string)) {
			if user > 0 && r.Method == http.MethodGet {
				if _, known := warm.LoadOrStore(fmt.Sprint(user, r.URL.RequestURI()), true); !known {
					time.Sleep(slow)
					took("a first read was made to wait for 450 ms")
				}
			}
			next.ServeHTTP(w, r)
		}),
	}
}

func loadGrows() Disease {
	return Disease{
		ID: "load-grows", Check: "performance.normal",
		Consequences: []string{"performance.peak", "performance.recovery", "performance.connections", "performance.answers"},
		Summary:      "every request takes four milliseconds longer than the one before",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				late := min(time.Duration(n.Add(1))*4*time.Millisecond, time.Second)
				time.Sleep(late)
				if late > slow/2 {
					took("requests have come to wait for 225 ms and more")
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadPause() Disease {
	return Disease{
		ID: "load-pause", Check: "performance.normal", Consequences: []string{"performance.peak", "performance.recovery"},
		Summary: "the service stands still for 450 ms of every second",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			began := time.Now()
			return func(w http.ResponseWriter, r *http.Request) {
				if phase := time.Since(began) % time.Second; phase < slow {
					time.Sleep(slow - phase)
					took("a request came into the pause")
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadLock() Disease {
	const held = 13 * time.Millisecond
	return Disease{
		ID: "load-lock", Check: "performance.peak", Consequences: []string{"performance.recovery"},
		Summary: "one lock is held for 13 ms by every request: ten users pass, thirty queue",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var all sync.Mutex
			var waiting atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if waiting.Add(1) > 3 {
					took("four requests wait for the lock")
				}
				all.Lock()
				waiting.Add(-1)
				time.Sleep(held)
				all.Unlock()
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadExhausted() Disease {
	const after = 225 * time.Millisecond // within the budget
	return Disease{
		ID: "load-exhausted", Check: "performance.recovery", Consequences: []string{"performance.peak"},
		Summary: "after its first crowd the service stays 225 ms slower, within the budget",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var ill atomic.Bool
			return func(w http.ResponseWriter, r *http.Request) {
				if crowds.now() {
					ill.Store(true)
					took("a crowd came")
				}
				if ill.Load() {
					time.Sleep(after)
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}
