package harden

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// requests refuses what no application should see: methods, hosts and targets that are not served, and what the checks of the
// connection refused. What passes has one form, for every cure behind it and for the application.
type requests struct {
	methods    []string
	allow      string // the header Allow
	hosts      []string
	limits     headLimits
	webSockets []string
	isAPI      func(string) bool
}

func newRequests(c Config, isAPI func(string) bool) *requests {
	q := &requests{methods: c.Requests.Methods, hosts: c.Hosts, limits: limitsOf(c.Requests), webSockets: c.Requests.WebSockets, isAPI: isAPI}
	if len(q.methods) == 0 {
		q.methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	}
	q.allow = strings.Join(q.methods, ", ")
	return q
}

func limitsOf(r Requests) headLimits {
	return headLimits{
		target: cmp.Or(r.TargetBytes, 8<<10), bytes: cmp.Or(r.HeaderBytes, 16<<10), fields: cmp.Or(r.MostHeaders, 100),
	}
}

func (q *requests) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := passageOf(r)
		if p.refusal != nil {
			q.refuse(w, r, &p.refusal.fault, true)
			return
		}
		if f := q.fault(r); f != nil {
			q.refuse(w, r, f, false)
			return
		}
		if r.RequestURI == "*" {
			w.Header().Set("Allow", q.allow)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if f := settle(r); f != nil {
			q.refuse(w, r, f, false)
			return
		}
		fewRanges(r.Header)
		p.API = q.isAPI(r.URL.Path)
		if f := q.upgrade(r, p); f != nil {
			q.refuse(w, r, f, false)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (q *requests) refuse(w http.ResponseWriter, r *http.Request, f *fault, framing bool) {
	if f.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", q.allow)
	}
	cure := "requests"
	if framing {
		cure = "framing"
	}
	Problem{Status: f.status, Detail: f.detail, Cure: cure, Close: framing}.Write(w, r)
}

// fault finds what is wrong with a request whose framing is right.
func (q *requests) fault(r *http.Request) *fault {
	if f := q.size(r); f != nil {
		return f
	}
	if expects := r.Header["Expect"]; len(expects) > 1 || len(expects) == 1 && !strings.EqualFold(expects[0], "100-continue") {
		return &fault{http.StatusExpectationFailed, "only 100-continue can be expected"}
	}
	if !slices.Contains(q.methods, r.Method) {
		return &fault{http.StatusMethodNotAllowed, "this method is not served here"}
	}
	return q.host(r)
}

// size bounds what came over HTTP/2, whose heads have no bytes to check; over HTTP/1.1 it was done before.
func (q *requests) size(r *http.Request) *fault {
	if r.ProtoMajor == 1 && checkedOf(r) != nil {
		return nil
	}
	if len(r.RequestURI) > q.limits.target {
		return &fault{http.StatusRequestURITooLong, "the request target is too long"}
	}
	fields, size := 0, 0
	for name, values := range r.Header {
		fields += len(values)
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if fields > q.limits.fields || size > q.limits.bytes {
		return &fault{http.StatusRequestHeaderFieldsTooLarge, "the header fields are too many or too large"}
	}
	return nil
}

// host refuses requests for somebody else (RFC 9110, section 7.4), and those that name two hosts: a target in absolute form must be for
// the host that the header names.
func (q *requests) host(r *http.Request) *fault {
	if !hostAmong(q.hosts, r.Host) {
		return misdirected()
	}
	if r.RequestURI == "" || r.RequestURI[0] == '/' || r.RequestURI == "*" {
		return nil
	}
	scheme, authority, rest, ok := absolute(r.RequestURI)
	if !ok {
		return malformed("the request target is neither a path nor an address")
	}
	named := r.Host
	if c := checkedOf(r); c != nil {
		named = c.host
	}
	if !strings.EqualFold(authority, named) || scheme == "https" && !Of(r).TLS {
		return misdirected()
	}
	r.RequestURI = rest
	return nil
}

func misdirected() *fault {
	return &fault{http.StatusMisdirectedRequest, "this host is not served here"}
}

// mostRanges is how many parts of one file a request may ask for. Viewers of documents ask for a few; a thousand overlapping ones make a
// server send its file a thousand times.
const mostRanges = 16

// fewRanges forgets a Range of very many parts, as RFC 9110, section 14.2, allows: the answer is the whole.
func fewRanges(h http.Header) {
	for _, line := range h["Range"] {
		if strings.Count(line, ",") >= mostRanges {
			delete(h, "Range")
			return
		}
	}
}
