package parity

import (
	"context"
	"strings"
	"time"

	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
	labwire "listo/internal/lab/wire"
)

// keepAlive asks whether one connection serves many requests, as a load balancer
// needs it.
func keepAlive() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: keepAliveID, Class: keepAliveID,
		Needs:   []evidence.Need{evidence.NeedService, evidence.Setting("expect.keep_alive")},
		Limits:  []evidence.Limit{{Name: "requests", Default: 20, Unit: "requests", Direction: evidence.AtLeast}},
		Reasons: []string{"reused", "closed", "closes_late", "ignores_close", "unanswered", "throttled", "nothing"},
	}, runKeepAlive, judgeKeepAlive)
}

// KeepAlive is how requests fared on one connection.
type KeepAlive struct {
	Request string `json:"request"`
	Wanted  int    `json:"wanted"` // requests on one connection
	Served  int    `json:"served"`
	Status  int    `json:"status"` // of the last answer
	// Announced tells that an answer said Connection: close although more was wanted.
	Announced bool   `json:"announced"`
	State     string `json:"state"`
	Malformed string `json:"malformed,omitempty"`
	Err       string `json:"err,omitempty"`
	// Last is how a request with Connection: close of its own ended.
	LastServed int    `json:"last_served"`
	LastState  string `json:"last_state"`
}

const keepAlivePatience = 20 * time.Second

func runKeepAlive(ctx context.Context, b *lab.Bench) (KeepAlive, error) {
	client, err := labwire.On(b)
	if err != nil {
		return KeepAlive{}, err
	}
	line := settings(b).Expect.KeepAlive
	_, path, err := methodAndPath(line)
	if err != nil {
		return KeepAlive{}, err
	}
	o := KeepAlive{Request: line, Wanted: max(2, int(b.Limit("requests")))}
	var steps []wire.Step
	for range o.Wanted {
		step := wire.Request(message("GET", path, client.Host(), nil))
		step.Await = true
		steps = append(steps, step)
	}
	c := client.Talk(ctx, labwire.Plan{Script: wire.Script{Steps: steps, Answers: o.Wanted, Patience: keepAlivePatience, MostBytes: 8 << 20}})
	o.Served, o.Status, o.State, o.Malformed = len(c.Answers), statusOf(c), string(c.State), c.Malformed
	if c.Err != nil {
		o.Err = strings.ToValidUTF8(c.Err.Error(), "\ufffd")
		return o, ctx.Err()
	}
	for i, a := range c.Answers {
		o.Announced = o.Announced || i+1 < o.Wanted && a.Closes()
	}
	end := client.Talk(ctx, labwire.Plan{Script: wire.Script{Patience: closingPatience,
		Steps: []wire.Step{wire.Request(message("GET", path, client.Host(), nil, "Connection", "close"))}}})
	o.LastServed, o.LastState = len(end.Answers), string(end.State)
	return o, ctx.Err()
}

// closingPatience is how long a connection may stand that both sides are done with.
const closingPatience = 4 * time.Second

func judgeKeepAlive(o KeepAlive, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"request": []string{o.Request}, "wanted": o.Wanted, "served": o.Served, "status": o.Status}
	switch {
	case o.Wanted < 2 || float64(o.Wanted) < limits["requests"]:
		return evidence.Undecided("nothing", facts)
	case o.Served == 0 || o.Malformed != "" || o.Err != "" || o.Status >= 500:
		return evidence.Undecided("unanswered", facts)
	case o.Status == 429:
		return evidence.Undecided("throttled", facts)
	case o.Served == 1:
		return evidence.Failed("closed", facts)
	case o.Served < o.Wanted && o.State == string(wire.Open):
		return evidence.Undecided("unanswered", facts) // it was slow, not unwilling
	case o.Served < o.Wanted || o.Announced:
		return evidence.Failed("closes_late", facts)
	case o.LastServed == 0:
		return evidence.Undecided("unanswered", facts)
	case o.LastState == string(wire.Open):
		return evidence.Failed("ignores_close", facts)
	}
	return evidence.Passed("reused", facts)
}
