package performance

import (
	"slices"

	"listo/internal/engine/load"
)

// A service is starved when others use so much of the machine and its own
// threads wait so long for a processor, on average of all requests. What it does
// then is no proof against it; what it bears then, it bears.
const (
	foreignPercent = 25.0
	waitedOfBudget = 0.05
)

// starved tells that others took the machine from the service.
func (p Part) starved() bool {
	if p.Instrument.ForeignPercent < foreignPercent || p.Total.Requests == 0 {
		return false
	}
	return p.Instrument.WaitedMS/float64(p.Total.Requests) > max(1, p.BudgetMS*waitedOfBudget)
}

// starved tells that the service had not the machine in any part.
func (a Attempt) starved() bool { return slices.ContainsFunc(a.Parts, Part.starved) }

// pool is all that the good attempts saw of one model.
type pool struct {
	total     Endpoint
	slow      load.Share
	wrong     load.Share
	endpoints map[string]*pooled
	p95MS     float64 // the worst of the attempts
}

type pooled struct {
	slow, wrong load.Share
	p95MS       float64
	kinds       map[string]int64
}

// rule says which parts of a measurement are asked what.
type rule struct {
	// slow is the reason for which a share of slow answers fails; "" asks nothing
	// about latency.
	slow string
	// phases are the parts' names, in order, when the model does not name them.
	phases []string
	// only are the parts that are asked; all when empty.
	only []string
	// whole asks nothing of single endpoints.
	whole bool
	// must are the parts that must have sent something, asked or not.
	must []string
}

func (r rule) named(parts []Part) {
	for i := range parts {
		if i < len(r.phases) {
			parts[i].Model = r.phases[i]
		}
	}
}

func (r rule) asks(model string) bool { return len(r.only) == 0 || slices.Contains(r.only, model) }

// pools adds up the attempts in which the instrument was not at fault, by model.
func (m Measured) pools() map[string]*pool { return m.pooled(Attempt.saturated) }

// pooled adds up the attempts that are not left out.
func (m Measured) pooled(left func(Attempt) bool) map[string]*pool {
	all := map[string]*pool{}
	for _, a := range m.Attempts {
		if left(a) {
			continue
		}
		for _, part := range a.Parts {
			p := all[part.Model]
			if p == nil {
				p = &pool{endpoints: map[string]*pooled{}}
				all[part.Model] = p
			}
			p.add(part)
		}
	}
	return all
}

func (p *pool) add(part Part) {
	p.slow, p.wrong = p.slow.Add(part.Total.slow(part.SlowSpread)), p.wrong.Add(part.Total.wrong(part.WrongSpread))
	p.total.Requests += part.Total.Requests
	p.total.Throttled += part.Total.Throttled
	p.p95MS = max(p.p95MS, part.Total.P95MS)
	for _, e := range part.Endpoints {
		own := p.endpoints[e.Name]
		if own == nil {
			own = &pooled{kinds: map[string]int64{}}
			p.endpoints[e.Name] = own
		}
		own.slow, own.wrong = own.slow.Add(e.slow(part.SlowSpread)), own.wrong.Add(e.wrong(part.WrongSpread))
		own.p95MS = max(own.p95MS, e.P95MS)
		for kind, n := range e.Kinds {
			own.kinds[kind] += n
		}
	}
}
