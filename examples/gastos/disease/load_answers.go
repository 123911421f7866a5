//go:build disease

package disease

import (
	"net/http"
	"sync/atomic"
)

// answeredByPeak are the checks that see what a crowd is answered, but for one.
func answeredByPeak(but string) []string {
	var others []string
	for _, check := range []string{"performance.peak", "performance.connections", "performance.answers"} {
		if check != but {
			others = append(others, check)
		}
	}
	return others
}

func loadEmpty() Disease {
	return Disease{
		ID: "load-empty", Check: "performance.answers", Consequences: answeredByPeak("performance.answers"),
		Summary: "under a crowd every third list is empty, with 200 and in good form",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if !crowds.now() || !is(r, http.MethodGet, "/api/gastos") || n.Add(1)%3 != 0 {
					next.ServeHTTP(w, r)
					return
				}
				took("a list went out empty")
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"items":[],"total":0,"page":1,"pageSize":20}`))
			}
		}),
	}
}

func loadLoginWall() Disease {
	return Disease{
		ID: "load-login-wall", Check: "performance.peak", Consequences: answeredByPeak("performance.peak"),
		Summary: "under a crowd one request in twelve loses its session and is sent to the login page with 302",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if crowds.now() && n.Add(1)%12 == 0 {
					took("a user was sent to the login page")
					http.Redirect(w, r, "/login", http.StatusFound)
					return
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}

func loadThrottles() Disease {
	return Disease{
		ID: "load-throttles", Check: "performance.peak", Consequences: answeredByPeak("performance.peak"), Unproven: "throttled",
		Summary: "under a crowd a limit that all users share answers every third request 429",
		infect: worked(func(next http.Handler, took func(string)) http.HandlerFunc {
			var crowds rush
			var n atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if crowds.now() && n.Add(1)%3 == 0 {
					took("a request of a crowd was answered 429")
					w.Header().Set("Retry-After", "1")
					http.Error(w, `{"status":429}`, http.StatusTooManyRequests)
					return
				}
				next.ServeHTTP(w, r)
			}
		}),
	}
}
