package harden

import (
	"net/http"
	"strconv"
	"time"
)

// The fields RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers-11 (23 May 2026) has them: lists of
// strings with parameters (RFC 9651). Names are as net/http writes them; HTTP does not care for case.
const (
	policyField = "Ratelimit-Policy"
	limitField  = "Ratelimit"
)

// policyItem is one item of RateLimit-Policy: q is the quota, w the window in whole seconds (sections 3.1.1 and 3.1.3). A
// window that is none is left out, for it is optional and must not lie.
func policyItem(l *limited) string {
	item := l.quoted + ";q=" + strconv.Itoa(max(l.quota.Requests, 0))
	if w := l.quota.Window; w >= time.Second && w%time.Second == 0 {
		item += ";w=" + strconv.FormatInt(int64(w/time.Second), 10)
	}
	return item
}

// quoted writes a structured string: printable ASCII, with two characters escaped (RFC 9651, section 3.3.3). What does not fit
// is left out: a name is ours, not a client's.
func quoted(name string) string {
	b := append(make([]byte, 0, len(name)+2), '"')
	for i := range len(name) {
		switch c := name[i]; {
		case c < ' ' || c > '~':
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// tell sets the fields for what was ruled. What no limiter knows is not told.
func (l *rateLimit) tell(h http.Header, policies []string, all ...ruling) {
	var buffer [160]byte
	value, tightest := buffer[:0], -1
	for i := range all {
		if all[i].unknown {
			continue
		}
		if len(value) > 0 {
			value = append(value, ", "...)
		}
		value = all[i].append(value)
		if tightest < 0 || all[i].Remaining < all[tightest].Remaining {
			tightest = i
		}
	}
	if tightest < 0 {
		return
	}
	h[policyField] = policies
	h[limitField] = []string{string(value)}
	if l.legacy {
		tellLegacy(h, all[tightest])
	}
}

// append appends one item of RateLimit: r is what is left, t the effective window (sections 4.1.1 and 4.1.2).
func (r *ruling) append(value []byte) []byte {
	value = append(append(value, r.quoted...), ";r="...)
	value = strconv.AppendInt(value, int64(r.Remaining), 10)
	return strconv.AppendInt(append(value, ";t="...), r.window(), 10)
}

// window is the effective window in seconds, rounded up. For a refused request it is Retry-After. Else it is the time in which
// what is left would be spent at the pace of the quota: whoever divides one by the other gets the pace and not a burst
// (section 8.5 warns of that).
func (r *ruling) window() int64 {
	p := r.quota.pace()
	switch {
	case !r.Allowed:
		return seconds(r.RetryAfter)
	case r.Remaining == 0:
		return seconds(max(r.Reset-p.all+p.each, 0))
	}
	return seconds(p.each * time.Duration(r.Remaining))
}

// tellLegacy adds the fields that many clients know. Reset is in seconds from now.
func tellLegacy(h http.Header, r ruling) {
	h.Set("X-Ratelimit-Limit", strconv.Itoa(r.quota.Requests))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(r.Remaining))
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(seconds(r.Reset), 10))
}

// seconds rounds up: an early retry would fail again.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
