package load

import (
	"slices"
	"time"
)

// Result is what a run saw. It is plain data and survives JSON unchanged.
// Durations are nanoseconds. Only the measured part is counted, except where a
// field says otherwise.
type Result struct {
	Profile Profile `json:"profile"`
	// Address is what was connected to.
	Address string `json:"address"`
	// Interrupted says that the run was stopped from outside.
	Interrupted bool `json:"interrupted"`
	// Parts is how many runs were added up to this one; 0 is a run by itself.
	Parts  int    `json:"parts,omitempty"`
	WarmUp WarmUp `json:"warm_up"`
	// Measured is the length of the part in which requests were begun.
	Measured  time.Duration `json:"measured_ns"`
	Total     Endpoint      `json:"total"`
	Endpoints []Endpoint    `json:"endpoints"`
	// Connections are those of the whole run.
	Connections Connections `json:"connections"`
	Stalls      Stalls      `json:"stalls"`
	// Series is the whole run in steps of WindowLength, warm-up included.
	Series     []Window   `json:"series"`
	Instrument Instrument `json:"instrument"`
	// Examples holds the first error of each class that has one.
	Examples map[Class]string `json:"examples,omitempty"`
}

// Endpoint is what came of the requests of one name, or of all.
type Endpoint struct {
	Name string `json:"name"`
	// Requests fell due; Sent reached a connection; Answered were right and in
	// time; Failed were not, and it was not the generator's doing.
	Requests int64 `json:"requests"`
	Sent     int64 `json:"sent"`
	Answered int64 `json:"answered"`
	Failed   int64 `json:"failed"`
	// Over counts the answers over the budget, exactly.
	Over int64 `json:"over"`
	// Bytes are bytes of body, as sent.
	Bytes    int64           `json:"bytes"`
	Classes  map[Class]int64 `json:"classes"`
	Statuses map[int]int64   `json:"statuses"`
	// Latency is that of Answered: in the closed model from the user's wish to the
	// last byte, in the open one from the intended time to the last byte.
	Latency Latency `json:"latency"`
	// Service is the open model's latency from the actual sending.
	Service *Latency `json:"service,omitempty"`
	// FailedAfter is the time that Failed took.
	FailedAfter Latency `json:"failed_after"`
	// Histogram is behind Latency, ServiceHistogram behind Service, FailedHistogram
	// behind FailedAfter.
	Histogram        *Histogram `json:"histogram"`
	ServiceHistogram *Histogram `json:"service_histogram,omitempty"`
	FailedHistogram  *Histogram `json:"failed_histogram,omitempty"`
}

// WarmUp is the part that was discarded.
type WarmUp struct {
	Lasted time.Duration `json:"lasted_ns"`
	// Steady says that it ended because the latencies had become steady.
	Steady   bool    `json:"steady"`
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	Latency  Latency `json:"latency"`
	// Histogram is behind Latency.
	Histogram *Histogram `json:"histogram,omitempty"`
}

// Connections counts connections. Resets are not among the ends: they are
// classes of requests.
type Connections struct {
	Made int64 `json:"made"`
	// Asked were closed because an answer said so, WhileIdle were found closed
	// before the next request, Unasked brought bytes that no request had asked for.
	Asked     int64 `json:"asked"`
	WhileIdle int64 `json:"while_idle"`
	Unasked   int64 `json:"unasked"`
	// Took is the time to connect, TLS included.
	Took Latency `json:"took"`
	// Histogram is behind Took.
	Histogram *Histogram `json:"histogram,omitempty"`
}

// Stalls shows what the percentiles of a closed model hide: while the service
// stands still, its users wait and send nothing that could be slow.
type Stalls struct {
	// LongestSilence is the longest time with a request in flight and no answer.
	LongestSilence time.Duration `json:"longest_silence_ns"`
	// Seconds are the whole seconds measured. In LowSeconds fewer than half of the
	// median of right answers came, in SilentSeconds none.
	Seconds       int `json:"seconds"`
	LowSeconds    int `json:"low_seconds"`
	SilentSeconds int `json:"silent_seconds"`
}

// Rate is the number of requests per second that were sent.
func (r *Result) Rate() float64 {
	if r.Measured <= 0 {
		return 0
	}
	return float64(r.Total.Sent) / r.Measured.Seconds()
}

// result reads the run when all users have ended.
func (r *run) result(w *watch) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.series.close()
	res := &Result{
		Profile:     r.profile,
		Address:     r.target.address,
		Interrupted: r.stopped.Load(),
		Measured:    r.measured(),
		WarmUp: WarmUp{
			Lasted:   min(r.start(), r.now()),
			Steady:   r.steady,
			Requests: r.warm.requests(),
			Failed:   r.warm.failures(),
			Latency:  r.warm.latency.Summary(),

			Histogram: &r.warm.latency,
		},
		Connections: r.links,
		Series:      r.series.windows,
		Examples:    r.examples,
	}
	res.Connections.Took, res.Connections.Histogram = r.connects.Summary(), &r.connects
	total := &tally{}
	for i := range r.endpoints {
		total.merge(&r.endpoints[i])
		res.Endpoints = append(res.Endpoints, r.endpoints[i].endpoint(r.names[i], r.profile))
	}
	res.Total = total.endpoint("total", r.profile)
	res.Stalls = stalls(res.Series, r.start(), res.Measured)
	res.Stalls.LongestSilence = r.silence
	res.Instrument = r.instrument(w)
	res.Instrument.judge(res)
	return res
}

// measured is the length of the measured part: its planned length, or up to the
// last request when something else ended it.
func (r *run) measured() time.Duration {
	p := &r.profile
	full := p.Requests > 0 && r.issued.Load() >= p.Requests
	if p.Duration > 0 && !full && !r.stopped.Load() {
		return p.Duration
	}
	return max(0, r.last-min(r.start(), r.last))
}

// stalls looks for the seconds in which little came back. The windows begin with
// the run, the measured part at start.
func stalls(windows []Window, start, measured time.Duration) Stalls {
	const perSecond = int(time.Second / WindowLength)
	s := Stalls{Seconds: int(measured / time.Second)}
	if s.Seconds == 0 {
		return s
	}
	first := int(start / WindowLength)
	done := make([]int64, s.Seconds)
	for i := range done {
		for j := range perSecond {
			if k := first + i*perSecond + j; k < len(windows) {
				done[i] += windows[k].Done
			}
		}
	}
	median := slices.Sorted(slices.Values(done))[s.Seconds/2]
	for _, n := range done {
		if 2*n < median {
			s.LowSeconds++
		}
		if n == 0 {
			s.SilentSeconds++
		}
	}
	return s
}

func (t *tally) requests() (n int64) {
	for _, c := range t.classes {
		n += c
	}
	return n
}

func (t *tally) failures() (n int64) {
	for c, count := range t.classes {
		if Class(c).Failed() {
			n += count
		}
	}
	return n
}

func (t *tally) endpoint(name string, p Profile) Endpoint {
	e := Endpoint{
		Name:        name,
		Requests:    t.requests(),
		Answered:    t.classes[Answered],
		Failed:      t.failures(),
		Over:        t.over,
		Bytes:       t.bytes,
		Classes:     map[Class]int64{},
		Statuses:    map[int]int64{},
		Latency:     t.latency.Summary(),
		FailedAfter: t.failed.Summary(),
		Histogram:   &t.latency,

		FailedHistogram: &t.failed,
	}
	e.Sent = e.Requests - t.classes[Connect] - t.classes[Generator] - t.classes[Late]
	for c, n := range t.classes {
		if n > 0 {
			e.Classes[Class(c)] = n
		}
	}
	for status, n := range t.statuses {
		if n > 0 && status > 0 {
			e.Statuses[status] = n
		}
	}
	if p.open() {
		service := t.service.Summary()
		e.Service, e.ServiceHistogram = &service, &t.service
	}
	return e
}
