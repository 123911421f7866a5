package performance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/load"
	"listo/internal/evidence"
	"listo/internal/words"
)

// budgetShare is how many of a hundred answers may be slower than the budget: it
// is what a 95th percentile means, and no limit of anybody's.
const budgetShare = 5.0

// reasonsWith gives the reasons that every measurement of this room may answer,
// and its own.
func reasonsWith(own ...string) []string {
	return append([]string{"within", "errors", "unfit", "no_mix", "instrument", "starved", "nothing_sent", "throttled", "few"}, own...)
}

// question is one share that must be under its limit.
type question struct {
	reason string // "slow" or "errors"
	where  string // the endpoint; "" is all of them
	model  string
	share  load.Share
	limit  float64 // percent
	p95MS  float64
}

// questions are all that must be under their limits. Latency is asked of each
// model by itself, since the worse of the two decides; errors are asked of all
// together.
func (m Measured) questions(r rule, limits evidence.Limits) []question {
	return r.questions(m.pools(), limits)
}

// against are the questions about what may be held against the service: the
// attempts in which it had the machine.
func (m Measured) against(r rule, limits evidence.Limits) []question {
	return r.questions(m.pooled(func(a Attempt) bool { return a.saturated() || a.starved() }), limits)
}

func (r rule) questions(pools map[string]*pool, limits evidence.Limits) (all []question) {
	total, byName := load.Share{}, map[string]load.Share{}
	for _, model := range slices.Sorted(maps.Keys(pools)) {
		p := pools[model]
		if !r.asks(model) {
			continue
		}
		total = total.Add(p.wrong)
		for name, e := range p.endpoints {
			byName[name] = byName[name].Add(e.wrong)
		}
		if r.slow != "" {
			all = append(all, p.latency(r, model)...)
		}
	}
	wrong := []question{{reason: "errors", share: total, limit: limits["errors"]}}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if !r.whole {
			wrong = append(wrong, question{reason: "errors", where: name, share: byName[name], limit: limits["errors"]})
		}
	}
	for _, model := range r.must {
		if p := pools[model]; p == nil || p.total.Requests == 0 {
			wrong = append(wrong, question{reason: "errors", model: model, limit: limits["errors"]}) // of nothing nothing is known
		}
	}
	return append(wrong, all...)
}

func (p *pool) latency(r rule, model string) []question {
	all := []question{{r.slow, "", model, p.slow, budgetShare, p.p95MS}}
	for _, name := range slices.Sorted(maps.Keys(p.endpoints)) {
		if e := p.endpoints[name]; !r.whole {
			all = append(all, question{r.slow, name, model, e.slow, budgetShare, e.p95MS})
		}
	}
	return all
}

// conclusive tells whether more attempts would change nothing.
func (m Measured) conclusive(r rule, limits evidence.Limits) bool {
	if m.requests() == 0 {
		return false // the instrument was at fault each time
	}
	if slices.ContainsFunc(m.against(r, limits), func(q question) bool { return q.share.Over(q.limit) }) {
		return true
	}
	return kept(m.against(r, limits)) || kept(m.questions(r, limits)) || m.throttled() > 0
}

// kept tells that every share is under its limit.
func kept(all []question) bool {
	return !slices.ContainsFunc(all, func(q question) bool { return !q.share.Under(q.limit) })
}

func (m Measured) throttled() (n int64) {
	for _, p := range m.pools() {
		n += p.total.Throttled
	}
	return n
}

// judge is what all measurements of this room are judged by.
func (m Measured) judge(r rule, limits evidence.Limits) evidence.Finding {
	if f, ok := m.unready(); ok {
		return f
	}
	fair, questions := m.against(r, limits), m.questions(r, limits)
	for _, q := range fair {
		if q.share.Over(q.limit) {
			return evidence.Failed(q.reason, m.facts(q))
		}
	}
	if n := m.throttled(); n > 0 {
		return evidence.Undecided("throttled", evidence.Facts{"throttled": n, "sent": m.requests(), "identities": m.Plan.Identities})
	}
	if kept(fair) {
		return evidence.Passed("within", m.facts(m.worst(fair)))
	}
	for _, q := range questions {
		if q.share.Over(q.limit) {
			return evidence.Undecided("starved", m.facts(q))
		}
	}
	for _, q := range questions {
		if !q.share.Under(q.limit) {
			return evidence.Undecided("few", m.facts(q))
		}
	}
	return evidence.Passed("within", m.facts(m.worst(questions)))
}

// unready gives the finding of a measurement that measured nothing, if so.
func (m Measured) unready() (evidence.Finding, bool) {
	switch {
	case len(m.Unfit) > 0:
		var all []string
		for _, u := range m.Unfit {
			all = append(all, u.String())
		}
		return evidence.Undecided("unfit", evidence.Facts{"requests": all}), true
	case len(m.Expected) == 0:
		return evidence.Undecided("no_mix", nil), true
	case m.requests() == 0 && m.attempted() == 0:
		return evidence.Undecided("nothing_sent", nil), true
	case m.requests() == 0:
		return evidence.Undecided("instrument", evidence.Facts{"tries": len(m.Attempts), "figures": m.complaints()}), true
	}
	return evidence.Finding{}, false
}

// requests counts what the good attempts asked, attempted what all of them did.
func (m Measured) requests() (n int64) {
	for _, p := range m.pools() {
		n += p.total.Requests
	}
	return n
}

func (m Measured) attempted() (n int64) {
	for _, a := range m.Attempts {
		for _, p := range a.Parts {
			n += p.Total.Requests
		}
	}
	return n
}

// complaints lists what was wrong with the instrument.
func (m Measured) complaints() []string {
	var all []string
	for _, a := range m.Attempts {
		for _, p := range a.Parts {
			for _, r := range p.Instrument.Reasons {
				if text := fmt.Sprintf("%s %.3g > %.3g", r.Name, r.Got, r.Limit); !slices.Contains(all, text) {
					all = append(all, text)
				}
			}
		}
	}
	return all
}

// worst is the question about latency that came nearest to its limit.
func (m Measured) worst(questions []question) question {
	worst := questions[0]
	for _, q := range questions {
		if q.reason != "errors" && (worst.reason == "errors" || q.p95MS > worst.p95MS) {
			worst = q
		}
	}
	return worst
}

// facts are what a phrase may quote of one question.
func (m Measured) facts(q question) evidence.Facts {
	low, high := q.share.Bounds()
	where := q.where
	if where == "" {
		where = "total"
	}
	var answered, rate float64
	good := 0
	for _, a := range m.Attempts {
		if a.saturated() || len(a.Parts) == 0 {
			continue
		}
		good++
		answered, rate = answered+float64(a.Parts[0].Total.Answered), rate+a.Parts[0].Total.PerSecond
	}
	wrong := load.Share{}
	for _, p := range m.pools() {
		wrong = wrong.Add(p.wrong)
	}
	return evidence.Facts{
		"where": where, "model": q.model, "count": q.share.Count, "of": q.share.Of, "percent": words.Percent(round(q.share.Percent())),
		"low": words.Percent(round(low)), "high": words.Percent(round(high)), "limit": words.Percent(q.limit),
		"p95": milliseconds(q.p95MS), "budget": milliseconds(m.Plan.BudgetMS), "users": m.Plan.Users, "think": milliseconds(m.Plan.ThinkMS),
		"requests": m.requests(), "wrong": wrong.Count, "rate": round(rate / float64(max(1, good))),
		"tries": len(m.Attempts), "good": good, "kinds": m.kinds(q.where),
	}
}

// kinds says what the failures were, the most frequent first.
func (m Measured) kinds(where string) string {
	count := map[string]int64{}
	for _, p := range m.pools() {
		for name, e := range p.endpoints {
			if where == "" || where == name {
				for kind, n := range e.kinds {
					count[kind] += n
				}
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return int(count[b] - count[a])
		}
		return strings.Compare(a, b)
	})
	var all []string
	for _, name := range names {
		all = append(all, fmt.Sprintf("%s: %d", name, count[name]))
	}
	return strings.Join(all, ", ")
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// round leaves two decimals.
func round(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
