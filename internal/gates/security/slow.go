package security

import (
	"context"
	nethttp "net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"listo/internal/engine/abuse"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
	labwire "listo/internal/lab/wire"
)

const (
	// crowdOf is how many connections of each kind are held at once.
	crowdOf = 30
	// settling is how long the crowd has to stand before others are asked.
	settling = time.Second
	// beforeProbes and duringProbes are how often others ask; probeEvery is the pause.
	beforeProbes, duringProbes = 10, 25
	probeEvery                 = 200 * time.Millisecond
	// lostAfter is how long others wait: twice what an answer may take.
	lostAfter = 2
	// enoughLost is after how many requests without success it is known.
	enoughLost = 2
)

// slow asks whether clients that hold connections keep the others out.
func slow() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: slowID, Class: slowID, Loading: true, Needs: needsOfAssault(),
		Limits: []evidence.Limit{
			{Name: "probe", Default: 1000, Unit: "ms", Direction: evidence.AtMost},
			{Name: "lag", Default: 500, Unit: "ms", Direction: evidence.AtMost},
		},
		Reasons: []string{"untouched", "kept_out", "slowed", "starved", "dead", "uncontrolled", "unanswered"},
	}, timed(budget, runSlow), judgeSlow)
}

// Held is what others got while slow clients held their connections.
type Held struct {
	Crowds []Crowd `json:"crowds"`
	Before Probes  `json:"before"` // nobody was slow
	During Probes  `json:"during"`
	Alive  int     `json:"alive"`
	LagMS  float64 `json:"lag_ms"`
	// From is the address that the slow ones came from; "" when it was the others'.
	From string `json:"from"`
}

// Crowd is the connections of one kind.
type Crowd struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Sent   int    `json:"sent"`   // connections tried
	Opened int    `json:"opened"` // that stood
	Ended  int    `json:"ended"`  // that the service ended meanwhile
	// EndedMS is when the last of those ended, FirstStatus the first answer of the
	// first one; 0 when none.
	EndedMS     float64 `json:"ended_ms"`
	FirstStatus int     `json:"first_status"`
}

// Probes is the others' requests.
type Probes struct {
	Sent     int     `json:"sent"`
	Served   int     `json:"served"`
	Limited  int     `json:"limited"` // 429
	MedianMS float64 `json:"median_ms"`
	WorstMS  float64 `json:"worst_ms"`
}

func runSlow(ctx context.Context, b *lab.Bench) (Held, error) {
	o := Held{Crowds: []Crowd{}}
	a, err := prepare(ctx, b, abuse.Slow)
	if err != nil {
		return o, err
	}
	a.canary.Close()
	client := http.On(b)
	ask := func(ctx context.Context) http.Answer {
		bounded, cancel := context.WithTimeout(ctx, lostAfter*b.LimitDuration("probe"))
		defer cancel()
		return client.Do(bounded, http.Request{Method: nethttp.MethodGet, Path: a.place.Page})
	}
	o.Before = probe(ctx, beforeProbes, ask)
	if peer, err := netip.ParseAddr(a.peer()); err == nil && peer.Is4() && peer.IsLoopback() {
		o.From = otherAddress
	}
	lag := labwire.Lag()
	held, release := context.WithCancel(ctx)
	var together sync.WaitGroup
	all := abuse.Of(abuse.Slow)
	o.Crowds = make([]Crowd, len(all))
	for i, t := range all {
		together.Go(func() { o.Crowds[i] = a.hold(held, t, o.From) })
	}
	pause(ctx, settling)
	o.During = probe(ctx, duringProbes, ask)
	release()
	together.Wait()
	o.LagMS = lab.Milliseconds(lag())
	o.Alive = patient(ctx, client, http.Request{Method: nethttp.MethodGet, Path: a.place.Page}).Status
	return o, ctx.Err()
}

// hold keeps connections of one kind until the context ends.
func (a *assault) hold(ctx context.Context, t abuse.Attack, from string) Crowd {
	script := labwire.ScriptOf(t, a.place, budget)
	script.From = address(from)
	c := Crowd{ID: t.ID, Name: t.Name, Sent: crowdOf}
	for _, conn := range a.client.Crowd(ctx, labwire.Plan{Variables: a.variables(), Script: script}, crowdOf) {
		if conn.Err != nil {
			continue
		}
		c.Opened++
		if conn.State == "open" {
			continue
		}
		if c.Ended++; len(conn.Answers) > 0 && c.FirstStatus == 0 {
			c.FirstStatus = conn.Answers[0].Status
		}
		c.EndedMS = max(c.EndedMS, lab.Milliseconds(conn.EndedAt))
	}
	return c
}

// probe asks n times with a pause after each; it ends early when nobody is served.
func probe(ctx context.Context, n int, ask func(context.Context) http.Answer) Probes {
	var p Probes
	var took []time.Duration
	for range n {
		a := ask(ctx)
		p.Sent++
		switch {
		case a.Err == nil && a.Status/100 == 2:
			p.Served++
		case a.Status == nethttp.StatusTooManyRequests:
			p.Limited++
		}
		took = append(took, a.Took)
		if p.Sent-p.Served-p.Limited == enoughLost {
			break
		}
		pause(ctx, probeEvery)
	}
	slices.Sort(took)
	p.MedianMS, p.WorstMS = lab.Milliseconds(took[len(took)/2]), lab.Milliseconds(took[len(took)-1])
	return p
}

// Opened counts the connections that stood.
func (o Held) Opened() int {
	n := 0
	for _, c := range o.Crowds {
		n += c.Opened
	}
	return n
}

func judgeSlow(o Held, limits evidence.Limits) evidence.Finding {
	sent := 0
	for _, c := range o.Crowds {
		sent += c.Sent
	}
	facts := evidence.Facts{"sent": sent, "opened": o.Opened(), "before": o.Before.Served, "before_sent": o.Before.Sent, "served": o.During.Served, "asked": o.During.Sent,
		"median": milliseconds(o.During.MedianMS), "usual": milliseconds(o.Before.MedianMS), "alive": o.Alive, "lag_seen": milliseconds(o.LagMS)}
	starved := o.LagMS > limits["lag"]
	switch {
	case len(o.Crowds) == 0 || o.Before.Sent == 0 || o.Before.Served < o.Before.Sent:
		return evidence.Undecided("uncontrolled", facts)
	case o.During.Limited > 0:
		return evidence.Undecided("unanswered", facts)
	case o.During.Served < o.During.Sent && starved, o.During.MedianMS > limits["probe"] && starved:
		return evidence.Undecided("starved", facts)
	case o.During.Served < o.During.Sent:
		return evidence.Failed("kept_out", facts)
	case o.During.MedianMS > limits["probe"]:
		return evidence.Failed("slowed", facts)
	case o.Alive == 0 || o.Alive >= 500:
		return evidence.Failed("dead", facts)
	case o.During.Sent == 0 || sent == 0 || len(o.Crowds) < len(abuse.Of(abuse.Slow)):
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed("untouched", facts)
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
