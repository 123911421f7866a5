package harden

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// limiterTimeout is how long a shared limiter may take. It stands between every request and its answer.
	limiterTimeout = 250 * time.Millisecond
	// limiterRest is how long a shared limiter is left alone after it failed: nobody waits for it in that time.
	limiterRest = time.Second
)

const rateCure = "rate-limit"

// rateLimit counts requests by client and by principal.
type rateLimit struct {
	classes    []rateClass
	preflights limited
	// shared is asked first; nil is none. When it fails, onFailure says what happens.
	shared    Limiter
	local     *MemoryLimiter
	onFailure string
	resting   atomic.Int64 // until when shared is not asked, in nanoseconds since start
	start     time.Time
	legacy    bool
	identify  func(*http.Request) string
	now       func() time.Time
}

// limited is a quota with its name.
type limited struct {
	name   string
	quoted string // the name as a structured string
	quota  Quota
}

func newLimited(name string, q Quota) limited {
	return limited{name: name, quoted: quoted(name), quota: q}
}

// ruling is what became of one request under one quota.
type ruling struct {
	*limited
	Decision
	unknown bool // no limiter could decide and the policy is to let pass
}

func newRateLimit(c Config) *rateLimit {
	l := &rateLimit{shared: c.Rate.Limiter, onFailure: c.Rate.OnFailure, legacy: c.Rate.Legacy, identify: c.Identify, now: c.Now}
	if l.now == nil {
		l.now = time.Now
	}
	l.start = l.now()
	l.local = NewLimiter(0, l.start)
	if own, ok := l.shared.(*MemoryLimiter); ok {
		l.local, l.shared = own, nil
	}
	preflights := c.Rate.Preflight
	if !preflights.limits() {
		preflights = Quota{Requests: 300, Window: time.Minute}
	}
	l.preflights = newLimited("preflight", preflights)
	for _, class := range c.Rate.Classes {
		l.classes = append(l.classes, newRateClass(class))
	}
	return l
}

// wrap counts each request in the first class that it belongs to. It also asks who the principal is.
func (l *rateLimit) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, class := Of(r), l.classOf(r)
		if class != nil && e.Route == "" {
			e.Route = class.name
		}
		if l.passes(w, r, e, class) {
			next.ServeHTTP(w, r)
		}
	})
}

// passes spends the request's quotas: the client's first, so that a flood is refused before anybody verifies its tokens.
func (l *rateLimit) passes(w http.ResponseWriter, r *http.Request, e *Exchange, class *rateClass) bool {
	var rulings [2]ruling
	var buffer [96]byte
	ruled := rulings[:0]
	client := class != nil && class.client.quota.limits()
	if client {
		one, ok := l.rule(r, e, &class.client, clientKey(buffer[:0], class.client.name, e.Client))
		if !ok {
			return l.refuse(w, r, one, class.policies(true, false))
		}
		ruled = append(ruled, one)
	}
	if l.identify != nil && e.Principal == "" {
		e.Principal = l.identify(r)
	}
	user := class != nil && class.user.quota.limits() && e.Principal != ""
	if user {
		one, ok := l.rule(r, e, &class.user, principalKey(buffer[:0], class.user.name, e.Principal))
		if !ok {
			return l.refuse(w, r, one, class.policies(client, true))
		}
		ruled = append(ruled, one)
	}
	if len(ruled) > 0 {
		l.tell(w.Header(), class.policies(client, user), ruled...)
	}
	return true
}

// preflight spends one preflight of the client. If it gives false, it has answered.
func (l *rateLimit) preflight(w http.ResponseWriter, r *http.Request) bool {
	var buffer [96]byte
	e := Of(r)
	ruled, ok := l.rule(r, e, &l.preflights, clientKey(buffer[:0], l.preflights.name, e.Client))
	return ok || l.refuse(w, r, ruled, []string{policyItem(&l.preflights)})
}

// rule asks the limiter. It gives false when the request must be refused.
func (l *rateLimit) rule(r *http.Request, e *Exchange, q *limited, key []byte) (ruling, bool) {
	now := l.now()
	if l.shared == nil {
		d := l.local.take(key, q.quota, now)
		return ruling{limited: q, Decision: d}, d.Allowed
	}
	d, err := l.ask(r.Context(), string(key), q.quota, now)
	if err == nil {
		return ruling{limited: q, Decision: d}, d.Allowed
	}
	e.limiterFailed = true
	switch l.onFailure {
	case "open":
		return ruling{limited: q, unknown: true}, true
	case "closed":
		return ruling{limited: q, unknown: true}, false
	}
	d = l.local.take(key, q.quota, now)
	return ruling{limited: q, Decision: d}, d.Allowed
}

// ask asks the shared limiter, unless it failed just now.
func (l *rateLimit) ask(ctx context.Context, key string, q Quota, now time.Time) (Decision, error) {
	if int64(now.Sub(l.start)) < l.resting.Load() {
		return Decision{}, errLimiterRests
	}
	// A client that goes away must not make the limiter look broken to all others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limiterTimeout)
	defer cancel()
	d, err := l.shared.Take(ctx, key, q, now)
	if err != nil {
		l.resting.Store(int64(l.now().Sub(l.start) + limiterRest))
	}
	return d, err
}

// refuse answers for a quota that is spent, or for a limiter that is needed and does not answer. It gives false.
func (l *rateLimit) refuse(w http.ResponseWriter, r *http.Request, spent ruling, policies []string) bool {
	if spent.unknown {
		Problem{Status: http.StatusServiceUnavailable, Detail: "requests cannot be counted at the moment",
			Cure: rateCure, RetryAfter: limiterRest}.Write(w, r)
		return false
	}
	// Only the quota that refuses is told: an effective window that ends after Retry-After would contradict it (draft, section 6).
	l.tell(w.Header(), policies, spent)
	Problem{Status: http.StatusTooManyRequests, Detail: "too many requests: wait as long as Retry-After says",
		Cure: rateCure, RetryAfter: spent.RetryAfter}.Write(w, r)
	return false
}
