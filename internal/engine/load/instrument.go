package load

import "time"

// Instrument is how the generator itself fared while it measured. A result with
// a saturated instrument says nothing about the service.
type Instrument struct {
	// Saturated says that at least one figure is beyond what can be believed;
	// Reasons are these figures.
	Saturated bool     `json:"saturated"`
	Reasons   []Reason `json:"reasons"`
	// Watched is the time that the other figures are about. CPU is the processor
	// time of this process, CPUShare its share of Cores.
	Watched  time.Duration `json:"watched_ns"`
	CPU      time.Duration `json:"cpu_ns"`
	Cores    int           `json:"cores"`
	CPUShare float64       `json:"cpu_share"`
	// Lag is how late the generator woke, over time: a goroutine that sleeps for a
	// moment again and again also stands for the wakings that it missed while it
	// was late, so that one long stop weighs what it lasted.
	Lag Latency `json:"lag"`
	// Dispatch is how late the open model's schedule was kept while connections
	// were free.
	Dispatch *Latency `json:"dispatch,omitempty"`
	// Occupancy is how the open model's connections were used.
	Occupancy *Occupancy `json:"occupancy,omitempty"`
	// RunDelay is the time that the generator's threads were ready to run and had
	// no processor.
	RunDelay time.Duration `json:"run_delay_ns"`
	// Throttled counts the times that the control group's CPU limit stopped us.
	Throttled int64 `json:"throttled"`
	// Pressure is the time in which any process of the machine waited for a
	// processor: it shows foreign load.
	Pressure time.Duration `json:"pressure_ns"`
	// Collections counts garbage collections, LongestPause is the worst of them.
	Collections  int64         `json:"collections"`
	LongestPause time.Duration `json:"longest_pause_ns"`
	// Descriptors is the most files and sockets seen open, of DescriptorLimit.
	Descriptors     int `json:"descriptors"`
	DescriptorLimit int `json:"descriptor_limit"`
	// UsersTime is what all users of the closed model spent, OwnTime the part of
	// it that was neither a request nor a pause (Little's law, user by user).
	UsersTime time.Duration `json:"users_time_ns"`
	OwnTime   time.Duration `json:"own_time_ns"`
	// Unknown names the figures that this system does not give.
	Unknown []string `json:"unknown,omitempty"`
	// Health is the course of the figures, one point per WindowLength.
	Health []Health `json:"health"`
}

// Health is one point of the generator's course.
type Health struct {
	At       time.Duration `json:"at_ns"` // since the watch began
	CPUShare float64       `json:"cpu_share"`
	LagMax   time.Duration `json:"lag_max_ns"`
}

// Reason is a figure of the instrument that is beyond its limit. Durations are
// in seconds, shares between 0 and 1.
type Reason struct {
	Name  string  `json:"name"`
	Got   float64 `json:"got"`
	Limit float64 `json:"limit"`
}

// The limits of what can be believed. They belong to the instrument, not to the
// service, and no plan may loosen them.
const (
	maxLag         = time.Millisecond // or maxLagShare of the budget, if that is more
	maxLagShare    = 0.10             // of the budget: lag, the missed wakings counted
	maxBudgetShare = 0.05             // of the budget: pauses of the collector, mean run delay of a waking
	maxCPUShare    = 0.80
	maxDelayShare  = 0.05 // run delay, of the watched time on all cores; only without a budget
	maxOwnShare    = 0.05 // of the users' time
	maxCeiling     = 0.50 // of what the calibration reached
)

// judge compares the figures with their limits.
func (in *Instrument) judge(r *Result) {
	in.Reasons = []Reason{}
	over := func(name string, got, limit float64) {
		if got > limit {
			in.Reasons = append(in.Reasons, Reason{name, got, limit})
		}
	}
	byBudget := r.Profile.Budget.Seconds() * maxBudgetShare
	lag := max(maxLag.Seconds(), r.Profile.Budget.Seconds()*maxLagShare)
	over("lag_p99", in.Lag.P99.Seconds(), lag)
	if in.Dispatch != nil {
		over("dispatch_p99", in.Dispatch.P99.Seconds(), lag)
	}
	if o := in.Occupancy; o != nil && o.Waited.P99.Seconds() > lag && o.kept(r.Profile) {
		over("connections", o.needed(r.Profile.Rate), float64(r.Profile.Users)*maxBusyShare)
	}
	over("cpu_share", in.CPUShare, maxCPUShare)
	in.delayed(r, over)
	over("throttled", float64(in.Throttled), 0)
	if byBudget > 0 {
		over("collector_pause", in.LongestPause.Seconds(), byBudget)
	}
	over("own_time", in.OwnTime.Seconds(), in.UsersTime.Seconds()*maxOwnShare)
	over("generator_errors", float64(r.Total.Classes[Generator]), 0)
	if in.Watched == 0 {
		in.Reasons = append(in.Reasons, Reason{Name: "unwatched"})
	}
	if ceiling := r.Profile.Calibration.Rate; ceiling > 0 {
		over("rate_of_ceiling", r.Rate(), ceiling*maxCeiling)
	} else {
		in.Reasons = append(in.Reasons, Reason{Name: "uncalibrated"})
	}
	in.Saturated = len(in.Reasons) > 0
}

// delayed judges the wait for a processor. A budget says how much may be added
// to each time the generator wakes, for a request or for its own watch; without
// one only the share of time can be judged.
func (in *Instrument) delayed(r *Result, over func(name string, got, limit float64)) {
	if r.Profile.Budget == 0 {
		over("run_delay", in.RunDelay.Seconds(), in.Watched.Seconds()*float64(in.Cores)*maxDelayShare)
		return
	}
	per := in.RunDelay.Seconds() / max(1, float64(r.Total.Requests+in.Lag.N))
	over("run_delay", per, max(maxLag.Seconds(), r.Profile.Budget.Seconds()*maxBudgetShare))
}

// instrument gathers what the watch and the users know.
func (r *run) instrument(w *watch) Instrument {
	in := w.figures()
	if r.machine.idle {
		in.Watched, in.Cores = max(r.measured(), 1), 1
	}
	for _, u := range r.users {
		in.UsersTime += u.spent
		in.OwnTime += u.own
	}
	if r.profile.open() {
		late := r.dispatched.Summary()
		in.Dispatch, in.Occupancy = &late, r.occupancy()
	}
	return in
}
