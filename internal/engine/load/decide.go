package load

import (
	"math"
	"time"
)

// Promise is what a run has to keep.
type Promise struct {
	// Percentile is the one that must lie within the profile's budget, such as 95;
	// 0 asks nothing about latency.
	Percentile float64 `json:"percentile,omitempty"`
	// Errors is the largest share of failed requests, in percent.
	Errors float64 `json:"errors_percent"`
}

// allowed is how many of a hundred answers may be over the budget. It is rounded
// to what a person writes: 100 - 99.9 is 0.1.
func (p Promise) allowed() float64 { return math.Round((100-p.Percentile)*1e6) / 1e6 }

// Outcome is what a run came to.
type Outcome string

// The three outcomes of a promise.
const (
	Holds    Outcome = "holds"
	Broken   Outcome = "broken"
	Unproven Outcome = "unproven"
)

// Why a promise came out as it did.
const (
	Within      = "within"       // every share is under its limit
	Slow        = "slow"         // more answers than allowed are over the budget
	Errors      = "errors"       // more requests than allowed failed
	NoneRight   = "none_right"   // requests were sent and none was answered rightly
	NothingSent = "nothing_sent" // no request reached a connection
	Stopped     = "stopped"      // the run was stopped from outside
	Saturated   = "saturated"    // the instrument was at fault
	Throttled   = "throttled"    // the load met a rate limit (429)
	Few         = "few"          // too few requests to know
	Hidden      = "hidden"       // stalls in which waiting users asked for nothing
)

// Question is one share that must be under its limit.
type Question struct {
	About    string `json:"about"`              // Slow or Errors
	Endpoint string `json:"endpoint,omitempty"` // "" is all of them
	Share    Share  `json:"share"`
	// Low and High are the one-sided 95 % bounds of the true share, Limit is what it
	// may be at most; all in percent.
	Low   float64 `json:"low_percent"`
	High  float64 `json:"high_percent"`
	Limit float64 `json:"limit_percent"`
}

// Verdict is what a run came to, why, and the shares that decided it.
type Verdict struct {
	Promise   Promise    `json:"promise"`
	Outcome   Outcome    `json:"outcome"`
	Reason    string     `json:"reason"`
	Questions []Question `json:"questions"`
	// Deciding is the place in Questions of the one that decided, -1 when none did.
	Deciding int `json:"deciding"`
}

// Decide holds a result against a promise, endpoint by endpoint and in total. It
// counts, and takes no percentile for exact: a share is over its limit, or under
// it, only with 95 % confidence, and what lies between is unproven. So is every
// run of a saturated instrument, good or bad.
func (p Promise) Decide(r *Result) Verdict {
	v := Verdict{Promise: p, Questions: p.questions(r)}
	v.Outcome, v.Reason, v.Deciding = v.decide(r)
	return v
}

func (v Verdict) decide(r *Result) (Outcome, string, int) {
	switch {
	case r.Interrupted:
		return Unproven, Stopped, -1
	case r.Total.Sent == 0:
		return Unproven, NothingSent, -1
	case r.Instrument.Saturated:
		return Unproven, Saturated, -1
	case r.Total.Answered == 0 && r.Total.Classes[TooMany] < r.Total.Sent:
		return Broken, NoneRight, -1
	}
	for i, q := range v.Questions {
		if q.Share.Over(q.Limit) {
			return Broken, q.About, i
		}
	}
	if r.Total.Classes[TooMany] > 0 {
		return Unproven, Throttled, -1
	}
	for i, q := range v.Questions {
		if !q.Share.Under(q.Limit) {
			return Unproven, Few, i
		}
	}
	if v.Promise.Percentile > 0 && !r.Profile.open() && r.Stalls.hide(r.Profile.Budget, v.Promise.allowed()) {
		return Unproven, Hidden, -1
	}
	return Holds, Within, 0
}

// hide tells that the service stood still for longer than the budget, and in more
// of the time than answers may be over it. Users that wait ask for nothing then:
// those who come on a schedule would have been too many that waited too long.
func (s Stalls) hide(budget time.Duration, allowed float64) bool {
	return s.LongestSilence > budget && 100*float64(s.LowSeconds) > allowed*float64(s.Seconds)
}

// questions are all that must be under their limits: of the total first, then of
// each endpoint where there are several.
func (p Promise) questions(r *Result) []Question {
	slow, wrong := r.Spreads()
	all := p.about(r.Total, "", slow, wrong)
	if len(r.Endpoints) > 1 {
		for _, e := range r.Endpoints {
			all = append(all, p.about(e, e.Name, slow, wrong)...)
		}
	}
	return all
}

func (p Promise) about(e Endpoint, name string, slow, wrong float64) (all []Question) {
	ask := func(about string, s Share, limit float64) {
		q := Question{About: about, Endpoint: name, Share: s, Limit: limit}
		q.Low, q.High = s.Bounds()
		all = append(all, q)
	}
	if p.Percentile > 0 {
		ask(Slow, e.slow(slow), p.allowed())
	}
	ask(Errors, e.wrong(wrong), p.Errors)
	return all
}

// slow is the share of requests that did not keep the budget: of those answered
// rightly, and of those that no answer came to in time.
func (e Endpoint) slow(spread float64) Share {
	late := e.Classes[Timeout] + e.Classes[Late]
	return Share{e.Over + late, e.Answered + late, spread}
}

// wrong is the share of requests that the service failed. What a rate limit
// refused, or our own side, says nothing about that.
func (e Endpoint) wrong(spread float64) Share {
	refused := e.Classes[TooMany]
	return Share{e.Failed - refused, e.Requests - refused - e.Classes[Generator] - e.Classes[Interrupted], spread}
}
