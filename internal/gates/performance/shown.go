package performance

import (
	"time"

	"listo/internal/words"
)

// What a page asks of an observation: figures in the unit that a reader expects.

// Numbered is an attempt with its number, counted from one.
type Numbered struct {
	Attempt
	Number int
}

// All are the attempts in order, Latest is the last one and Earlier are those
// before it.
func (m Measured) All() []Numbered {
	var all []Numbered
	for i, a := range m.Attempts {
		all = append(all, Numbered{a, i + 1})
	}
	return all
}

// Latest is the last attempt; none when there was none.
func (m Measured) Latest() []Numbered { return m.All()[max(0, len(m.Attempts)-1):] }

// Earlier are the attempts before the last.
func (m Measured) Earlier() []Numbered { return m.All()[:max(0, len(m.Attempts)-1)] }

// Discarded tells that the attempt does not count.
func (a Attempt) Discarded() bool { return a.saturated() }

// Schedule is the rate of the fixed schedule of the last attempt, in requests
// per second; 0 when there was none.
func (m Measured) Schedule() float64 {
	if p := m.last("open"); p != nil {
		return round(p.Offered)
	}
	return 0
}

// Connections is the most connections that the last attempt could use.
func (m Measured) Connections() int {
	if p := m.last("open"); p != nil {
		return p.Connections
	}
	return m.Plan.Users
}

func (m Measured) last(model string) *Part {
	if len(m.Attempts) == 0 {
		return nil
	}
	parts := m.Attempts[len(m.Attempts)-1].Parts
	for i := range parts {
		if parts[i].Model == model {
			return &parts[i]
		}
	}
	return nil
}

// Rows are the endpoints and their total, whose name is empty.
func (p Part) Rows() []Endpoint {
	total := p.Total
	total.Name = ""
	rows := append([]Endpoint{}, p.Endpoints...)
	rows = append(rows, total)
	for i := range rows {
		rows[i].PerSecond = round(rows[i].PerSecond)
	}
	return rows
}

// SentP95 and DueP95 are the p95 from the actual sending and from the intended
// moment.
func (p Part) SentP95() time.Duration { return milliseconds(p.Total.SentP95MS) }

// DueP95 is the p95 from the intended moment.
func (p Part) DueP95() time.Duration { return milliseconds(p.Total.P95MS) }

// Silence is the longest time without an answer.
func (p Part) Silence() time.Duration { return milliseconds(p.Stalls.SilenceMS) }

// Lasted is the length of the warm-up.
func (w WarmUp) Lasted() time.Duration { return milliseconds(w.MS) }

// P95 is the warm-up's own p95.
func (w WarmUp) P95() time.Duration { return milliseconds(w.P95MS) }

// Floor is what the instrument itself adds.
func (c Calibration) Floor() time.Duration { return milliseconds(c.FloorP95MS) }

// Rounded is the rate without decimals.
func (c Calibration) Rounded() int { return int(c.Rate) }

// Starved tells that others took the machine from the service.
func (p Part) Starved() bool { return p.starved() }

// CPU, Service and Foreign are shares of all processors.
func (i Instrument) CPU() words.Percent { return words.Percent(round(i.CPUPercent)) }

// Service is the share of the service's own processes.
func (i Instrument) Service() words.Percent { return words.Percent(round(i.ServicePercent)) }

// Foreign is the share that neither listo nor the service nor its database used.
func (i Instrument) Foreign() words.Percent { return words.Percent(round(i.ForeignPercent)) }
