package load

import "slices"

// add pools two generators: what both can do together, and the larger error bar.
func (c *Calibration) add(o Calibration) {
	c.Users += o.Users
	c.Rate += o.Rate
	c.Failed += o.Failed
	c.Floor = worst(c.Floor, o.Floor)
}

// worst takes of each figure the larger one. N counts both.
func worst(a, b Latency) Latency {
	return Latency{
		N: a.N + b.N, Min: max(a.Min, b.Min), Mean: max(a.Mean, b.Mean), P50: max(a.P50, b.P50), P90: max(a.P90, b.P90),
		P95: max(a.P95, b.P95), P99: max(a.P99, b.P99), P999: max(a.P999, b.P999), Max: max(a.Max, b.Max),
	}
}

// mergeInstruments keeps the worst of each figure; times that were used, and
// counts, add up.
func mergeInstruments(parts []*Result) Instrument {
	in := Instrument{Reasons: []Reason{}, Health: []Health{}}
	for _, r := range parts {
		p := r.Instrument
		in.Saturated = in.Saturated || p.Saturated
		for _, reason := range p.Reasons {
			in.blame(reason)
		}
		in.Watched = max(in.Watched, p.Watched)
		in.CPU += p.CPU
		in.Cores += p.Cores
		in.CPUShare = max(in.CPUShare, p.CPUShare)
		in.Lag = worst(in.Lag, p.Lag)
		in.schedule(p)
		in.RunDelay += p.RunDelay
		in.Throttled += p.Throttled
		in.Pressure = max(in.Pressure, p.Pressure)
		in.Collections += p.Collections
		in.LongestPause = max(in.LongestPause, p.LongestPause)
		if in.fuller(p) {
			in.Descriptors, in.DescriptorLimit = p.Descriptors, p.DescriptorLimit
		}
		in.UsersTime += p.UsersTime
		in.OwnTime += p.OwnTime
		in.Unknown = append(in.Unknown, p.Unknown...)
		in.suffer(p.Health)
	}
	slices.Sort(in.Unknown)
	in.Unknown = slices.Compact(in.Unknown)
	return in
}

// schedule keeps the worst of what only the open model has.
func (in *Instrument) schedule(p Instrument) {
	if p.Dispatch != nil {
		if in.Dispatch == nil {
			in.Dispatch = &Latency{}
		}
		*in.Dispatch = worst(*in.Dispatch, *p.Dispatch)
	}
	if p.Occupancy != nil {
		if in.Occupancy == nil {
			in.Occupancy = &Occupancy{}
		}
		in.Occupancy.worsen(*p.Occupancy)
	}
}

// blame keeps the worst of each reason.
func (in *Instrument) blame(r Reason) {
	for i, known := range in.Reasons {
		if known.Name == r.Name {
			if r.Got-r.Limit > known.Got-known.Limit {
				in.Reasons[i] = r
			}
			return
		}
	}
	in.Reasons = append(in.Reasons, r)
}

// fuller tells that another instrument came nearer to its limit of descriptors.
func (in *Instrument) fuller(p Instrument) bool {
	share := func(i Instrument) float64 { return float64(i.Descriptors) / float64(max(1, i.DescriptorLimit)) }
	return share(p) >= share(*in)
}

// suffer keeps the worst of each moment.
func (in *Instrument) suffer(health []Health) {
	for i, h := range health {
		if i == len(in.Health) {
			in.Health = append(in.Health, Health{})
		}
		in.Health[i] = Health{
			At:       max(in.Health[i].At, h.At),
			CPUShare: max(in.Health[i].CPUShare, h.CPUShare),
			LagMax:   max(in.Health[i].LagMax, h.LagMax),
		}
	}
}
