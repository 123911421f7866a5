//go:build disease

package disease

import (
	"context"
	"net/http"
	"sync"
	"time"

	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/problem"
	"gastos/internal/service"
)

// deciding is a limiter as a function.
type deciding func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error)

func (d deciding) Take(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
	return d(ctx, key, q, now)
}

// limited puts another limiter in the place of the healthy one, which it may ask.
func limited(by func(healthy harden.Limiter, took func(string)) harden.Limiter) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Harden: func(c *harden.Config) {
			c.Rate.Limiter = by(harden.NewLimiter(0, time.Now()), took)
		}}
	}
}

// boundless lets everything through, and tells when the healthy one would not have.
func boundless(healthy harden.Limiter, took func(string)) harden.Limiter {
	return deciding(func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
		d, err := healthy.Take(ctx, key, q, now)
		if !d.Allowed {
			took("a request over the limit is served")
		}
		d.Allowed, d.RetryAfter = true, 0
		return d, err
	})
}

func rateNone() Disease {
	return Disease{
		ID: "rate-none", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a client may ask as often as it likes",
		infect:  limited(boundless),
	}
}

func rateByHeader() Disease {
	return Disease{
		ID: "rate-by-header", Check: "security.rate_limit", Consequences: []string{},
		Summary: "clients are told apart by X-Forwarded-For, which each writes as it likes",
		infect: func(c config.Serve, took func(string)) service.Seams {
			counted := harden.NewLimiter(0, time.Now())
			sick := limited(boundless)(c, took)
			sick.Handler = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					key := r.Header.Get("Authorization") + r.Header.Get("X-Forwarded-For")
					d, err := counted.Take(r.Context(), key, harden.Quota{Requests: 200, Window: 4 * time.Second}, time.Now())
					if err == nil && !d.Allowed {
						p := problem.New(http.StatusTooManyRequests, "too many requests: wait and try again")
						p.RetryAfter = d.RetryAfter
						w.Header().Set("Vary", "Origin")
						w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
						problem.Write(w, r, p)
						return
					}
					next.ServeHTTP(w, r)
				})
			}
			return sick
		},
	}
}

func rateShared() Disease {
	return Disease{
		ID: "rate-shared", Check: "security.rate_limit", Consequences: []string{},
		Summary: "one bucket serves all users: whoever is greedy shuts the others out",
		infect: limited(func(healthy harden.Limiter, took func(string)) harden.Limiter {
			return deciding(func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
				d, err := healthy.Take(ctx, "everybody", q, now)
				if alone, _ := healthy.Take(ctx, key, q, now); !d.Allowed && alone.Allowed {
					took("a user pays for another")
				}
				return d, err
			})
		}),
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
		infect: limited(func(healthy harden.Limiter, took func(string)) harden.Limiter {
			var mu sync.Mutex
			shut := map[string]time.Time{}
			return deciding(func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
				mu.Lock()
				defer mu.Unlock()
				if now.Before(shut[key]) {
					if shut[key].Sub(now) < longer-time.Second {
						took("refused after the wait that it was told")
					}
					return harden.Decision{RetryAfter: time.Millisecond, Reset: time.Millisecond}, nil
				}
				d, err := healthy.Take(ctx, key, q, now)
				if !d.Allowed {
					shut[key] = now.Add(longer)
				}
				return d, err
			})
		}),
	}
}
