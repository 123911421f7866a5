package observability

import (
	"context"
	"errors"
	"fmt"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/fault"
	"listo/internal/lab/http"
)

const (
	// lookEvery is the time between two probes.
	lookEvery = 50 * time.Millisecond
	// spare is how much longer than its limit an answer is waited for, so that how
	// late it came can be told.
	spare = time.Second
	// slowBy is how late every answer of a slow database comes: longer than any
	// probe may take, so that whoever answers in time has not waited for it.
	slowBy = 4 * time.Second
	// inFlight is how many requests lean on the database while it is ill.
	inFlight = 20
)

// illness is one way in which the database is ill.
type illness struct {
	mode  fault.Mode
	delay time.Duration
}

// illnesses are those a probe must tell the truth about, in order. A database that
// is merely stopped shows only half of them: a probe without a timeout of its own
// passes there.
func illnesses() []illness {
	return []illness{{fault.Refuse, 0}, {fault.BlackHole, 0}, {fault.Slow, slowBy}}
}

// Probe is what a path answered, asked again and again during one illness.
type Probe struct {
	Fault string `json:"fault"`
	// Before is the status while the database was well.
	Before int `json:"before"`
	// Asked counts the probes during the illness, Good those answered 2xx, Lost
	// those without any answer in time; Statuses has the others' statuses too.
	Asked    int            `json:"asked"`
	Good     int            `json:"good"`
	Lost     int            `json:"lost"`
	Statuses map[string]int `json:"statuses"`
	// SlowestMS is how long the slowest of them took.
	SlowestMS float64 `json:"slowest_ms"`
	// NoticedMS is when the first answer other than 2xx was there, since the fault;
	// -1 when there was none.
	NoticedMS float64 `json:"noticed_ms"`
	// LagMS is how late this process itself was woken, at worst.
	LagMS float64 `json:"lag_ms"`
	// Ended tells how the service's process ended by itself; "" when it did not.
	Ended string `json:"ended"`
}

// limited tells that a limiter answered in the path's stead: a 429 is no word of the
// database, neither for the service nor against it.
func (p Probe) limited() bool { return p.Statuses["429"] > 0 }

// good tells a 2xx.
func good(a http.Answer) bool { return a.Err == nil && a.Status/100 == 2 }

// probed turns a watch into a probe.
func probed(mode fault.Mode, before int, seen []http.Sight) Probe {
	p := Probe{Fault: string(mode), Before: before, Statuses: map[string]int{}, NoticedMS: -1}
	for _, s := range seen {
		p.Asked++
		p.SlowestMS = max(p.SlowestMS, lab.Milliseconds(s.Took))
		switch {
		case s.Err != nil || s.Status == 0:
			p.Lost++
		case s.Status/100 == 2:
			p.Good++
		default:
			p.Statuses[fmt.Sprint(s.Status)]++
			if p.NoticedMS < 0 {
				p.NoticedMS = lab.Milliseconds(s.Over())
			}
		}
	}
	return p
}

// ill makes the database ill, lets look watch, and makes it well again.
func (c *copied) ill(i illness, look func() error) error {
	if err := c.proxy.Set(i.mode, i.delay); err != nil {
		return err
	}
	err := look()
	return errors.Join(err, c.proxy.Set(fault.Pass, 0))
}

// errEnough ends the illnesses: what was seen cannot get worse.
var errEnough = errors.New("observability: enough was seen")

// errSpent says that the copy never came back from the illness before: that is the
// matter of recovery, and the one at hand wants a copy that is well.
var errSpent = errors.New("observability: the copy does not come back")

// each opens a copy and lets try meet every illness. A copy that has died of one is
// replaced for the next, as is one that try finds spent.
func each(ctx context.Context, b *lab.Bench, all []illness, try func(*copied, illness) error) (err error) {
	var c *copied
	defer func() {
		if c != nil {
			err = errors.Join(err, c.close())
		}
	}()
	met := func(i illness, fresh bool) error {
		if c != nil && (fresh || c.ended() != "") {
			old := c
			c = nil
			if err := old.close(); err != nil {
				return err
			}
		}
		if c == nil {
			if c, err = open(ctx, b); err != nil {
				return err
			}
		}
		return try(c, i)
	}
	for n, i := range all {
		err := met(i, false)
		if errors.Is(err, errSpent) && n > 0 {
			err = met(i, true)
		}
		switch {
		case errors.Is(err, errEnough), errors.Is(err, errSpent):
			return nil
		case err != nil:
			return err
		}
		b.Progress(n+1, len(all))
	}
	return nil
}

// lean sends requests that need the database and does not wait for them.
func (c *copied) lean(ctx context.Context) (*http.Running, error) {
	kinds := settings(c.bench).Traffic
	requests := make([]http.Request, inFlight)
	for i := range requests {
		r, _, err := c.request(i, kinds[0])
		if err != nil {
			return nil, err
		}
		requests[i] = r
	}
	return c.client.Start(ctx, http.Burst{Users: inFlight, Total: inFlight, Next: func(i int) http.Request { return requests[i] }}), nil
}

// settled tells once the database's illness is over whether the process has ended:
// a death takes a moment to be seen.
func (c *copied) settled() string {
	for range 10 {
		if how := c.ended(); how != "" {
			return how
		}
		time.Sleep(20 * time.Millisecond)
	}
	return ""
}

// needs are what every check that starts a copy cannot do without.
func needs(more ...evidence.Need) []evidence.Need {
	return append([]evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.NeedDatabase, evidence.Setting("traffic")}, more...)
}

// milliseconds turns a *_ms key into what phrases quote.
func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
