// Package hardening reads the response headers that harden a browser, as a
// browser does: what it would ignore is as good as absent.
//
// It knows one header at a time and what its values mean. It does not know
// Content-Security-Policy, which has a package of its own, nor which answer a
// header came with.
package hardening

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dunglas/httpsfv"
)

// Fault says what is wrong with a header; "" when nothing is.
type Fault string

// The faults.
const (
	Missing Fault = "missing"
	Invalid Fault = "invalid" // a browser ignores it
	Weak    Fault = "weak"    // it is valid and allows what it should not
)

// Names of the headers.
const (
	ContentTypeOptions = "X-Content-Type-Options"
	FrameOptions       = "X-Frame-Options"
	ReferrerPolicy     = "Referrer-Policy"
	PermissionsPolicy  = "Permissions-Policy"
	StrictTransport    = "Strict-Transport-Security"
)

// Nosniff reads X-Content-Type-Options: the first value counts (Fetch, section 3.5).
func Nosniff(values []string) Fault {
	all := list(values)
	switch {
	case len(all) == 0:
		return Missing
	case strings.EqualFold(all[0], "nosniff"):
		return ""
	}
	return Invalid
}

// Frames reads X-Frame-Options (HTML, section 7.6). ALLOW-FROM is ignored by browsers.
func Frames(values []string) Fault {
	all := list(values)
	if len(all) == 0 {
		return Missing
	}
	for _, v := range all {
		if !strings.EqualFold(v, "DENY") && !strings.EqualFold(v, "SAMEORIGIN") {
			return Invalid
		}
	}
	return ""
}

// Referrer reads Referrer-Policy: the last value that a browser knows counts
// (Referrer Policy, section 8.1). Weak are those that send paths, or anything over
// plain http, to strangers.
func Referrer(values []string) Fault {
	private := []string{"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
	leaky := []string{"no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "unsafe-url"}
	all := list(values)
	if len(all) == 0 {
		return Missing
	}
	for _, v := range slices.Backward(all) {
		switch v = strings.ToLower(v); {
		case slices.Contains(private, v):
			return ""
		case slices.Contains(leaky, v):
			return Weak
		}
	}
	return Invalid
}

// powerful are the features of which nobody opens the whole web to itself on purpose.
var powerful = []string{"camera", "microphone", "geolocation", "payment", "usb", "serial", "bluetooth", "midi", "display-capture"}

// Permissions reads Permissions-Policy, a dictionary of structured fields (RFC
// 9651): one slip and a browser ignores the whole. Weak is a powerful feature that
// is given to everybody.
func Permissions(values []string) Fault {
	if len(list(values)) == 0 {
		return Missing
	}
	dictionary, err := httpsfv.UnmarshalDictionary(values)
	if err != nil || len(dictionary.Names()) == 0 {
		return Invalid
	}
	for _, feature := range powerful {
		member, ok := dictionary.Get(feature)
		if item, single := member.(httpsfv.Item); ok && single && item.Value == httpsfv.Token("*") {
			return Weak
		}
	}
	return ""
}

// Transport is a Strict-Transport-Security header as a browser reads it.
type Transport struct {
	MaxAge     int64 `json:"max_age"` // seconds
	SubDomains bool  `json:"sub_domains"`
	Preload    bool  `json:"preload"`
}

// ReadTransport reads Strict-Transport-Security: only the first header counts,
// max-age must stand in it, no directive twice (RFC 6797, sections 6.1 and 8.1).
func ReadTransport(values []string) (Transport, Fault) {
	if len(values) == 0 {
		return Transport{}, Missing
	}
	t, seen := Transport{MaxAge: -1}, map[string]bool{}
	for part := range strings.SplitSeq(values[0], ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		if seen[name] {
			return Transport{}, Invalid
		}
		seen[name] = true
		switch name {
		case "max-age":
			age, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(value), `"`), 10, 64)
			if err != nil || age < 0 {
				return Transport{}, Invalid
			}
			t.MaxAge = age
		case "includesubdomains":
			t.SubDomains = true
		case "preload":
			t.Preload = true
		}
	}
	if t.MaxAge < 0 {
		return Transport{}, Invalid
	}
	return t, ""
}

// list splits header values at commas (RFC 9110, section 5.3).
func list(values []string) []string {
	var all []string
	for _, value := range values {
		for v := range strings.SplitSeq(value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				all = append(all, v)
			}
		}
	}
	return all
}
