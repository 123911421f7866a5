package performance

import (
	"context"
	"fmt"
	"maps"
	"net"
	nethttp "net/http"
	"sync/atomic"
	"time"

	"listo/internal/config"
	"listo/internal/lab"
)

// The sick twin is a small service in this process. It has a budget, users and a
// mix of its own, so that a control takes the same few seconds in every audit,
// whatever the patient's are.
const (
	twinBudgetMS = 400
	twinUsers    = 10
	twinThink    = 15 * time.Millisecond
	twinList     = `{"items":[{"id":1,"concepto":"taxi","importe":12.5}],"total":1}`
	twinPath     = "/gastos"
)

// twin is the service; sick stands before its healthy handler.
type twin struct {
	durationMS float64
	settings   Settings
	handler    nethttp.Handler
}

// healthy is a twin without a disease: it answers a list at once.
func healthy(durationMS float64) *twin {
	return &twin{durationMS: durationMS, handler: nethttp.HandlerFunc(list), settings: Settings{
		Users: twinUsers, PeakUsers: twinUsers, P95MS: twinBudgetMS, Think: twinThink, Timeout: 2 * time.Second,
		Mix: []Mixed{{Request: "GET " + twinPath, Weight: 1}},
	}}
}

func list(w nethttp.ResponseWriter, _ *nethttp.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(twinList)) // a client that has gone away is no matter here
}

// brought makes a twin of its kind and brings it up.
func brought(kind func() *twin) func(context.Context, *lab.Bench) (*lab.Bench, func(), error) {
	return func(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) { return kind().start(b) }
}

// start brings the twin up and gives a bench that points at it.
func (t *twin) start(b *lab.Bench) (*lab.Bench, func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, func() {}, fmt.Errorf("performance: the sick twin finds no port: %w: free one", err)
	}
	server := &nethttp.Server{Handler: t.handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends when the server is closed
	return t.at(b, "http://"+listener.Addr().String()), func() { _ = server.Close() }, nil
}

// at gives a bench that points at the twin.
func (t *twin) at(b *lab.Bench, base string) *lab.Bench {
	cfg := *b.Config
	cfg.Login, cfg.Service.Mode = config.Login{}, config.Managed
	cfg.Sections = map[string]any{b.Gate: &t.settings}
	sick := b.At(lab.Target{Base: base})
	sick.Config, sick.Start = &cfg, nil
	sick.Limits = maps.Clone(b.Limits)
	sick.Limits["duration"] = t.durationMS
	return sick
}

// sluggish answers every eighth request over the budget.
func sluggish() *twin {
	t := healthy(1800)
	var n atomic.Int64
	t.handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if n.Add(1)%8 == 0 {
			time.Sleep((twinBudgetMS + 50) * time.Millisecond)
		}
		list(w, r)
	})
	return t
}

// The stalling twin stands still for so long of every cycle. Of the moments at
// which a user may come, one in five is then charged with more than the budget;
// but users that wait for their answers are caught once per cycle each, which is
// a small share of what they send: a client of that kind sees nothing.
const (
	stallCycle = 1500 * time.Millisecond
	stallFor   = 700 * time.Millisecond
)

// stalling freezes as a whole, again and again.
func stalling() *twin {
	t := healthy(2 * 1500)
	t.settings.Think = 8 * time.Millisecond
	began := time.Now()
	t.handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if phase := time.Since(began) % stallCycle; phase < stallFor {
			time.Sleep(stallFor - phase)
		}
		list(w, r)
	})
	return t
}

// dropping kills every fiftieth connection without an answer.
func dropping() *twin {
	t := healthy(1100)
	t.settings.Think = 10 * time.Millisecond
	var n atomic.Int64
	t.handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if n.Add(1)%50 == 0 {
			panic(nethttp.ErrAbortHandler)
		}
		list(w, r)
	})
	return t
}

// lying answers fast and wrongly as soon as it is busy: 200, JSON, a list with
// something in it, and all the same an error. Who counts statuses and lengths sees
// nothing; only who compares it with the answer at rest does.
func lying() *twin {
	t := healthy(1100)
	var busy atomic.Int64
	t.handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		defer busy.Add(-1)
		if busy.Add(1) > 1 {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"items":[{"error":"busy, try later"}],"total":1}`)) // a client that has gone away is no matter here
			return
		}
		time.Sleep(5 * time.Millisecond)
		list(w, r)
	})
	return t
}

// exhausted never recovers from its first crowd.
func exhausted() *twin {
	t := healthy(2100)
	t.settings.Users, t.settings.PeakUsers, t.settings.P95MS = 4, 30, 2*twinBudgetMS
	var busy atomic.Int64
	var ill atomic.Bool
	t.handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		defer busy.Add(-1)
		if busy.Add(1) > 8 {
			ill.Store(true)
		}
		if ill.Load() {
			time.Sleep(twinBudgetMS * 3 / 2 * time.Millisecond)
		} else {
			time.Sleep(4 * time.Millisecond)
		}
		list(w, r)
	})
	return t
}
