package security

import (
	"context"
	nethttp "net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"listo/internal/engine/hardening"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// Edges is what else became of the client that was held back: how much it is served
// side by side, whether it gets on by writing its request otherwise, and whom the limit
// hits that it should not.
type Edges struct {
	// Flood is many side by side after the first refusal; WithinMS is how long burst
	// and flood took together.
	Flood    Other   `json:"flood"`
	WithinMS float64 `json:"within_ms"`
	// Forms are the same request in other writings, asked in turn while the client
	// pressed on. The first is the plain one: the control.
	Forms []Form `json:"forms"`
	// Lost are the hardening headers that the client's first answer had and its
	// refusal has not.
	Lost []string `json:"lost,omitempty"`
	// Media is that of the refusal; Told its fields RateLimit-Policy, RateLimit and
	// the older ones, by name.
	Media string              `json:"media,omitempty"`
	Told  map[string][]string `json:"told,omitempty"`
}

// Form is one writing of the request.
type Form struct {
	Kind string `json:"kind"`
	Curl string `json:"curl"`
	Other
}

// The forms.
const (
	formPlain     = "plain"
	formPreflight = "preflight"
	formProbe     = "probe"
	formElsewhere = "probe_elsewhere"
)

const (
	// floodSide is how many requests of the flood are on their way at a time, mostFlood
	// how many are sent.
	floodSide = 32
	mostFlood = 2000
	// perForm is how often each form is asked.
	perForm = 10
)

// edges are tried while the client has nothing left.
func (h *hammer) edges(ctx context.Context, first, refusal http.Answer, began time.Time) {
	e := &Edges{Media: mediaOf(refusal.Header), Told: map[string][]string{}, Lost: lost(first.Header, refusal.Header)}
	for _, name := range told {
		if values := refusal.Header.Values(name); len(values) > 0 {
			e.Told[name] = values
		}
	}
	flood := h.client.Start(ctx, http.Burst{Users: floodSide, Total: min(2*h.o.Most, mostFlood), Next: func(int) http.Request { return h.asked(h.a) }}).Wait()
	for _, a := range flood {
		e.Flood.add(a)
	}
	e.WithinMS = lab.Milliseconds(time.Since(began))
	e.Forms = h.forms(ctx)
	h.o.Edges = e
}

// told are the fields by which a client learns what it has left: the draft's
// (draft-ietf-httpapi-ratelimit-headers-11) and those in use before it.
var told = []string{"RateLimit-Policy", "RateLimit", "RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"}

// lost compares the headers of an answer and of a refusal.
func lost(first, refusal nethttp.Header) (names []string) {
	for _, name := range []string{policyHeader, hardening.ContentTypeOptions, hardening.FrameOptions, hardening.ReferrerPolicy, hardening.PermissionsPolicy, hardening.StrictTransport} {
		if len(first.Values(name)) > 0 && len(refusal.Values(name)) == 0 {
			names = append(names, name)
		}
	}
	return names
}

func mediaOf(h nethttp.Header) string {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return media
}

// forms asks each form in turn, again and again, while the client presses on.
func (h *hammer) forms(ctx context.Context) []Form {
	forms := h.written()
	enough := make(chan struct{})
	press := h.client.Start(ctx, http.Burst{Users: side, Total: pressing, Next: func(int) http.Request { return h.asked(h.a) },
		Until: func(http.Answer) bool {
			select {
			case <-enough:
				return true
			default:
				return false
			}
		}})
	all := make([]Form, len(forms))
	for range perForm {
		for i, f := range forms {
			all[i].Kind, all[i].Curl = f.kind, h.client.Replay(f.request)
			all[i].add(h.client.Do(ctx, f.request))
			pause(ctx, besidePause)
		}
	}
	close(enough)
	press.Wait()
	return all
}

// written is one form and its request.
type written struct {
	kind    string
	request http.Request
}

// written gives the forms: the plain one first.
func (h *hammer) written() []written {
	all := []written{{formPlain, h.asked(h.a)}}
	path, query, asks := strings.Cut(h.order.path, "?")
	as := func(kind, path, query string) {
		r := h.asked(h.a)
		if r.Path = path; query != "" {
			r.Path += "?" + query
		}
		if r.Path != h.order.path {
			all = append(all, written{kind, r})
		}
	}
	last := path[len(path)-1:]
	as("query", path, strings.TrimPrefix(query+"&listo=1", "&"))
	as("slash", path+"/", query)
	as("double_slash", "/"+path, query)
	as("capitals", strings.ToUpper(path), query)
	as("encoded", path[:len(path)-1]+"%"+strconv.FormatInt(int64(last[0]), 16), query)
	if !asks {
		as("question_mark", path+"?", "")
	}
	head := h.asked(h.a)
	head.Method = nethttp.MethodHead
	all = append(all, written{"head", head})
	if o := settings(h.b).FrontendOrigin; o != "" {
		all = append(all, written{formPreflight, http.Request{Method: nethttp.MethodOptions, Path: h.order.path, Header: nethttp.Header{
			"Origin": {origin(o)}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"}}}})
	}
	if ready, err := url.Parse("/" + strings.TrimPrefix(h.b.Config.Service.Ready, "/")); err == nil && ready.Path != settings(h.b).Page {
		probe := http.Request{Method: nethttp.MethodGet, Path: ready.RequestURI()}
		elsewhere := probe
		elsewhere.From = otherAddress
		all = append(all, written{formProbe, probe}, written{formElsewhere, elsewhere})
	}
	return all
}

// held tells that the control was held back while the forms were asked: then a form
// that was always served is a way around the limit.
func (e Edges) held() bool {
	return len(e.Forms) > 0 && e.Forms[0].Kind == formPlain && e.Forms[0].Sent > 0 && 2*e.Forms[0].Refused > e.Forms[0].Sent
}

// around lists the writings that were served every time.
func (e Edges) around() (kinds []string) {
	for _, f := range e.Forms {
		if !slices.Contains([]string{formPlain, formPreflight, formProbe, formElsewhere}, f.Kind) && f.Sent > 0 && f.Served == f.Sent {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// hit tells that a form that is nobody's quota was refused more often than not.
func (e Edges) hit(kind string) bool {
	i := slices.IndexFunc(e.Forms, func(f Form) bool { return f.Kind == kind })
	return i >= 0 && 2*e.Forms[i].Refused > e.Forms[i].Sent
}

// left reads what a refusal says is left: the smallest r of RateLimit, or the number of
// an older field. said is false when it says nothing that can be read.
func (e Edges) left() (n int, said bool) {
	smallest := func(text string) {
		if v, err := strconv.Atoi(text); err == nil && (!said || v < n) {
			n, said = v, true
		}
	}
	for _, value := range e.Told["RateLimit"] {
		for _, m := range remaining.FindAllStringSubmatch(value, -1) {
			smallest(m[1])
		}
	}
	for _, name := range []string{"RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"} {
		for _, value := range e.Told[name] {
			smallest(strings.TrimSpace(value))
		}
	}
	return n, said
}

// remaining is the parameter of the draft, and of the drafts before it.
var remaining = regexp.MustCompile(`(?:;\s*r|remaining)=(\d+)`)
