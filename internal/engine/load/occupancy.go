package load

import "time"

// Occupancy is how the open model's connections were used.
type Occupancy struct {
	// Waited is how long requests waited for a free connection, of all that fell due.
	Waited Latency `json:"waited"`
	// Held is how long those that were sent held their connection, whatever came of
	// them.
	Held Latency `json:"held"`
	// Typical is the mean of Held without its longest twentieth.
	Typical time.Duration `json:"typical_ns"`
}

// maxBusyShare is how many of the connections a rate may need on average. By Little's
// law (J. D. C. Little, Operations Research 9, 1961) it needs rate times mean time
// from sending to answer; as that nears what there is the queue grows without
// bound, and it is the generator's.
const maxBusyShare = 0.80

// needed is how many connections a rate holds on average while the service does what
// it mostly does. What a stop adds is left out with the longest twentieth: that is
// the service's own, and more connections would only wait beside the others.
func (o *Occupancy) needed(rate float64) float64 { return rate * o.Typical.Seconds() }

// kept tells that the service, asked from the sending, kept the budget at the p95: only
// then may the wait for a connection be held against the generator. Without a budget
// nobody has said what slow is, and it is enough that answers come at all.
func (o *Occupancy) kept(p Profile) bool {
	if p.Budget == 0 {
		return o.Held.P95 < p.Timeout
	}
	return o.Held.P95 <= p.Budget
}

// occupancy reads what the dispatcher and the connections wrote down.
func (r *run) occupancy() *Occupancy {
	return &Occupancy{Waited: r.waited.Summary(), Held: r.held.Summary(), Typical: r.held.MeanBelow(95, 100)}
}

// worsen keeps the worst of each figure.
func (o *Occupancy) worsen(other Occupancy) {
	o.Waited, o.Held = worst(o.Waited, other.Waited), worst(o.Held, other.Held)
	o.Typical = max(o.Typical, other.Typical)
}
