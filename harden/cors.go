package harden

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostAsked bounds Access-Control-Request-Headers, bytes; a browser that asks for more asks for what no API has.
const mostAsked = 2048

// origins is CORS: exact origins, compared byte by byte with what browsers send (RFC 6454, section 6.2), which has no second spelling.
type origins struct {
	allow       map[string][]string // the value of the answer's header
	methods     []string
	headers     map[string]bool // lower case
	credentials bool

	allowMethods, allowHeaders, expose, maxAge []string
	preflight                                  func(http.ResponseWriter, *http.Request) bool
}

func newOrigins(c Origins) *origins {
	o := &origins{allow: map[string][]string{}, headers: map[string]bool{}, credentials: c.Credentials}
	for _, origin := range c.Allow {
		o.allow[origin] = []string{origin}
	}
	if o.methods = c.Methods; len(o.methods) == 0 {
		o.methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}
	}
	headers := c.Headers
	if len(headers) == 0 {
		headers = []string{"Content-Type", "Authorization"}
	}
	for _, name := range headers {
		o.headers[strings.ToLower(name)] = true
	}
	expose := append([]string{requestIDHeader, "Retry-After", "RateLimit", "RateLimit-Policy"}, c.Expose...)
	o.allowMethods, o.allowHeaders = []string{strings.Join(o.methods, ", ")}, []string{strings.Join(headers, ", ")}
	o.expose = []string{strings.Join(expose, ", ")}
	o.maxAge = []string{strconv.Itoa(int(cmp.Or(c.MaxAge, 10*time.Minute) / time.Second))}
	return o
}

// mark notes whether an allowed origin asks.
func (o *origins) mark(p *passage, r *http.Request) {
	if is := r.Header["Origin"]; len(is) == 1 {
		p.origin = o.allow[is[0]]
	}
}

// finish puts CORS on an answer, errors included: without it a script would see no status, only a network error. Vary is on every
// answer, or a cache would give one origin what was made for another.
func (o *origins) finish(p *passage, h http.Header) {
	h["Vary"] = varyOf(h["Vary"], p.request.Method == http.MethodOptions)
	if p.origin == nil {
		return
	}
	h["Access-Control-Allow-Origin"] = p.origin
	if o.credentials {
		h["Access-Control-Allow-Credentials"] = yes[:]
	}
	if !p.preflight {
		h["Access-Control-Expose-Headers"] = o.expose
		return
	}
	h["Access-Control-Allow-Methods"] = o.allowMethods
	h["Access-Control-Allow-Headers"] = o.allowHeaders
	h["Access-Control-Max-Age"] = o.maxAge
}

var (
	yes              = [1]string{"true"}
	varyOrigin       = [1]string{"Origin"}
	varyCodingOrigin = [1]string{"Accept-Encoding, Origin"}
	varyPreflight    = [1]string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
)

// varyOf is one line, whoever added to it: lines of one field mean the same joined (RFC 9110, section 5.3), and some caches read the
// first alone. The two lines that most answers have are made beforehand.
func varyOf(set []string, options bool) []string {
	switch {
	case len(set) == 0 && options:
		return varyPreflight[:]
	case len(set) == 0:
		return varyOrigin[:]
	case len(set) == 1 && set[0] == "Accept-Encoding" && !options:
		return varyCodingOrigin[:]
	}
	for _, line := range set {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Origin") && !options {
				return set
			}
		}
	}
	ours := varyOrigin[0]
	if options {
		ours = varyPreflight[0]
	}
	return []string{strings.Join(set, ", ") + ", " + ours}
}

// wrap answers preflights and refuses what another site makes a browser send with the user's cookies.
func (o *origins) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := passageOf(r)
		switch {
		case r.Method == http.MethodOptions && r.Header["Origin"] != nil && r.Header["Access-Control-Request-Method"] != nil:
			o.answer(w, r, p)
		case p.origin == nil && forged(r, p):
			Problem{Status: http.StatusForbidden, Detail: "another site may not send this with the user's cookies", Cure: "csrf"}.Write(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// answer answers a preflight. None reaches the application.
func (o *origins) answer(w http.ResponseWriter, r *http.Request, p *passage) {
	if p.origin == nil {
		Problem{Status: http.StatusForbidden, Detail: "this origin may not call this service", Cure: "cors"}.Write(w, r)
		return
	}
	if !o.preflight(w, r) {
		return
	}
	asked := r.Header["Access-Control-Request-Method"]
	if len(asked) != 1 || !slices.Contains(o.methods, asked[0]) || !o.allowed(r.Header["Access-Control-Request-Headers"]) {
		Problem{Status: http.StatusForbidden, Detail: "this method or one of these headers may not be sent from another origin", Cure: "cors"}.Write(w, r)
		return
	}
	p.preflight = true
	w.WriteHeader(http.StatusNoContent)
}

// allowed says whether all of the headers asked for are listed; it stops at the first that is not.
func (o *origins) allowed(lines []string) bool {
	var room [64]byte
	for _, line := range lines {
		if len(line) > mostAsked {
			return false
		}
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.Trim(name, " \t"); len(name) > len(room) || !o.headers[string(lowerInto(room[:0], name))] {
				return false
			}
		}
	}
	return true
}

func lowerInto(to []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

// forged says whether a browser sends r for another site with credentials that it adds by itself. A request without those, or with a
// bearer token that a script had to know, proves nothing about the user.
func forged(r *http.Request, p *passage) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	if r.Header["Cookie"] == nil && !browserAuth(r.Header["Authorization"]) {
		return false
	}
	if site := r.Header["Sec-Fetch-Site"]; site != nil {
		return len(site) != 1 || site[0] != "same-origin" && site[0] != "none"
	}
	return r.Header["Origin"] != nil && !sameOrigin(r, p)
}

// browserAuth says whether credentials are of a kind that browsers remember and send by themselves.
func browserAuth(lines []string) bool {
	return len(lines) > 0 && !(len(lines[0]) > 7 && strings.EqualFold(lines[0][:7], "bearer "))
}

// sameOrigin says whether the only Origin is the host that is asked. Before a proxy that we were not told to trust we cannot know the
// scheme: a page of the same host over TLS is ours.
func sameOrigin(r *http.Request, p *passage) bool {
	is := r.Header["Origin"]
	if len(is) != 1 {
		return false
	}
	scheme, host, _ := strings.Cut(is[0], "://")
	if scheme != "https" && (scheme != "http" || p.TLS) {
		return false
	}
	return strings.EqualFold(withoutPort(host, scheme), withoutPort(r.Host, scheme))
}

// withoutPort cuts the port off that the scheme implies.
func withoutPort(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
