package harden

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What browsers are told unless Config says otherwise. Pages load their own files and call their own origin; nothing inline runs,
// nothing frames them, nothing changes their base. An answer of the API is no document at all.
const (
	defaultPages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
		"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
	defaultAPI         = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	defaultPermissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), " +
		"hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), " +
		"screen-wake-lock=(), serial=(), usb=(), web-share=(), xr-spatial-tracking=()"
	defaultHSTS = 365 * 24 * time.Hour
)

// headerSet is what is put on every answer. The values are made once and shared by all answers: nobody may write into them.
type headerSet struct {
	always []headerLine
	pages  []headerLine
	api    []headerLine
	hsts   []string
	ours   map[string]bool
}

type headerLine struct {
	name  string
	value []string
}

func newHeaderSet(c Headers) *headerSet {
	s := &headerSet{ours: map[string]bool{"Strict-Transport-Security": true, requestIDHeader: true}}
	line := func(name, value string) headerLine {
		s.ours[name] = true
		return headerLine{name, []string{value}}
	}
	pages, api := cmp.Or(c.Pages, defaultPages), cmp.Or(c.API, defaultAPI)
	s.always = []headerLine{
		line("X-Content-Type-Options", "nosniff"),
		line("Referrer-Policy", cmp.Or(c.Referrer, "no-referrer")),
		line("Permissions-Policy", cmp.Or(c.Permissions, defaultPermissions)),
		line("Cross-Origin-Opener-Policy", "same-origin"),
		line("Cross-Origin-Resource-Policy", cmp.Or(c.CrossOrigin, "same-origin")),
		line("X-Permitted-Cross-Domain-Policies", "none"),
	}
	s.pages = append(s.pages, line("Content-Security-Policy", pages))
	s.api = append(s.api, line("Content-Security-Policy", api), line("X-Frame-Options", "DENY"))
	if framing := frameOptions(pages); framing != "" {
		s.pages = append(s.pages, line("X-Frame-Options", framing))
	}
	if s.ours["Content-Security-Policy-Report-Only"] = true; c.ReportOnly != "" {
		s.pages = append(s.pages, line("Content-Security-Policy-Report-Only", c.ReportOnly))
	}
	s.hsts = []string{hsts(c)}
	return s
}

func hsts(c Headers) string {
	value := fmt.Sprintf("max-age=%d", int64(cmp.Or(c.HSTS, defaultHSTS)/time.Second))
	if c.IncludeSubDomains {
		value += "; includeSubDomains"
	}
	if c.Preload {
		value += "; preload"
	}
	return value
}

// frameOptions says frame-ancestors to browsers that do not know it; "" where the old header has no word for it.
func frameOptions(policy string) string {
	for directive := range strings.SplitSeq(policy, ";") {
		switch words := strings.Fields(directive); {
		case len(words) == 0 || !strings.EqualFold(words[0], "frame-ancestors"):
		case len(words) == 2 && words[1] == "'none'":
			return "DENY"
		case len(words) == 2 && words[1] == "'self'":
			return "SAMEORIGIN"
		default:
			return ""
		}
	}
	return "DENY"
}

// finish puts the headers on an answer, each exactly once: those of the application with the same names give way, Config is where
// they are set. Its words about itself are taken away.
func (h *Hardening) finish(p *passage) {
	s, header := h.headers, p.Header()
	problem := false
	for name, values := range header {
		key := http.CanonicalHeaderKey(name)
		switch {
		case s.ours[key] || leaks[key] || deprecated[key] || strings.HasPrefix(key, "Access-Control-"):
			delete(header, name)
		case key == "Content-Type":
			problem = len(values) == 1 && values[0] == ProblemType
		}
	}
	header[requestIDHeader] = p.id[:]
	put(header, s.always)
	if p.API || problem {
		put(header, s.api)
	} else {
		put(header, s.pages)
	}
	if p.API {
		header["Cache-Control"] = noStore[:]
	}
	if p.TLS {
		header["Strict-Transport-Security"] = s.hsts
	}
	secureCookies(header["Set-Cookie"], p.TLS)
	h.origins.finish(p, header)
}

func put(header http.Header, lines []headerLine) {
	for i := range lines {
		header[lines[i].name] = lines[i].value
	}
}

var noStore = [1]string{"no-store"}
