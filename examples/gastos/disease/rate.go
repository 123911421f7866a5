//go:build disease

package disease

import (
	"net/http"
	"sync"
	"time"

	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/problem"
	"gastos/internal/ratelimit"
	"gastos/internal/service"
)

// rateBurst is how many requests the healthy service serves at once.
const rateBurst = 200

// allowing is a limiter as a function.
type allowing func(key string, now time.Time) (time.Duration, bool)

func (a allowing) Allow(key string, now time.Time) (time.Duration, bool) { return a(key, now) }

// boundless lets everything through, and tells when the healthy one would not have.
func boundless(took func(string)) func(httpapi.Limiter) httpapi.Limiter {
	return func(healthy httpapi.Limiter) httpapi.Limiter {
		return allowing(func(key string, now time.Time) (time.Duration, bool) {
			if _, ok := healthy.Allow(key, now); !ok {
				took("a request over the limit is served")
			}
			return 0, true
		})
	}
}

func rateNone() Disease {
	return Disease{
		ID: "rate-none", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a client may ask as often as it likes",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Limiter: boundless(took)}
		},
	}
}

func rateByHeader() Disease {
	return Disease{
		ID: "rate-by-header", Check: "security.rate_limit", Consequences: []string{},
		Summary: "clients are told apart by X-Forwarded-For, which each writes as it likes",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			counted := ratelimit.New(50, rateBurst, 100_000)
			return service.Seams{Limiter: boundless(took), Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					key := r.Header.Get("Authorization") + r.Header.Get("X-Forwarded-For")
					if wait, ok := counted.Allow(key, time.Now()); !ok {
						p := problem.New(http.StatusTooManyRequests, "too many requests: wait and try again")
						p.RetryAfter = wait
						w.Header().Set("Vary", "Origin")
						w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
						problem.Write(w, r, p)
						return
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

func rateShared() Disease {
	return Disease{
		ID: "rate-shared", Check: "security.rate_limit", Consequences: []string{},
		Summary: "one bucket serves all users: whoever is greedy shuts the others out",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Limiter: func(healthy httpapi.Limiter) httpapi.Limiter {
				return allowing(func(key string, now time.Time) (time.Duration, bool) {
					wait, ok := healthy.Allow("everybody", now)
					if _, alone := healthy.Allow(key, now); !ok && alone {
						took("a user pays for another")
					}
					return wait, ok
				})
			}}
		},
	}
}

func rateRetryAfterMissing() Disease {
	return Disease{
		ID: "rate-retry-after-missing", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a 429 does not tell how long to wait",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusTooManyRequests && strip(h, "Retry-After") {
				return "a 429 without Retry-After"
			}
			return ""
		}),
	}
}

// longer is how long the lying limiter shuts a client out, while it speaks of a
// moment.
const longer = 5 * time.Second

func rateRetryAfterLies() Disease {
	return Disease{
		ID: "rate-retry-after-lies", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a client that waits as long as it was told is refused again",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Limiter: func(healthy httpapi.Limiter) httpapi.Limiter {
				var mu sync.Mutex
				shut := map[string]time.Time{}
				return allowing(func(key string, now time.Time) (time.Duration, bool) {
					mu.Lock()
					defer mu.Unlock()
					if now.Before(shut[key]) {
						if shut[key].Sub(now) < longer-time.Second {
							took("refused after the wait that it was told")
						}
						return time.Millisecond, false
					}
					wait, ok := healthy.Allow(key, now)
					if !ok {
						shut[key] = now.Add(longer)
					}
					return wait, ok
				})
			}}
		},
	}
}
