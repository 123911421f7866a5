package harden

import "time"

// pace is a quota as the generic cell rate algorithm sees it (ITU-T I.371, annex A, in its virtual scheduling form): each
// request takes a piece of time, and all of them together are what may be taken at once.
type pace struct {
	each time.Duration // in which one request grows back
	all  time.Duration // in which the whole quota does
}

// pace rounds up: a quota is never more than what was written down.
func (q Quota) pace() pace {
	n := time.Duration(q.Requests)
	each := max((q.Window+n-1)/n, 1)
	return pace{each: each, all: each * n}
}

// limits tells whether q is a quota at all.
func (q Quota) limits() bool { return q.Requests > 0 && q.Window > 0 }

// spend takes one request from a bucket that is whole again at *whole. Both times count from the same start. A refused
// request costs nothing: whoever keeps asking is not kept out for longer.
func (p pace) spend(whole *time.Duration, now time.Duration) Decision {
	next := max(*whole, now) + p.each
	if wait := next - now - p.all; wait > 0 {
		return Decision{Reset: *whole - now, RetryAfter: wait}
	}
	*whole = next
	return Decision{Allowed: true, Remaining: int((p.all - (next - now)) / p.each), Reset: next - now}
}
