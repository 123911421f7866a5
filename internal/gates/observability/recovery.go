package observability

import (
	"context"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

const recoveryID = "observability.recovery"

// illFor is how long the database is ill before it is well again: long enough for
// a probe with a timeout of a second to have noticed.
const illFor = 1200 * time.Millisecond

// Recovery is how the service comes back once its database does.
type Recovery struct {
	Path      string   `json:"path"`
	Request   string   `json:"request"`
	Recovered []Return `json:"recovered"`
}

// Return is one coming back. Times are since the database was well again; -1 is
// never, as long as was waited.
type Return struct {
	Fault string `json:"fault"`
	// Before and RequestBefore are the statuses of the readiness path and of the
	// request while the database was well.
	Before        int `json:"before"`
	RequestBefore int `json:"request_before"`
	// Harmed counts requests, of Leaning, that were not answered 2xx while the database
	// was ill.
	Leaning int `json:"leaning"`
	Harmed  int `json:"harmed"`
	// ReadyMS is when the readiness path answered 2xx again, RequestMS when the
	// request did, twice as often as the pool has room at least.
	ReadyMS   float64 `json:"ready_ms"`
	RequestMS float64 `json:"request_ms"`
	LagMS     float64 `json:"lag_ms"`
	Ended     string  `json:"ended"`
}

func recovery() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: recoveryID, Class: classRecovery, Loading: true, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "recover_ms", Default: 5000, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: []string{"recovers", "stuck", "slow", "broken_before", "unharmed", "ended", "starved", "incomplete"},
	}, runRecovery, judgeRecovery)
}

func runRecovery(ctx context.Context, b *lab.Bench) (Recovery, error) {
	s := settings(b)
	o := Recovery{Path: s.Ready, Recovered: []Return{}}
	err := each(ctx, b, illnesses(), func(c *copied, i illness) error {
		one, _, err := c.request(0, s.Traffic[0])
		if err != nil {
			return err
		}
		o.Request = one.Method + " " + one.Path
		ready := http.Request{Method: "GET", Path: o.Path, Timeout: patience}
		r := Return{Fault: string(i.mode), Leaning: inFlight, ReadyMS: -1, RequestMS: -1}
		r.Before, r.RequestBefore = c.untilGood(ctx, ready, patience).Status, c.untilGood(ctx, one, patience).Status
		var leaning *http.Running
		err = c.ill(i, func() (err error) {
			if leaning, err = c.lean(ctx); err == nil {
				c.client.Watch(ctx, http.Watch{Request: ready, Every: 4 * lookEvery, For: illFor})
			}
			return err
		})
		if err != nil {
			return err
		}
		if r.Ended = c.settled(); r.Ended == "" {
			c.comeBack(ctx, b, &r, ready, one)
			r.Ended = c.settled()
		}
		for _, a := range leaning.Wait() {
			if !good(a) || a.Took > illFor/2 {
				r.Harmed++
			}
		}
		o.Recovered = append(o.Recovered, r)
		if r.RequestMS < 0 || r.TookMS() < 0 {
			return errEnough
		}
		return nil
	})
	return o, err
}

// comeBack watches the service after the database is well again.
func (c *copied) comeBack(ctx context.Context, b *lab.Bench, r *Return, ready, one http.Request) {
	lag, began := watchLag(), time.Now()
	limit := b.LimitDuration("recover_ms") + spare
	if r.Before/100 == 2 && good(c.untilGood(ctx, ready, limit)) {
		r.ReadyMS = lab.Milliseconds(time.Since(began))
	}
	streak, want := 0, inFlight
	c.client.Watch(ctx, http.Watch{Request: one, Every: lookEvery / 5, For: limit, Until: func(a http.Answer) bool {
		if streak++; !good(a) {
			streak = 0
		}
		if streak == 1 {
			r.RequestMS = lab.Milliseconds(time.Since(began))
		}
		return streak == want
	}})
	if streak < want {
		r.RequestMS = -1
	}
	r.LagMS = lab.Milliseconds(lag())
}

// Of gives what was seen after one illness; nil for nothing.
func (o Recovery) Of(fault string) *Return {
	for i := range o.Recovered {
		if o.Recovered[i].Fault == fault {
			return &o.Recovered[i]
		}
	}
	return nil
}

// TookMS is when the service was back whole, -1 for never. Of a service that has no
// readiness path the request alone tells.
func (r Return) TookMS() float64 {
	if r.RequestMS < 0 || r.ReadyMS < 0 && r.Before/100 == 2 {
		return -1
	}
	return max(r.ReadyMS, r.RequestMS)
}

func judgeRecovery(o Recovery, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"path": []string{o.Path}, "request": []string{o.Request}, "illnesses": len(o.Recovered)}
	worst := 0.0
	for _, r := range o.Recovered {
		facts["fault"], facts["ended"], facts["harmed"], facts["leaning"] = []string{r.Fault}, r.Ended, r.Harmed, r.Leaning
		facts["before"], facts["lag"] = r.RequestBefore, milliseconds(r.LagMS)
		took := r.TookMS()
		facts["took"] = milliseconds(took)
		never, late := took < 0, took > limits["recover_ms"]
		switch {
		case r.RequestBefore/100 != 2:
			return evidence.Undecided("broken_before", facts)
		case r.Ended != "":
			return evidence.Undecided("ended", facts)
		case (never || late) && starved(r.LagMS):
			return evidence.Undecided("starved", facts)
		case never:
			return evidence.Failed("stuck", facts)
		case late:
			return evidence.Failed("slow", facts)
		case r.Harmed == 0:
			return evidence.Undecided("unharmed", facts)
		}
		worst = max(worst, took)
	}
	if len(o.Recovered) < len(illnesses()) {
		return evidence.Undecided("incomplete", facts)
	}
	facts["took"] = milliseconds(worst)
	return evidence.Passed("recovers", facts)
}
