package load

import (
	"context"
	"math/rand/v2"
	"time"
)

// refusedPause is the least a user of the closed model waits after it could not
// connect. A refusal costs microseconds: without a pause the run would measure
// nothing but refusals.
const refusedPause = 100 * time.Millisecond

// user is one user: it has one goroutine, one connection and one buffer.
type user struct {
	run    *run
	wire   [][]byte // by request
	link   link
	reader reader
	valid  *validator
	random *rand.Rand
	timer  *time.Timer
	start  time.Duration

	// What the user did with its time in the measured part.
	rested time.Duration // the last pause, as it was
	last   time.Duration // end of the last measured request
	spent  time.Duration // from the first to the last
	own    time.Duration // of this, neither request nor pause
}

func newUser(r *run, i int) *user {
	p := &r.profile
	u := &user{
		run:    r,
		wire:   r.wires[i%len(r.wires)],
		reader: reader{maxBody: p.MaxBody},
		valid:  newValidator(r.scenario.Requests, p.MaxBody),
		random: rand.New(rand.NewPCG(p.Seed, uint64(i)+1)),
	}
	// Users arrive one after the other and out of step with each other.
	u.start = p.Ramp * time.Duration(i) / time.Duration(p.Users)
	if p.Think > 0 {
		u.start += time.Duration(u.random.Int64N(int64(p.Think)))
	}
	return u
}

// live is the closed model: one request after the other, with pauses.
func (u *user) live(ctx context.Context) {
	defer u.drop()
	u.timer = time.NewTimer(0)
	<-u.timer.C
	for ok := u.pause(ctx, u.start); ok; {
		var at time.Duration
		var measured bool
		if at, measured, ok = u.run.begin(); !ok {
			return
		}
		s := u.request(ctx, u.run.next(), at, measured)
		u.account(s)
		ok = u.pause(ctx, u.think(s.class))
	}
}

// request sends one request and records what came of it. An answer is judged
// after the clock has been read.
func (u *user) request(ctx context.Context, request int, due time.Duration, measured bool) sample {
	s := sample{request: request, due: due, sent: due, measured: measured}
	if u.run.profile.open() {
		s.sent = u.run.now()
	}
	a, class := u.exchange(ctx, request, s.sent)
	s.ended = u.run.now()
	u.link.idle = s.ended
	s.status, s.bytes = a.status, a.length
	if class == Answered {
		class = u.valid.judge(request, a)
		if s.ended-s.due > u.run.profile.Timeout {
			class = Timeout
		}
	}
	s.class = class
	u.run.record(s)
	return s
}

// think draws the pause before the next request.
func (u *user) think(c Class) time.Duration {
	var d time.Duration
	if mean := u.run.profile.Think; mean > 0 {
		d = mean/2 + time.Duration(u.random.Int64N(int64(mean)))
	}
	if c == Connect || c == Generator {
		d = max(d, refusedPause)
	}
	return d
}

// pause waits. It says false when the run is over or will be before the pause is.
func (u *user) pause(ctx context.Context, d time.Duration) bool {
	u.rested = 0
	if d <= 0 {
		return true
	}
	before := u.run.now()
	if before+d >= u.run.end() {
		return false
	}
	u.timer.Reset(d)
	select {
	case <-u.timer.C:
		u.rested = u.run.now() - before
		return true
	case <-ctx.Done():
		return false
	}
}

// account adds up a user's time. What is neither request nor pause was taken by
// the generator: Little's law in its exact form, for every user by itself.
func (u *user) account(s sample) {
	if !s.measured {
		return
	}
	if u.last > 0 {
		u.spent += s.ended - u.last
		u.own += s.due - u.last - u.rested
	} else {
		u.spent += s.ended - s.due
	}
	u.last = s.ended
}
