//go:build disease

package disease

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/service"
)

// queryKey is the key of a context that holds the query of its request.
type queryKey struct{}

func rateByQuery() Disease {
	return Disease{
		ID: "rate-by-query", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a client is counted anew for each query it writes",
		infect: func(c config.Serve, took func(string)) service.Seams {
			sick := limited(func(healthy harden.Limiter, took func(string)) harden.Limiter {
				return deciding(func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
					if query, _ := ctx.Value(queryKey{}).(string); query != "" {
						took("a request with a query has a bucket of its own")
						key += "?" + query
					}
					return healthy.Take(ctx, key, q, now)
				})
			})(c, took)
			sick.Handler = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), queryKey{}, r.URL.RawQuery)))
				})
			}
			return sick
		},
	}
}

// rateLeaky lets every other request over the limit through, as one does that reads
// the counter, decides, and only then counts.
func rateLeaky() Disease {
	return Disease{
		ID: "rate-leaky", Check: "security.rate_limit", Consequences: []string{},
		Summary: "side by side a client is served more than its share",
		infect: limited(func(healthy harden.Limiter, took func(string)) harden.Limiter {
			var over atomic.Int64
			return deciding(func(ctx context.Context, key string, q harden.Quota, now time.Time) (harden.Decision, error) {
				d, err := healthy.Take(ctx, key, q, now)
				if err == nil && !d.Allowed && over.Add(1)%2 == 0 {
					took("a request over the limit is served")
					d.Allowed, d.RetryAfter = true, 0
				}
				return d, err
			})
		}),
	}
}

func rateRefusalBare() Disease {
	return Disease{
		ID: "rate-refusal-bare", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a 429 comes without the headers that all other answers have",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status == http.StatusTooManyRequests && strip(h, "X-Content-Type-Options") {
				return "a 429 without X-Content-Type-Options"
			}
			return ""
		}),
	}
}

func rateRefusalLies() Disease {
	return Disease{
		ID: "rate-refusal-lies", Check: "security.rate_limit", Consequences: []string{},
		Summary: "a 429 says that there are requests left",
		infect: rewritten(func(_ *http.Request, status int, h http.Header) string {
			if status != http.StatusTooManyRequests {
				return ""
			}
			h.Set("RateLimit", `"api-principal";r=7;t=1`)
			return "a 429 with a RateLimit of 7"
		}),
	}
}

// rateOfPreflights refuses preflights of an address that asks much, whoever asks.
func rateOfPreflights() Disease {
	return Disease{
		ID: "rate-of-preflights", Check: "security.rate_limit", Consequences: []string{},
		Summary: "preflights pay for what others at the same address ask",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				var n, second atomic.Int64
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if now := time.Now().Unix(); second.Swap(now) != now {
						n.Store(0)
					}
					if n.Add(1) > 40 && r.Method == http.MethodOptions {
						took("a preflight is refused")
						w.Header().Set("Retry-After", strconv.Itoa(1))
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
					next.ServeHTTP(w, r)
				})
			}}
		},
	}
}

// rateEdges are the diseases at the edges of the limit.
func rateEdges() []Disease {
	return []Disease{rateByQuery(), rateLeaky(), rateRefusalBare(), rateRefusalLies(), rateOfPreflights()}
}
