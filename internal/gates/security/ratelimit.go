package security

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// What is sent at most. The limits of listo.yaml may ask for as much, not for more.
const (
	mostRequests  = 5000
	longestWindow = time.Minute
	// side is how many requests are on their way at a time.
	side = 8
	// besideRequests are sent by the other client, with a pause after each, while the
	// first one goes on; that one sends pressing at most.
	besideRequests = 10
	besidePause    = 2 * time.Millisecond
	pressing       = 5000
	// mostPatience is the longest Retry-After that is waited for.
	mostPatience = 65 * time.Second
)

// otherAddress is a second address of this machine, for a second client.
const otherAddress = "127.0.0.2"

// rateLimit asks whether one client can take all for itself.
func rateLimit() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: rateLimitID, Class: rateLimitID, Loading: true,
		Needs: []evidence.Need{evidence.NeedService, evidence.Setting("request"), evidence.Setting("rate_limit.request"),
			evidence.Setting("rate_limit.requests"), evidence.Setting("rate_limit.window")},
		Reasons: []string{"limited", "unlimited", "evaded", "shared", "no_retry_after", "still_refused", "hidden_answer",
			"leaky", "rewritten", "preflights", "probes", "bare", "lying",
			"broke", "slow", "too_long", "unserved", "unanswered"},
	}, timed(rateBudget, runRateLimit), judgeRateLimit)
}

// Limited is what came to a client that asks without pause, and to others meanwhile.
type Limited struct {
	Request  string  `json:"request"`
	Most     int     `json:"most"` // requests that one client may be served within the window
	WindowMS float64 `json:"window_ms"`
	// Users counts those that asked: the first one, and the other beside it.
	Users int `json:"users"`
	// Before is the status of the client's first request.
	Before int `json:"before"`
	// Burst is one client, Rotating the same with an invented address in each request.
	Burst    Volley `json:"burst"`
	Rotating Volley `json:"rotating"`
	// Beside is another user from the same address, and Elsewhere one from another
	// address, while the first client was held back.
	Beside    Other `json:"beside"`
	Elsewhere Other `json:"elsewhere"`
	// Pressed counts what the held-back client sent meanwhile, and how much of it
	// was refused.
	Pressed Other `json:"pressed"`
	// RetryAfter is the header of the last refusal; Waited how long listo waited, and
	// After the status that came then. Waited is 0 when it was too long to wait.
	RetryAfter string  `json:"retry_after"`
	WaitedMS   float64 `json:"waited_ms"`
	After      int     `json:"after"`
	// Readable tells that the frontend's scripts can read the refusal; nil when no
	// frontend_origin is set.
	Readable *bool `json:"readable,omitempty"`
	// Edges is nil in a bundle of the first version of this observation, which is judged as then.
	Edges *Edges `json:"edges,omitempty"`
}

// Volley is a burst until the first 429.
type Volley struct {
	Curl    string  `json:"curl"`
	Sent    int     `json:"sent"`
	Served  int     `json:"served"`  // 2xx
	Refused int     `json:"refused"` // 429
	Broken  int     `json:"broken"`  // 5xx
	Lost    int     `json:"lost"`    // no whole answer
	TookMS  float64 `json:"took_ms"`
	// First is how many requests were answered otherwise before the first 429; -1
	// when there was none.
	First int `json:"first"`
}

// Other is what came to one client while another was held back.
type Other struct {
	Sent    int `json:"sent"`
	Served  int `json:"served"`
	Refused int `json:"refused"`
	Failed  int `json:"failed"`
}

func runRateLimit(ctx context.Context, b *lab.Bench) (Limited, error) {
	h := &hammer{b: b, client: http.On(b)}
	if err := h.ready(ctx); err != nil {
		return h.o, err
	}
	first := patient(ctx, h.client, h.order.request(h.a))
	if h.o.Before = first.Status; first.Status/100 != 2 {
		return h.o, ctx.Err()
	}
	var refusal http.Answer
	began := time.Now()
	h.o.Burst, refusal = h.volley(ctx, func(int) http.Request { return h.asked(h.a) })
	if h.o.Burst.Refused == 0 {
		return h.o, ctx.Err()
	}
	h.edges(ctx, first, refusal, began)
	refusal = h.crowd(ctx, refusal)
	h.recover(ctx, refusal)
	h.o.Rotating, _ = h.volley(ctx, h.rotated)
	return h.o, ctx.Err()
}

// hammer is the experiment under way.
type hammer struct {
	b      *lab.Bench
	client *http.Client
	order  order
	a, c   http.Token // two users; the same when there is one only
	o      Limited
}

func (h *hammer) ready(ctx context.Context) (err error) {
	s := settings(h.b)
	h.o.Request, h.o.Most, h.o.WindowMS = s.RateLimit.Request, s.RateLimit.Requests, lab.Milliseconds(s.RateLimit.Window)
	if h.order, err = parseOrder(s.RateLimit.Request); err != nil {
		return fmt.Errorf("security: rate_limit.request: %w", err)
	}
	if !h.order.reads() {
		return errors.New("security: rate_limit.request is no GET: name one that changes nothing")
	}
	users, err := h.client.Tokens(ctx, 2)
	if err != nil {
		return err
	}
	h.a, h.c, h.o.Users = users[0], users[len(users)-1], len(users)
	return nil
}

// asked is the request of a client, as its frontend sends it.
func (h *hammer) asked(token http.Token) http.Request {
	r := h.order.request(token)
	if o := settings(h.b).FrontendOrigin; o != "" {
		r.Header.Set("Origin", origin(o))
	}
	return r
}

// invented are the headers by which a client may try to be somebody else each time.
var invented = []string{"X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Cluster-Client-IP", "X-Originating-IP", "Fastly-Client-IP"}

// rotated is the i-th request of a client that invents an address each time.
func (h *hammer) rotated(i int) http.Request {
	r := h.asked(h.a)
	address := fmt.Sprintf("198.51.%d.%d", i/250%250, 1+i%250) // RFC 5737 gives the first 256 to examples
	for _, name := range invented {
		r.Header[nethttp.CanonicalHeaderKey(name)] = []string{address}
	}
	r.Header.Set("Forwarded", "for="+address)
	r.Header.Set("User-Agent", fmt.Sprintf("listo/%d", i))
	return r
}

func limited(a http.Answer) bool { return a.Status == nethttp.StatusTooManyRequests }

// volley sends requests until the first 429, or one more than may be served.
func (h *hammer) volley(ctx context.Context, next func(int) http.Request) (Volley, http.Answer) {
	window := time.Duration(h.o.WindowMS * float64(time.Millisecond))
	ctx, cancel := context.WithTimeout(ctx, window+http.DefaultTimeout)
	defer cancel()
	began := time.Now()
	overdue := func(a http.Answer) bool { return limited(a) || time.Since(began) > window }
	answers := h.client.Start(ctx, http.Burst{Users: side, Total: h.o.Most + 1, Next: next, Until: overdue}).Wait()
	v, refusal := Volley{Curl: h.client.Replay(next(0)), Sent: len(answers), First: -1, TookMS: lab.Milliseconds(time.Since(began))}, http.Answer{}
	for i, a := range answers {
		switch {
		case limited(a):
			if v.Refused++; v.First < 0 {
				v.First = i
			}
			refusal = a
		case a.Err != nil || a.Status == 0:
			v.Lost++
		case a.Status/100 == 2:
			v.Served++
		case a.Status >= 500:
			v.Broken++
		}
	}
	return v, refusal
}
