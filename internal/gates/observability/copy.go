package observability

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	randv2 "math/rand/v2"
	nethttp "net/http"
	"strconv"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/fault"
	"listo/internal/lab/http"
)

const (
	// testUsers is over how many users requests are spread: services limit per user.
	testUsers = 2
	// atOnce is how many requests are sent side by side.
	atOnce = 4
	// patience is how long one of our requests may take before it counts as lost.
	patience = 5 * time.Second
)

// copied is a copy of the patient that reaches its database through a fault proxy.
type copied struct {
	bench  *lab.Bench // at the copy
	proxy  *fault.Proxy
	client *http.Client
	tokens []http.Token
	// random makes paths and numbers, prefix the ids of this copy's requests.
	random *randv2.Rand
	prefix string
	sent   int // ids given out
	stop   func() error
}

// open starts a copy and logs in. The caller closes it when err is nil.
func open(ctx context.Context, b *lab.Bench) (*copied, error) {
	if b.Start == nil {
		return nil, errors.New("observability: no copy of the service can be started: this is a defect in listo")
	}
	proxy, err := fault.Open(b.Recorder, b.Target.DatabaseURL)
	if err != nil {
		return nil, err
	}
	target, stop, err := b.Start(ctx, lab.Variant{Database: proxy.URL})
	if err != nil {
		proxy.Close()
		return nil, err
	}
	c := &copied{bench: b.At(target), proxy: proxy, stop: stop}
	c.client = http.On(c.bench)
	if err = c.seed(b.Rand); err == nil {
		c.tokens, err = c.client.Tokens(ctx, testUsers)
	}
	if err == nil && len(c.tokens) == 0 {
		err = errors.New("observability: no user could be logged in: list some under login.users")
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// seed takes the audit's randomness.
func (c *copied) seed(random io.Reader) error {
	if random == nil {
		random = rand.Reader
	}
	var seed [24]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return fmt.Errorf("observability: the audit's randomness: %w", err)
	}
	c.random = randv2.New(randv2.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:])))
	c.prefix = "listo-" + hex.EncodeToString(seed[16:]) + "-"
	return nil
}

// close stops the copy. The database is well again before that: a service that
// waits for it could not stop in time.
func (c *copied) close() error {
	_ = c.proxy.Set(fault.Pass, 0)
	err := c.stop()
	c.proxy.Close()
	return err
}

// ended tells how the copy has ended by itself; "" when it lives.
func (c *copied) ended() string {
	if c.bench.Target.Ended == nil {
		return ""
	}
	how, ended := c.bench.Target.Ended()
	if ended && how == "" {
		how = "?"
	}
	if !ended {
		return ""
	}
	return how
}

// exchange is one of our requests and its answer.
type exchange struct {
	traffic int // index in the settings; -1 for none of them
	method  string
	id      string
	began   time.Time
	http.Answer
}

// request makes the i-th request of a kind, with an id of its own.
func (c *copied) request(i int, kind Traffic) (http.Request, string, error) {
	method, path, err := split(kind.Request)
	if err != nil {
		return http.Request{}, "", err
	}
	c.sent++
	id := c.prefix + strconv.Itoa(c.sent)
	r := http.Request{Method: method, Path: numbered(path, c.random), Timeout: patience,
		Header: nethttp.Header{settings(c.bench).RequestID: {id}}}
	if !kind.Anonymous {
		r.Token = c.tokens[i%len(c.tokens)]
	}
	return r, id, nil
}

// send sends every kind of configured traffic so many times, a few at once, each
// request with its own id.
func (c *copied) send(ctx context.Context, times int) ([]exchange, error) {
	kinds := settings(c.bench).Traffic
	return c.sendOf(ctx, times*len(kinds), func(i int) int { return i % len(kinds) })
}

// sendOf sends total requests; pick gives the kind of the i-th.
func (c *copied) sendOf(ctx context.Context, total int, pick func(i int) int) ([]exchange, error) {
	kinds := settings(c.bench).Traffic
	all, requests := make([]exchange, total), make([]http.Request, total)
	for i := range all {
		kind := pick(i)
		r, id, err := c.request(i/len(kinds), kinds[kind])
		if err != nil {
			return nil, err
		}
		requests[i], all[i] = r, exchange{traffic: kind, method: r.Method, id: id}
	}
	return c.exchange(ctx, all, requests), nil
}

// exchange sends the requests and fills in their answers.
func (c *copied) exchange(ctx context.Context, all []exchange, requests []http.Request) []exchange {
	began := time.Now()
	answers := c.client.Start(ctx, http.Burst{Users: min(atOnce, len(requests)), Total: len(requests),
		Next: func(i int) http.Request { return requests[i] }}).Wait()
	for i, a := range answers {
		all[i].Answer, all[i].began = a, began
	}
	return all
}

// lost counts requests without a whole answer.
func lost(all []exchange) (n int) {
	for _, e := range all {
		if e.Err != nil || e.Status == 0 {
			n++
		}
	}
	return n
}

// statuses counts answers by their status.
func statuses(all []exchange) map[string]int {
	counts := map[string]int{}
	for _, e := range all {
		if e.Err == nil && e.Status != 0 {
			counts[strconv.Itoa(e.Status)]++
		}
	}
	return counts
}
