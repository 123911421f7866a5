package performance

import (
	"time"

	"listo/internal/engine/load"
	"listo/internal/lab"
	labload "listo/internal/lab/load"
)

// Part is one run: one model, one length of time. Times are milliseconds.
type Part struct {
	Model       string  `json:"model"` // "closed" or "open"
	Connections int     `json:"connections"`
	Offered     float64 `json:"offered"` // requests per second of the schedule; 0 for the closed model
	MeasuredMS  float64 `json:"measured_ms"`
	WarmUp      WarmUp  `json:"warm_up"`
	// BudgetMS is what the counts of slow answers are counted against.
	BudgetMS  float64    `json:"budget_ms"`
	Total     Endpoint   `json:"total"`
	Endpoints []Endpoint `json:"endpoints"`
	// Slow and Wrong are the shares of Total with their spread over seconds.
	SlowSpread  float64           `json:"slow_spread"`
	WrongSpread float64           `json:"wrong_spread"`
	Stalls      Stalls            `json:"stalls"`
	Made        int64             `json:"connections_made"`
	Instrument  Instrument        `json:"instrument"`
	Examples    map[string]string `json:"examples"`
	// Database is the database's side; nil where nobody could look at it.
	Database *Database `json:"database,omitempty"`
}

// WarmUp is what was discarded at the beginning.
type WarmUp struct {
	MS       float64 `json:"ms"`
	Steady   bool    `json:"steady"` // the latencies had become steady before its time was over
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	P95MS    float64 `json:"p95_ms"`
}

// Endpoint is what came of the requests of one kind, or of all.
type Endpoint struct {
	Name     string `json:"name"`
	Requests int64  `json:"requests"` // fell due
	Sent     int64  `json:"sent"`     // reached a connection
	Answered int64  `json:"answered"` // rightly and in time
	// Slow are answers over the budget, and requests that had none in time.
	Slow int64 `json:"slow"`
	// Wrong are failures of the service; Throttled (429) are counted apart.
	Wrong     int64 `json:"wrong"`
	Throttled int64 `json:"throttled"`
	// Ours failed on listo's side and say nothing.
	Ours  int64            `json:"ours"`
	Kinds map[string]int64 `json:"kinds"` // failures by what happened
	// Latency is that of right answers, by nearest rank.
	P50MS float64 `json:"p50_ms"`
	P95MS float64 `json:"p95_ms"`
	P99MS float64 `json:"p99_ms"`
	MaxMS float64 `json:"max_ms"`
	// SentP95MS is the open model's p95 from the actual sending: the difference to
	// P95MS is what a client hides that waits.
	SentP95MS float64 `json:"sent_p95_ms"`
	PerSecond float64 `json:"per_second"` // right answers
}

// Stalls shows what percentiles of waiting users hide.
type Stalls struct {
	SilenceMS     float64 `json:"silence_ms"` // longest time with requests under way and no answer
	Seconds       int     `json:"seconds"`
	LowSeconds    int     `json:"low_seconds"`
	SilentSeconds int     `json:"silent_seconds"`
}

// Instrument is how the generator and the machine fared.
type Instrument struct {
	Saturated bool     `json:"saturated"`
	Reasons   []Reason `json:"reasons"`
	LagP99MS  float64  `json:"lag_p99_ms"`
	// Shares are of all processors, in percent.
	CPUPercent     float64 `json:"cpu_percent"`
	ServicePercent float64 `json:"service_percent"`
	MachinePercent float64 `json:"machine_percent"`
	// ForeignPercent is what neither listo nor the service nor its database used.
	ForeignPercent float64 `json:"foreign_percent"`
	WaitedMS       float64 `json:"waited_ms"` // threads of service and database were ready and had no processor
	DelayMS        float64 `json:"delay_ms"`  // listo's threads were ready and had no processor
	PauseMS        float64 `json:"pause_ms"`  // longest garbage collection
	Throttled      int64   `json:"throttled"`
}

// Reason is a figure of the instrument that is beyond what can be believed.
type Reason struct {
	Name  string  `json:"name"`
	Got   float64 `json:"got"`
	Limit float64 `json:"limit"`
}

// Calibration is what the generator reached against a server that does nothing.
type Calibration struct {
	Rate       float64 `json:"rate"` // requests per second
	FloorP95MS float64 `json:"floor_p95_ms"`
}

func partOf(run *labload.Run) Part {
	p := run.Profile
	part := Part{
		Model: "closed", Connections: p.Users, Offered: p.Rate, MeasuredMS: lab.Milliseconds(run.Measured), BudgetMS: lab.Milliseconds(p.Budget),
		WarmUp: WarmUp{MS: lab.Milliseconds(run.WarmUp.Lasted), Steady: run.WarmUp.Steady, Requests: run.WarmUp.Requests,
			Failed: run.WarmUp.Failed, P95MS: lab.Milliseconds(run.WarmUp.Latency.P95)},
		Total: endpointOf(run.Total, run.Measured), Endpoints: []Endpoint{}, Made: run.Connections.Made,
		Stalls: Stalls{SilenceMS: lab.Milliseconds(run.Stalls.LongestSilence), Seconds: run.Stalls.Seconds,
			LowSeconds: run.Stalls.LowSeconds, SilentSeconds: run.Stalls.SilentSeconds},
		Instrument: instrumentOf(run), Examples: map[string]string{},
	}
	if p.Rate > 0 {
		part.Model = "open"
	}
	for _, e := range run.Endpoints {
		part.Endpoints = append(part.Endpoints, endpointOf(e, run.Measured))
	}
	for class, text := range run.Examples {
		part.Examples[class.String()] = text
	}
	part.SlowSpread, part.WrongSpread = run.Spreads()
	part.Database = databaseOf(run)
	return part
}

func endpointOf(e load.Endpoint, measured time.Duration) Endpoint {
	o := Endpoint{
		Name: e.Name, Requests: e.Requests, Sent: e.Sent, Answered: e.Answered,
		Throttled: e.Classes[load.TooMany], Ours: e.Classes[load.Generator] + e.Classes[load.Interrupted],
		Slow: e.Over + e.Classes[load.Timeout] + e.Classes[load.Late], Kinds: map[string]int64{},
		P50MS: lab.Milliseconds(e.Latency.P50), P95MS: lab.Milliseconds(e.Latency.P95),
		P99MS: lab.Milliseconds(e.Latency.P99), MaxMS: lab.Milliseconds(e.Latency.Max),
	}
	o.Wrong = e.Failed - o.Throttled
	for class, n := range e.Classes {
		if class != load.Answered {
			o.Kinds[class.String()] = n
		}
	}
	if e.Service != nil {
		o.SentP95MS = lab.Milliseconds(e.Service.P95)
	}
	if measured > 0 {
		o.PerSecond = float64(e.Answered) / measured.Seconds()
	}
	return o
}

func instrumentOf(run *labload.Run) Instrument {
	in := run.Instrument
	o := Instrument{Saturated: in.Saturated, Reasons: []Reason{}, LagP99MS: lab.Milliseconds(in.Lag.P99), CPUPercent: 100 * in.CPUShare,
		DelayMS: lab.Milliseconds(in.RunDelay), PauseMS: lab.Milliseconds(in.LongestPause), Throttled: in.Throttled}
	for _, r := range in.Reasons {
		o.Reasons = append(o.Reasons, Reason{r.Name, r.Got, r.Limit})
	}
	if total := run.Machine.Busy + run.Machine.Idle; total > 0 {
		o.MachinePercent = 100 * run.Machine.Busy.Seconds() / total.Seconds()
		o.ForeignPercent, o.WaitedMS = 100*run.Machine.Foreign(), lab.Milliseconds(run.Machine.Waited)
		o.ServicePercent = 100 * run.Machine.Service.Seconds() / total.Seconds()
	}
	return o
}

// slow is the share of requests that did not keep the budget.
func (e Endpoint) slow(spread float64) load.Share {
	late := e.Kinds[load.Timeout.String()] + e.Kinds[load.Late.String()]
	return load.Share{Count: e.Slow, Of: e.Answered + late, Spread: spread}
}

// wrong is the share of requests that the service failed.
func (e Endpoint) wrong(spread float64) load.Share {
	return load.Share{Count: e.Wrong, Of: e.Requests - e.Throttled - e.Ours, Spread: spread}
}
