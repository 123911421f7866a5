package contracts

import (
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/lab/http"
)

// The headers that an error may lack, by what they are for.
const (
	lostChallenge = "challenge"  // 401 without WWW-Authenticate (RFC 9110, 15.5.2)
	lostUpgrade   = "upgrade"    // 426 without Upgrade (RFC 9110, 15.5.22)
	lostCORS      = "cors"       // the frontend may not read it
	lostSniff     = "nosniff"    // X-Content-Type-Options, which the good answer has
	lostID        = "request_id" // the identifier that the good answer has
	lostFresh     = "cached"     // a cache may keep it for others
)

// idFields are the names under which services and proxies tell a request's identifier.
func idFields() []string {
	return []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Trace-Id", "Traceparent", "X-Amzn-Trace-Id", "Cf-Ray"}
}

// companions compares errors with a good answer of the same service: what stands
// beside that one must stand beside them. The zero value demands nothing of it.
type companions struct {
	good   nethttp.Header
	origin string // that the requests came from; "" none
	cookie bool   // credentials may be cookies: no challenge is due
}

// lacks gives what an error lacks, and how many companions were looked for.
func (c companions) lacks(a http.Answer) (lost []string, asked int) {
	ask := func(due, there bool, name string) {
		if due {
			if asked++; !there {
				lost = append(lost, name)
			}
		}
	}
	ask(a.Status == nethttp.StatusUnauthorized && !c.cookie, a.Header.Get("WWW-Authenticate") != "", lostChallenge)
	ask(a.Status == nethttp.StatusUpgradeRequired, a.Header.Get("Upgrade") != "", lostUpgrade)
	ask(c.readable(), readableFrom(a.Header, c.origin) && withCredentials(a.Header) == withCredentials(c.good), lostCORS)
	ask(nosniff(c.good), nosniff(a.Header), lostSniff)
	for _, name := range idFields() {
		if c.good.Get(name) != "" {
			ask(true, a.Header.Get(name) != "", lostID)
			break
		}
	}
	ask(personal(a.Status), !shared(a.Header), lostFresh)
	return lost, asked
}

// readable tells that the good answer may be read by the frontend.
func (c companions) readable() bool { return c.origin != "" && readableFrom(c.good, c.origin) }

func readableFrom(h nethttp.Header, origin string) bool {
	allowed := h.Values("Access-Control-Allow-Origin")
	return len(allowed) == 1 && (allowed[0] == origin || allowed[0] == "*")
}

func withCredentials(h nethttp.Header) bool {
	return h.Get("Access-Control-Allow-Credentials") == "true"
}

func nosniff(h nethttp.Header) bool {
	return strings.EqualFold(strings.TrimSpace(h.Get("X-Content-Type-Options")), "nosniff")
}

// personal are the statuses that say something of one caller or one moment. Others,
// a 404 for instance, may be kept by a cache on purpose.
func personal(status int) bool {
	return status >= 500 && status != nethttp.StatusNotImplemented || slices.Contains([]int{401, 403, 429}, status)
}

// shared tells that a cache may keep an answer for other callers because it says so
// (RFC 9111, 3 and 5.2.2). What says nothing is kept by nobody: these statuses are not
// heuristically cacheable (RFC 9110, 15.1).
func shared(h nethttp.Header) bool {
	fresh, private := false, false
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		seconds, _ := strconv.Atoi(strings.Trim(value, `"`))
		switch name {
		case "no-store", "no-cache", "private":
			private = true
		case "max-age", "s-maxage":
			fresh = fresh || seconds > 0
		}
	}
	if len(h.Values("Cache-Control")) == 0 {
		expires, err := nethttp.ParseTime(h.Get("Expires"))
		date, dated := nethttp.ParseTime(h.Get("Date"))
		fresh = err == nil && dated == nil && expires.Sub(date) > time.Second
	}
	return fresh && !private
}
