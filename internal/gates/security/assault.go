package security

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"listo/internal/engine/abuse"
	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
	labwire "listo/internal/lab/wire"
)

const (
	// assailants are how many attacks are under way at a time.
	assailants = 8
	// silence is how long a service is watched that says nothing: it may be waiting
	// for the rest of what it took for the beginning of a request.
	silence = 4 * time.Second
	// mostRepeats bounds how often an attack is repeated that a limiter answered, a
	// second later each time.
	mostRepeats = 10
	// logWithin is how long a line may take to reach the log.
	logWithin = 2 * time.Second
)

// Assault is what came of the attacks of one class.
type Assault struct {
	Class   abuse.Class `json:"class"`
	Request string      `json:"request"` // the path of the data
	Page    string      `json:"page"`
	Post    string      `json:"post"`
	Host    string      `json:"host"`
	TLS     bool        `json:"tls"`
	// Controls are honest requests over the same bare socket.
	Controls []Honest `json:"controls"`
	// Logged tells that the service's log shows what is asked for; only then does its
	// silence mean something. Addresses are the places of a line where the client's
	// address stands.
	Logged    bool     `json:"logged"`
	Addresses []string `json:"addresses"`
	// Untrusted is the address that attacks by strangers came from; "" when none is
	// declared and they were left out.
	Untrusted string         `json:"untrusted"`
	Ordinary  abuse.Ordinary `json:"ordinary"`
	Tries     []Try          `json:"tries"`
	// Alive is the status of a plain request afterwards.
	Alive int `json:"alive"`
	// LagMS is how late listo itself woke up at worst.
	LagMS float64 `json:"lag_ms"`
}

// Honest is a control: a request that must be answered.
type Honest struct {
	Kind   string `json:"kind"`
	Status int    `json:"status"`
}

// The controls.
const (
	honestData      = "data"      // with the token: 2xx
	honestPage      = "page"      // 2xx
	honestLength    = "length"    // with the token and a body of known length: 2xx
	honestChunks    = "chunks"    // with the token and a body in chunks: 2xx
	honestAnonymous = "anonymous" // without the token: no 2xx
)

// Try is one attack and what was seen of it.
type Try struct {
	Name string     `json:"name"`
	Mark string     `json:"mark"`
	Seen abuse.Seen `json:"seen"`
}

// assault is the making of an Assault.
type assault struct {
	bench  *lab.Bench
	client *labwire.Client
	place  abuse.Place
	canary *labwire.Canary
	salt   string
	o      Assault
}

// attack makes all attacks of a class that are one conversation each.
func attack(class abuse.Class) func(context.Context, *lab.Bench) (Assault, error) {
	return func(ctx context.Context, b *lab.Bench) (Assault, error) {
		a, err := prepare(ctx, b, class)
		if err != nil {
			return Assault{Class: class, Controls: []Honest{}, Tries: []Try{}, Addresses: []string{}}, err
		}
		defer a.canary.Close()
		lag := labwire.Lag()
		own := a.controls(ctx)
		a.tries(ctx)
		a.o.Alive = a.honest(ctx, "GET", a.place.Page, "", "").Status
		a.o.LagMS = lab.Milliseconds(lag())
		return a.o, a.readLog(ctx, own)
	}
}

// prepare finds out where and as whom to attack.
func prepare(ctx context.Context, b *lab.Bench, class abuse.Class) (*assault, error) {
	s := settings(b)
	client, err := labwire.On(b)
	if err != nil {
		return nil, err
	}
	data, err := parseOrder(s.Request)
	if err == nil && (data.method != "GET" || data.body != "") {
		err = fmt.Errorf("%q is no GET without a body: name one", s.Request)
	}
	if err != nil {
		return nil, fmt.Errorf("security: request: %w", err)
	}
	post, err := parseOrder(s.SizeLimit.Request)
	if err != nil {
		return nil, fmt.Errorf("security: size_limit.request: %w", err)
	}
	token, err := firstToken(ctx, b)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 4)
	if _, err := io.ReadFull(b.Rand, salt); err != nil {
		return nil, fmt.Errorf("making a mark: %w", err)
	}
	canary, err := labwire.Listen()
	if err != nil {
		return nil, err
	}
	place := abuse.Place{Host: client.Host(), Path: data.path, Token: "Bearer " + token.Value, Page: s.Page, Post: post.path, BodyLimit: s.SizeLimit.Bytes,
		Origin: s.FrontendOrigin, Canary: canary.Address()}
	return &assault{bench: b, client: client, place: place, canary: canary, salt: hex.EncodeToString(salt), o: Assault{
		Class: class, Request: data.path, Page: s.Page, Post: post.path, Host: client.Host(), TLS: client.Secure(), Controls: []Honest{}, Tries: []Try{},
		Addresses: []string{}, Untrusted: s.Untrusted,
	}}, nil
}

// honest asks honestly, with fields and a body as they are given.
func (a *assault) honest(ctx context.Context, method, path, token, rest string) abuse.Answer {
	text := method + " " + path + " HTTP/1.1\r\nHost: " + a.place.Host + "\r\n"
	if token != "" {
		text += "Authorization: " + token + "\r\n"
	}
	if rest == "" {
		rest = "\r\n"
	}
	for try := 0; ; try++ {
		c := a.client.Talk(ctx, labwire.Plan{Variables: a.variables(), Script: wire.Script{Answers: 1, Patience: 2 * silence, Steps: []wire.Step{wire.Request([]byte(text + rest))}}})
		seen := labwire.SeenOf(c, "")
		switch {
		case len(seen.Answers) == 0:
			return abuse.Answer{}
		case !seen.Throttled() || try == mostRepeats:
			return seen.Answers[0]
		}
		pause(ctx, time.Second)
	}
}

func (a *assault) variables() map[string]string {
	return map[string]string{"TOKEN": strings.TrimPrefix(a.place.Token, "Bearer ")}
}

// controls asks honestly before anything else, and gives the path by which one of
// these requests is found in the log.
func (a *assault) controls(ctx context.Context) (own string) {
	p := a.place
	a.o.Ordinary = abuse.Ordinary{Data: a.honest(ctx, "GET", p.Path, p.Token, ""), Page: a.honest(ctx, "GET", p.Page, "", "")}
	add := func(kind string, status int) { a.o.Controls = append(a.o.Controls, Honest{kind, status}) }
	add(honestData, a.o.Ordinary.Data.Status)
	add(honestPage, a.o.Ordinary.Page.Status)
	add(honestAnonymous, a.honest(ctx, "GET", p.Path, "", "").Status)
	if a.o.Class == abuse.Framing {
		add(honestLength, a.honest(ctx, "GET", p.Path, p.Token, "Content-Length: 5\r\n\r\nhello").Status)
		add(honestChunks, a.honest(ctx, "GET", p.Path, p.Token, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").Status)
	}
	own = "listo" + a.salt + "own"
	a.honest(ctx, "GET", "/"+own, "", "")
	return own
}

// tries makes the attacks, some at a time. Those that look at the canary come one
// after another, so that it is known who was led there.
func (a *assault) tries(ctx context.Context) {
	all := slices.DeleteFunc(abuse.Of(a.o.Class), func(t abuse.Attack) bool { return t.Stranger && a.o.Untrusted == "" })
	a.o.Tries = make([]Try, len(all))
	var crowd sync.WaitGroup
	hands := make(chan struct{}, assailants)
	var alone sync.Mutex
	for i, t := range all {
		hands <- struct{}{}
		crowd.Go(func() {
			defer func() { <-hands }()
			if slices.Contains(t.Harm, abuse.Led) {
				alone.Lock()
				defer alone.Unlock()
			}
			a.o.Tries[i] = a.try(ctx, t, i)
		})
	}
	crowd.Wait()
}

// try makes one attack, and again when it was answered by a limiter.
func (a *assault) try(ctx context.Context, t abuse.Attack, i int) Try {
	p := a.place
	p.Mark = fmt.Sprintf("listo%sx%02d", a.salt, i)
	plan := labwire.Plan{Variables: a.variables(), Script: labwire.ScriptOf(t, p, silence)}
	if t.Stranger {
		plan.From = address(a.o.Untrusted)
	}
	for again := 0; ; again++ {
		before := a.canary.Hits()
		seen := labwire.SeenOf(a.client.Talk(ctx, plan), p.Mark)
		if slices.Contains(t.Harm, abuse.Led) {
			pause(ctx, 50*time.Millisecond) // whoever was sent to the canary is on the way
			seen.Canary = a.canary.Hits() - before
		}
		if !seen.Throttled() || again == mostRepeats || ctx.Err() != nil {
			return Try{t.Name, p.Mark, seen}
		}
		pause(ctx, time.Second)
	}
}

// readLog adds what the service's log tells of each attack.
func (a *assault) readLog(ctx context.Context, own string) error {
	if a.bench.Target.Log == nil {
		return ctx.Err()
	}
	last := "listo" + a.salt + "last"
	a.honest(ctx, "GET", "/"+last, "", "")
	var log []byte
	for began := time.Now(); ; pause(ctx, 20*time.Millisecond) {
		var err error
		if log, err = a.bench.Target.Log(); err != nil {
			return err
		}
		if a.o.Logged = strings.Contains(string(log), last); a.o.Logged || time.Since(began) > logWithin || ctx.Err() != nil {
			break
		}
	}
	if !a.o.Logged {
		return ctx.Err()
	}
	line := lineOf(string(log), own)
	a.o.Addresses = append(a.o.Addresses, abuse.AddressNames(line, a.peer())...)
	for i, t := range a.o.Tries {
		r := abuse.ReadLog(log, t.Mark, a.peer(), line)
		a.o.Tries[i].Seen.Reached = &r
	}
	return ctx.Err()
}

// peer is the address that honest requests come from, as the service sees it.
func (a *assault) peer() string {
	host := a.place.Host
	if u, err := url.Parse("//" + host); err == nil {
		host = u.Hostname()
	}
	if host == "localhost" {
		return "127.0.0.1"
	}
	return host // of the loopback: both ends are the same
}

func lineOf(log, word string) string {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}

// needsOfAssault are what every attack on the wire needs.
func needsOfAssault() []evidence.Need {
	return []evidence.Need{evidence.NeedService, evidence.Setting("page"), evidence.Setting("request"), evidence.Setting("size_limit.request")}
}
