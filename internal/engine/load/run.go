package load

import (
	"context"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// machine is what a run takes from the machine it runs on. A test brings its own,
// so that time passes exactly.
type machine struct {
	dial  Dial
	alarm func() (sleep func(time.Duration), stop func())
	watch func() *watch // nil: the instrument is not watched
	idle  bool          // it is known to be, and needs no watch
}

func thisMachine() machine {
	return machine{dial: (&net.Dialer{}).DialContext, alarm: newAlarm, watch: startWatch}
}

// run is one run on its way. Durations count from its beginning, on the
// monotonic clock.
type run struct {
	scenario Scenario
	profile  Profile
	target   target
	machine  machine
	wires    [][][]byte
	deck     deck
	names    []string // endpoints, in the order of their first request
	endpoint []int    // by request
	began    time.Time
	users    []*user

	stopped     atomic.Bool
	from, until atomic.Int64 // of the measured part, in nanoseconds
	dealt       atomic.Int64 // requests dealt
	issued      atomic.Int64 // measured requests begun
	dispatched  Histogram    // how late the open model's schedule was kept, its connections aside
	waited      Histogram    // how long its requests waited for a free connection

	recorder
}

// Run sends the scenario's requests as the profile says and waits until every
// one of them has ended. It fails only when it cannot begin; whatever happens
// later is in the result, a stop through the context included.
func Run(ctx context.Context, s Scenario, p Profile) (*Result, error) {
	return start(ctx, s, p, machineOf(ctx))
}

func start(ctx context.Context, s Scenario, p Profile, m machine) (*Result, error) {
	r, err := newRun(ctx, s, p, m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, r.interrupt)()
	var everyone sync.WaitGroup
	r.began = time.Now()
	r.advance(0)
	w := r.startWatch(nil)
	if p.open() {
		due := make(chan arrival)
		everyone.Go(func() { r.dispatch(ctx, due) })
		for _, u := range r.users {
			everyone.Go(func() { u.serve(ctx, due) })
		}
	} else {
		for _, u := range r.users {
			everyone.Go(func() { u.live(ctx) })
		}
	}
	ended := make(chan struct{})
	go func() { everyone.Wait(); close(ended) }()
	w = r.supervise(w, ended)
	if ctx.Err() != nil { // users that were at rest may have ended before interrupt came to it
		r.stopped.Store(true)
	}
	return r.result(w), nil
}

func newRun(ctx context.Context, s Scenario, p Profile, m machine) (*run, error) {
	if p.MaxBody == 0 {
		p.MaxBody = DefaultMaxBody
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	t, err := parseTarget(s.Target)
	if err != nil {
		return nil, err
	}
	if err := t.resolve(ctx, p.Timeout, s.Local); err != nil {
		return nil, err
	}
	r := &run{scenario: s, profile: p, target: t, machine: m, wires: s.wires(t.host), deck: newDeck(s.Requests, p.Seed)}
	r.name(s.Requests)
	r.from.Store(math.MaxInt64)
	r.until.Store(math.MaxInt64)
	if p.WarmUp == 0 {
		r.settle(0, false)
	}
	for i := range p.Users {
		r.users = append(r.users, newUser(r, i))
	}
	return r, nil
}

// name gives every request its endpoint.
func (r *run) name(requests []Request) {
	known := map[string]int{}
	for _, q := range requests {
		i, ok := known[q.Name]
		if !ok {
			i = len(r.names)
			known[q.Name] = i
			r.names = append(r.names, q.Name)
		}
		r.endpoint = append(r.endpoint, i)
	}
	r.endpoints = make([]tally, len(r.names))
}

func (r *run) now() time.Duration { return time.Since(r.began) }

// begin allows one more request of the closed model and says whether it is
// measured: it is when it begins after the warm-up, and this is decided here
// and only here.
func (r *run) begin() (at time.Duration, measured, ok bool) {
	at = r.now()
	if r.stopped.Load() || at >= r.end() {
		return at, false, false
	}
	measured = at >= r.start()
	return at, measured, !measured || r.issue()
}

// issue takes one of the measured requests, if their number is limited.
func (r *run) issue() bool {
	return r.profile.Requests == 0 || r.issued.Add(1) <= r.profile.Requests
}

// next is the request whose turn it is.
func (r *run) next() int { return r.deck.card(r.dealt.Add(1) - 1) }

func (r *run) start() time.Duration { return time.Duration(r.from.Load()) }
func (r *run) end() time.Duration   { return time.Duration(r.until.Load()) }

// settle ends the warm-up.
func (r *run) settle(at time.Duration, steady bool) {
	if r.profile.Duration > 0 {
		r.until.Store(int64(at + r.profile.Duration))
	}
	r.from.Store(int64(at))
	r.steady = steady
}

// supervise keeps time where no request does, until all users have ended.
func (r *run) supervise(w *watch, ended <-chan struct{}) *watch {
	tick := time.NewTicker(WindowLength)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			w.stop()
			return w
		case <-tick.C:
			r.advance(r.now())
			w = r.startWatch(w)
			w.look()
		}
	}
}

// startWatch begins to watch the instrument when the measured part begins.
func (r *run) startWatch(w *watch) *watch {
	if w == nil && r.machine.watch != nil && r.now() >= r.start() {
		return r.machine.watch()
	}
	return w
}

// interrupt stops the run from outside: what is in flight is cut off.
func (r *run) interrupt() {
	r.stopped.Store(true)
	for _, u := range r.users {
		u.cut()
	}
}
