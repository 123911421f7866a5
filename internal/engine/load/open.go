package load

import (
	"context"
	"time"
)

// arrival is a request of the open model that falls due.
type arrival struct {
	due      time.Duration
	measured bool
}

// longestSleep bounds how long the dispatcher does not look up.
const longestSleep = 50 * time.Millisecond

// dispatch keeps the one schedule of the open model: the k-th request falls due
// k/rate after the beginning, whatever became of the others. It hands each one
// to a free connection; the time it waits for one is part of the latency.
func (r *run) dispatch(ctx context.Context, due chan<- arrival) {
	defer close(due)
	sleep, stop := r.machine.alarm()
	defer stop()
	var waited time.Duration // until then connections were lacking: a schedule behind is not the dispatcher's doing
	for k := int64(0); r.waitUntil(r.dueAt(k), sleep); k++ {
		at := r.dueAt(k)
		a := arrival{due: at, measured: at >= r.start()}
		if at >= r.end() || a.measured && !r.issue() {
			return
		}
		if at >= waited && a.measured {
			r.dispatched.Record(r.now() - at)
		}
		select {
		case due <- a:
		default:
			r.hand(ctx, due, a)
			waited = r.now()
		}
		if a.measured {
			r.queued(at, waited)
		}
	}
}

// queued writes down how long a request waited for a connection: until now, if
// connections were lacking when it fell due.
func (r *run) queued(at, waited time.Duration) {
	wait := time.Duration(0)
	if at < waited {
		wait = r.now() - at
	}
	r.waited.Record(wait)
}

func (r *run) dueAt(k int64) time.Duration {
	return time.Duration(float64(k) / r.profile.Rate * float64(time.Second))
}

// waitUntil says false when the run was stopped.
func (r *run) waitUntil(at time.Duration, sleep func(time.Duration)) bool {
	for !r.stopped.Load() {
		d := at - r.now()
		if d <= 0 {
			return true
		}
		sleep(min(d, longestSleep))
	}
	return false
}

// hand waits for a free connection. A request that waited for longer than its
// timeout was not sent and is a failure. The end of the run cuts no wait short: a
// service that stood still in its last moment is as slow as at any other, and the
// requests that fell due then are sent.
func (r *run) hand(ctx context.Context, due chan<- arrival, a arrival) {
	for {
		now := r.now()
		limit := a.due + r.profile.Timeout
		if now >= limit {
			r.record(sample{request: r.next(), due: a.due, sent: now, ended: now, measured: a.measured, class: Late})
			return
		}
		wait := time.NewTimer(min(limit-now, longestSleep))
		select {
		case due <- a:
			wait.Stop()
			return
		case <-ctx.Done():
			wait.Stop()
			r.record(sample{request: r.next(), due: a.due, sent: now, ended: now, measured: a.measured, class: Interrupted})
			return
		case <-wait.C:
		}
	}
}

// serve is one connection of the open model.
func (u *user) serve(ctx context.Context, due <-chan arrival) {
	defer u.drop()
	for a := range due {
		u.request(ctx, u.run.next(), a.due, a.measured)
	}
}
