//go:build disease

package disease

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// everyMeasurement are the checks that count errors.
func everyMeasurement(but string) []string {
	var others []string
	for _, check := range []string{"performance.normal", "performance.peak", "performance.connections", "performance.answers", "performance.recovery"} {
		if check != but {
			others = append(others, check)
		}
	}
	return others
}

// cutEvery ends the connection of every nth request without an answer.
func cutEvery(nth int64) infect {
	return worked(func(next http.Handler, took func(string)) http.HandlerFunc {
		var n atomic.Int64
		return func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%nth == 0 {
				took("a connection was cut")
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		}
	})
}

func loadDrops() Disease {
	return Disease{
		ID: "load-drops", Check: "performance.peak", Consequences: everyMeasurement("performance.peak"),
		Summary: "every fortieth connection is cut without an answer",
		infect:  cutEvery(40),
	}
}

// One in a hundred is what the demo allows: a share that lies at the limit is never
// decided. This one is the smallest that a few thousand requests tell from it.
func loadDropsRarely() Disease {
	return Disease{
		ID: "load-drops-rarely", Check: "performance.peak", Consequences: everyMeasurement("performance.peak"),
		Summary: "every seventieth connection is cut without an answer",
		infect:  cutEvery(70),
	}
}

func loadFirstLost() Disease {
	return Disease{
		ID: "load-first-lost", Check: "performance.connections", Consequences: []string{},
		Summary: "every fifteenth connection is cut at its first request; connections that are kept hide it",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var known sync.Map
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if _, old := known.LoadOrStore(r.RemoteAddr, true); !old && n.Add(1)%15 == 0 {
					took("a fresh connection was cut")
					panic(http.ErrAbortHandler)
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadErrors() Disease {
	return Disease{
		ID: "load-errors", Check: "performance.normal", Consequences: everyMeasurement("performance.normal"),
		Summary: "every thirtieth request is answered 500 at once",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%30 == 0 {
					took("a request was answered 500")
					http.Error(w, `{"status":500}`, http.StatusInternalServerError)
					return
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadFastErrors() Disease {
	return Disease{
		ID: "load-fast-errors", Check: "performance.peak", Consequences: []string{"performance.connections", "performance.answers"},
		Summary: "under a crowd a third of the lists is a fast 500, and the percentiles get better",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if crowds.now() && r.URL.Path == "/api/gastos" && n.Add(1)%3 == 0 {
					took("a crowd was answered 500")
					http.Error(w, `{"status":500}`, http.StatusInternalServerError)
					return
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadSheds() Disease {
	return Disease{
		ID: "load-sheds", Check: "performance.peak", Consequences: []string{"performance.connections", "performance.answers"},
		Summary: "under a crowd four of a hundred requests are shed with 503 and Retry-After",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if crowds.now() && n.Add(1)%25 == 0 {
					took("a request was shed")
					w.Header().Set("Retry-After", "1")
					http.Error(w, `{"status":503}`, http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadTruncated() Disease {
	return Disease{
		ID: "load-truncated", Check: "performance.normal", Consequences: everyMeasurement("performance.normal"),
		Summary: "every twentieth list ends in the middle, with 200 and a length to match",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/api/gastos" || n.Add(1)%20 != 0 {
					next.ServeHTTP(w, r)
					return
				}
				answer := hold(next, r)
				half := answer.body.Bytes()[:answer.body.Len()/2]
				took("a list was cut in half")
				resend(w, answer, half)
			}
		}),
	}
}

func loadLies() Disease {
	return Disease{
		ID: "load-lies", Check: "performance.answers", Consequences: []string{},
		Summary: "under a crowd every second list leaves the amounts out, to save time",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				crowded := crowds.now()
				if r.Method != http.MethodGet || r.URL.Path != "/api/gastos" || !crowded || n.Add(1)%2 != 0 {
					next.ServeHTTP(w, r)
					return
				}
				answer := hold(next, r)
				without := bytes.ReplaceAll(answer.body.Bytes(), []byte(`"importe"`), []byte(`"x"`))
				if !bytes.Equal(without, answer.body.Bytes()) {
					took("a list went out without its amounts")
				}
				resend(w, answer, without)
			}
		}),
	}
}

// resend sends a held answer with another body.
func resend(w http.ResponseWriter, answer *held, body []byte) {
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(body)
}
