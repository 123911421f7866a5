package parity

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
	labwire "listo/internal/lab/wire"
)

// timeouts asks whether the service ends slow and idle connections when it is
// declared to. All connections are watched at the same time: the check takes as
// long as the longest timeout.
func timeouts() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: timeoutsID, Class: timeoutsID,
		Needs: []evidence.Need{evidence.NeedService, evidence.Setting("expect.header_timeout"), evidence.Setting("expect.body_timeout"),
			evidence.Setting("expect.idle_timeout"), evidence.Setting("expect.balancer_idle"), evidence.Setting("expect.keep_alive"), evidence.Setting("expect.body_request")},
		Limits: []evidence.Limit{
			{Name: "tolerance", Default: 1500, Unit: "ms", Direction: evidence.AtMost},
			{Name: "lag", Default: 500, Unit: "ms", Direction: evidence.AtMost},
		},
		Reasons: []string{"kept", "absent", "before_balancer", "late", "early", "starved", "unreached", "beyond", "nothing"},
	}, runTimeouts, judgeTimeouts)
}

// The connections that are watched.
const (
	slowHeader = "header_stall" // half a head, then silence
	dripHeader = "header_drip"  // a head that never ends, byte by byte
	silent     = "silent"       // not one byte
	slowBody   = "body_stall"   // a head, a piece of the body, then silence
	dripBody   = "body_drip"    // a body that never ends
	idle       = "idle"         // an answered request, then silence
	balancer   = "balancer"     // a second request after the balancer's idle timeout
)

// Timeouts is how long the service put up with each connection.
type Timeouts struct {
	Watched    []Watched `json:"watched"`
	BalancerMS float64   `json:"balancer_ms"`
	// LongestMS is the longest timeout that is waited for.
	LongestMS float64 `json:"longest_ms"`
	// LagMS is how late listo itself woke up at worst while it watched.
	LagMS float64 `json:"lag_ms"`
}

// Watched is one connection.
type Watched struct {
	Kind       string  `json:"kind"`
	DeclaredMS float64 `json:"declared_ms"`
	// State is what became of it: open, closed or reset; "" when it never stood.
	State string `json:"state"`
	// LastedMS is how long it stood, from the moment at which the timeout began to run.
	LastedMS float64 `json:"lasted_ms"`
	Answers  int     `json:"answers"`
	Status   int     `json:"status"` // of the last answer
	// AnnouncedS is what a Keep-Alive header promised, in seconds; 0 without one.
	AnnouncedS int    `json:"announced_s"`
	Err        string `json:"err,omitempty"`
	// ToleranceMS is the limit that the page's table judges by.
	ToleranceMS float64 `json:"tolerance_ms"`
}

// Judged is Verdict with the tolerance that held when it was measured; for the page.
func (w Watched) Judged() string { return w.Verdict(w.ToleranceMS) }

// Lag is LagMS as a duration, for the page.
func (o Timeouts) Lag() time.Duration { return milliseconds(o.LagMS) }

// watch is one connection as planned.
type watch struct {
	kind     string
	declared time.Duration
	script   wire.Script
	// since says from when the timeout runs; nil is the beginning of the connection.
	since func(wire.Conversation) time.Duration
}

func runTimeouts(ctx context.Context, b *lab.Bench) (Timeouts, error) {
	client, err := labwire.On(b)
	if err != nil {
		return Timeouts{}, err
	}
	e := settings(b).Expect
	o := Timeouts{BalancerMS: lab.Milliseconds(e.BalancerIdle), LongestMS: lab.Milliseconds(longestPatience(e))}
	if max(e.HeaderTimeout, e.BodyTimeout, e.IdleTimeout, e.BalancerIdle) > longestPatience(e) {
		return o, nil
	}
	all := watches(e, client.Host(), b.LimitDuration("tolerance"))
	o.Watched = make([]Watched, len(all))
	lag := labwire.Lag()
	var together sync.WaitGroup
	for i, w := range all {
		together.Go(func() {
			o.Watched[i] = w.observe(client.Talk(ctx, labwire.Plan{Script: w.script}))
			o.Watched[i].ToleranceMS = b.Limit("tolerance")
		})
	}
	together.Wait()
	o.LagMS = lab.Milliseconds(lag())
	return o, ctx.Err()
}

func longestPatience(e Expect) time.Duration {
	if e.LongestPatience > 0 {
		return e.LongestPatience
	}
	return 75 * time.Second
}

const dripEvery = 250 * time.Millisecond

// watches plans the connections. Each is watched as long as the longest of them,
// so that a timeout which is late is told from one which is not there.
func watches(e Expect, host string, tolerance time.Duration) []watch {
	patience := max(e.HeaderTimeout, e.BodyTimeout, e.IdleTimeout, e.BalancerIdle) + 2*tolerance
	_, path, _ := methodAndPath(e.KeepAlive)
	method, bodyPath, _ := methodAndPath(e.BodyRequest)
	head := []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nX-Slow: ")
	body := message(method, bodyPath, host, []byte(`{"a":"`), "Content-Type", "application/json", "Content-Length", "1000")
	get := wire.Request(message("GET", path, host, nil))
	again := get
	again.Await, again.Pause = true, e.BalancerIdle+balancerMargin
	letters := []byte(strings.Repeat("a", int(patience/dripEvery)+1))
	answered := func(c wire.Conversation) time.Duration {
		if len(c.Answers) == 0 {
			return 0
		}
		return c.Answers[0].At
	}
	steps := func(first wire.Step, more ...wire.Step) wire.Script {
		return wire.Script{Steps: append([]wire.Step{first}, more...), Patience: patience}
	}
	all := []watch{
		{kind: slowHeader, declared: e.HeaderTimeout, script: steps(wire.Step{Bytes: head})},
		{kind: dripHeader, declared: e.HeaderTimeout, script: steps(wire.Step{Bytes: head}, wire.Drip(letters, dripEvery, len(letters))...)},
		{kind: silent, declared: e.HeaderTimeout, script: wire.Script{Patience: patience}},
		{kind: slowBody, declared: e.BodyTimeout, script: steps(wire.Step{Bytes: body})},
		{kind: dripBody, declared: e.BodyTimeout, script: steps(wire.Step{Bytes: body}, wire.Drip(letters, dripEvery, len(letters))...)},
		{kind: idle, declared: e.IdleTimeout, script: steps(get), since: answered},
		{kind: balancer, declared: e.BalancerIdle, script: steps(get, again), since: answered},
	}
	all[len(all)-1].script.Answers = 2
	all[len(all)-1].script.Patience += balancerMargin
	return all
}

// balancerMargin is by how much the second request comes later than the load
// balancer would send one at the latest.
const balancerMargin = 500 * time.Millisecond

func (w watch) observe(c wire.Conversation) Watched {
	o := Watched{Kind: w.kind, DeclaredMS: lab.Milliseconds(w.declared), State: string(c.State), Answers: len(c.Answers), Status: statusOf(c)}
	if c.Err != nil {
		o.Err = strings.ToValidUTF8(c.Err.Error(), "\ufffd")
		return o
	}
	ended := c.EndedAt
	if w.since != nil {
		ended -= w.since(c)
	}
	o.LastedMS = lab.Milliseconds(max(0, ended))
	if len(c.Answers) > 0 {
		o.AnnouncedS = announced(c.Answers[0].Get("Keep-Alive"))
	}
	return o
}

// announced reads "timeout=5, max=100".
func announced(field string) int {
	for part := range strings.SplitSeq(field, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		if n, err := strconv.Atoi(strings.TrimSpace(number)); err == nil && strings.EqualFold(strings.TrimSpace(name), "timeout") && n >= 0 {
			return n
		}
	}
	return 0
}

// Verdict tells what is wrong with one connection, "" when nothing is.
func (w Watched) Verdict(toleranceMS float64) string {
	switch {
	case w.State == string(wire.Unopened):
		return "unreached"
	case w.Kind == balancer:
		if w.Answers >= 2 {
			return ""
		}
		if w.Answers == 0 {
			return "unreached"
		}
		return "before_balancer"
	case w.Kind == idle && w.Answers == 0:
		return "unreached"
	case w.State == string(wire.Open):
		return "absent"
	case w.LastedMS > w.DeclaredMS+toleranceMS:
		return "late"
	case w.LastedMS >= max(w.DeclaredMS-toleranceMS, w.DeclaredMS/2): // whatever the tolerance, what ends at once waited for nothing
		return ""
	case (w.Kind == slowBody || w.Kind == dripBody) && w.Answers > 0 && w.LastedMS < refusedWithin:
		return "unreached"
	}
	return "early"
}

// refusedWithin is the time in milliseconds within which an answer to half a
// request did not wait for the rest: it was refused for another cause, such as
// its path, and nothing was measured.
const refusedWithin = 500

func judgeTimeouts(o Timeouts, limits evidence.Limits) evidence.Finding {
	verdicts := map[string][]string{}
	for _, w := range o.Watched {
		v := w.Verdict(limits["tolerance"])
		verdicts[v] = append(verdicts[v], w.Kind)
	}
	facts := evidence.Facts{"watched": len(o.Watched), "lag_seen": milliseconds(o.LagMS), "longest": milliseconds(o.LongestMS), "balancer": milliseconds(o.BalancerMS)}
	watched := 0.0
	for _, w := range o.Watched {
		facts[w.Kind], watched = milliseconds(w.LastedMS), max(watched, w.LastedMS)
	}
	facts["watch"] = milliseconds(watched)
	if len(o.Watched) == 0 {
		if o.LongestMS > 0 {
			return evidence.Undecided("beyond", facts)
		}
		return evidence.Undecided("nothing", facts)
	}
	if len(verdicts["unreached"]) > 0 || !wholeSet(o.Watched) {
		facts["wrong"] = verdicts["unreached"]
		return evidence.Undecided("unreached", facts)
	}
	wrong := wrongOf(o.Watched, limits["tolerance"])
	facts["wrong"], facts["count"] = wrong, len(wrong)
	for _, reason := range []string{"absent", "before_balancer", "late", "early"} {
		if len(verdicts[reason]) == 0 {
			continue
		}
		if o.LagMS > limits["lag"] {
			return evidence.Undecided("starved", facts) // the instrument may be at fault
		}
		return evidence.Failed(reason, facts)
	}
	return evidence.Passed("kept", facts)
}

// wrongOf names the connections that did not end as declared, and how they ended.
func wrongOf(all []Watched, toleranceMS float64) []string {
	ends := map[string]string{"absent": "open", "late": "late", "early": "early", "before_balancer": "lost"}
	var list []string
	for _, w := range all {
		if v := w.Verdict(toleranceMS); v != "" {
			list = append(list, w.Kind+": "+ends[v])
		}
	}
	return list
}

// wholeSet tells that every kind of connection was watched, once.
func wholeSet(all []Watched) bool {
	var kinds []string
	for _, w := range all {
		kinds = append(kinds, w.Kind)
	}
	slices.Sort(kinds)
	want := []string{balancer, dripBody, dripHeader, idle, silent, slowBody, slowHeader}
	slices.Sort(want)
	return slices.Equal(kinds, want)
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
