package security

import (
	"context"
	nethttp "net/http"
	"regexp"
	"strings"

	"listo/internal/engine/hardening"
	"listo/internal/evidence"
	"listo/internal/lab/http"
)

// further asks for answers that other code often gives than the handlers: files, a
// 304, a redirect, the parser of bodies, the server itself. Which of them a service
// has is its own affair: those it has not are left out.
func (a asking) further(ctx context.Context) []Answer {
	s := settings(a.b)
	var all []Answer
	keep := func(found Answer, as bool) {
		if as {
			all = append(all, found)
		}
	}
	get := func(path string) http.Request { return http.Request{Method: nethttp.MethodGet, Path: path} }
	page := patient(ctx, a.client, get(s.Page))
	asset := AssetOf(page.Body, s.Page)
	again, validators := s.Page, page.Header
	if asset != "" {
		found, whole := a.seen(ctx, assetServed, get(asset))
		keep(found, found.Status/100 == 2)
		again, validators = asset, whole.Header
	}
	if r, ok := conditional(get(again), validators); ok {
		found := a.ask(ctx, notModified, r)
		keep(found, found.Status == nethttp.StatusNotModified)
	}
	for _, path := range redirecting(s.Page, asset) {
		if found := a.ask(ctx, redirected, get(path)); found.Status/100 == 3 && found.Status != nethttp.StatusNotModified {
			keep(found, true)
			break
		}
	}
	if o, err := parseOrder(s.SizeLimit.Request); err == nil {
		r := o.request(a.token)
		r.Body = []byte(`{"listo":`)
		r.Header.Set("Content-Type", "application/json")
		found := a.ask(ctx, apiInvalid, r)
		keep(found, found.Status/100 == 4 && found.Status != nethttp.StatusTooManyRequests)
	}
	found := a.ask(ctx, tooLong, get(s.Page+"?"+strings.Repeat("x", longAddress)))
	keep(found, found.Status/100 == 4 && found.Status != nethttp.StatusTooManyRequests)
	return all
}

// longAddress is longer than what Node (16 KiB), nginx (8 KiB) and net/http (1 MiB
// unless it is set) take by themselves; only the first two refuse it.
const longAddress = 64 << 10

var linked = regexp.MustCompile(`(?i)<(?:script|link|img)\b[^>]*?\b(?:src|href)\s*=\s*["']?(\.?/?[^"'\s>]+\.(?:js|mjs|css|svg|png|ico|webp))["'\s>]`)

// AssetOf names the first file of its own origin that a page loads, as a path; ""
// when it loads none.
func AssetOf(page []byte, at string) string {
	for _, m := range linked.FindAllSubmatch(page, 20) {
		ref := string(m[1])
		switch {
		case strings.HasPrefix(ref, "//"), strings.Contains(ref, ":"):
		case strings.HasPrefix(ref, "/"):
			return ref
		default:
			return at[:strings.LastIndexByte(at, '/')+1] + strings.TrimPrefix(ref, "./")
		}
	}
	return ""
}

// conditional asks whether what a browser has is still good.
func conditional(r http.Request, validators nethttp.Header) (http.Request, bool) {
	r.Header = nethttp.Header{}
	if tag := validators.Get("ETag"); tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	if date := validators.Get("Last-Modified"); date != "" {
		r.Header.Set("If-Modified-Since", date)
	}
	return r, len(r.Header) > 0
}

// redirecting are addresses that many services answer with another address.
func redirecting(page, asset string) []string {
	all := []string{strings.TrimSuffix(page, "/") + "/index.html"}
	if i := strings.LastIndexByte(asset, '/'); i > 0 {
		all = append(all, asset[:i])
	}
	return append(all, "//listo-no-such-host.example/..")
}

// oddities are what is wrong beside a header that is absent or weak, as "header:
// request status".
type oddities struct {
	conflicting, cacheable, deprecated, cookies []oddity
}

type oddity struct{ header, line, curl string }

// Oddities sums up what stands in the answers that should not, for judge and page.
func (o Headers) oddities() oddities {
	var found oddities
	for _, a := range o.Answers {
		if !o.judged(a) {
			continue
		}
		for _, name := range sortedKeys(a.Headers) {
			odd := oddity{name, statusLine(a), a.Curl}
			if hardening.Conflicting(name, a.Headers[name]) {
				found.conflicting = append(found.conflicting, odd)
			}
			if hardening.Obsolete(name, a.Headers[name]) {
				found.deprecated = append(found.deprecated, odd)
			}
		}
		for _, c := range a.Cookies {
			if c.loose() {
				found.cookies = append(found.cookies, oddity{c.Name, statusLine(a), a.Curl})
			}
		}
		if fault := hardening.Private(a.Headers[hardening.CacheControl]); o.Wide && a.Kind == apiServed && fault != "" {
			found.cacheable = append(found.cacheable, oddity{hardening.CacheControl, statusLine(a), a.Curl})
		}
	}
	return found
}

// facts adds to a finding's facts what was found and where.
func (oddities) facts(facts evidence.Facts, found []oddity) evidence.Facts {
	var names, lines []string
	for _, odd := range found {
		names, lines = append(names, odd.header), append(lines, odd.line)
	}
	facts["odd"], facts["where"], facts[evidence.Replay] = once(names), once(lines), found[0].curl
	return facts
}
