package security

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	nethttp "net/http"

	"listo/internal/engine/cors"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// crowd lets others ask while the first client keeps pressing, and gives the
// last refusal of that client.
func (h *hammer) crowd(ctx context.Context, refusal http.Answer) http.Answer {
	if o := settings(h.b).FrontendOrigin; o != "" {
		readable := cors.Admits(refusal.Header, origin(o))
		h.o.Readable = &readable
	}
	answers := []http.Answer{}
	if h.c.Value != h.a.Value {
		h.o.Beside = h.others(ctx, "", &answers)
	}
	if h.o.Beside.Sent == 0 || h.o.Beside.Refused > 0 { // a limit by address: is another address free?
		h.o.Elsewhere = h.others(ctx, otherAddress, &answers)
	}
	last := refusal
	for _, a := range answers {
		h.o.Pressed.add(a)
		if limited(a) {
			last = a
		}
	}
	return last
}

// others sends the other client's requests one by one, while the first goes on
// pressing; what that one met is added to pressed.
func (h *hammer) others(ctx context.Context, from string, pressed *[]http.Answer) (c Other) {
	var enough atomic.Bool
	press := h.client.Start(ctx, http.Burst{Users: side, Total: pressing, Next: func(int) http.Request { return h.asked(h.a) },
		Until: func(http.Answer) bool { return enough.Load() }})
	for range besideRequests {
		r := h.asked(h.c)
		r.From = from
		c.add(h.client.Do(ctx, r))
		pause(ctx, besidePause)
	}
	enough.Store(true)
	*pressed = append(*pressed, press.Wait()...)
	return c
}

func (c *Other) add(a http.Answer) {
	c.Sent++
	switch {
	case limited(a):
		c.Refused++
	case a.Status/100 == 2 && a.Err == nil:
		c.Served++
	default:
		c.Failed++
	}
}

// recover waits as long as the service said and asks again.
func (h *hammer) recover(ctx context.Context, refusal http.Answer) {
	h.o.RetryAfter = refusal.Header.Get("Retry-After")
	wait, ok := waitFor(h.o.RetryAfter, refusal.Header, h.b.Now())
	if !ok || wait > mostPatience {
		return
	}
	pause(ctx, wait)
	h.o.WaitedMS = lab.Milliseconds(wait)
	h.o.After = h.client.Do(ctx, h.asked(h.a)).Status
}

// waitFor reads a Retry-After: seconds, or a moment by the service's own clock
// (RFC 9110, section 10.2.3).
func waitFor(value string, h nethttp.Header, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(value, 10, 24); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := nethttp.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := nethttp.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now)), true
}
