package hardening

import (
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"
)

// Names of the headers that keep a page apart from others (Fetch Metadata's
// neighbours: HTML, section 7.1.3, and Fetch, section 3.7).
const (
	OpenerPolicy   = "Cross-Origin-Opener-Policy"
	ResourcePolicy = "Cross-Origin-Resource-Policy"
	CacheControl   = "Cache-Control"
)

// NotDue says that an answer needs no such header.
const NotDue Fault = "not_due"

// Opener reads Cross-Origin-Opener-Policy, one item of structured fields. Weak is
// the value that says what browsers do anyway.
func Opener(values []string) Fault {
	if len(list(values)) == 0 {
		return Missing
	}
	item, err := httpsfv.UnmarshalItem(values)
	if err != nil {
		return Invalid
	}
	switch token, _ := item.Value.(httpsfv.Token); token {
	case "same-origin", "same-origin-allow-popups", "noopener-allow-popups":
		return ""
	case "unsafe-none":
		return Weak
	}
	return Invalid
}

// Resource reads Cross-Origin-Resource-Policy: one of three words, in this case.
// To everybody is a choice, no fault.
func Resource(values []string) Fault {
	switch {
	case len(list(values)) == 0:
		return Missing
	case len(values) == 1 && slices.Contains([]string{"same-origin", "same-site", "cross-origin"}, strings.TrimSpace(values[0])):
		return ""
	}
	return Invalid
}

// Private reads the Cache-Control of an answer that only one user may see: it is
// kept by nobody, or by that user's browser on purpose. Absent, a browser keeps it
// as long as it likes (RFC 9111, section 4.2.2).
func Private(values []string) Fault {
	directives := list(values)
	has := func(name string) bool {
		return slices.ContainsFunc(directives, func(d string) bool {
			word, _, _ := strings.Cut(d, "=")
			return strings.EqualFold(strings.TrimSpace(word), name)
		})
	}
	switch {
	case len(directives) == 0:
		return Missing
	case has("no-store"):
		return ""
	case has("public"), has("s-maxage"):
		return Weak
	case has("private"), has("no-cache"):
		return ""
	}
	return Weak
}

// Conflicting tells that a header of which a browser reads one value came with
// several that differ, as when two layers set their own.
func Conflicting(name string, values []string) bool {
	if !slices.Contains([]string{ContentTypeOptions, FrameOptions, StrictTransport, OpenerPolicy, ResourcePolicy}, name) {
		return false
	}
	all := values
	if name != StrictTransport {
		all = list(values)
	}
	return slices.ContainsFunc(all, func(v string) bool { return !strings.EqualFold(v, all[0]) })
}

// deprecated are headers that browsers have given up, some of which did harm while
// they were obeyed; as OWASP's validator of headers wants, they are not sent.
var deprecated = []string{"Expect-Ct", "Feature-Policy", "Public-Key-Pins", "Public-Key-Pins-Report-Only", "X-Xss-Protection"}

// Deprecated lists the header names, in canonical form, that nobody should send.
func Deprecated() []string { return slices.Clone(deprecated) }

// Obsolete tells whether a header of this name and these values is one that nobody
// should send. X-XSS-Protection: 0 only switches an old fault off.
func Obsolete(name string, values []string) bool {
	if len(values) == 0 || !slices.Contains(deprecated, name) {
		return false
	}
	off := func(v string) bool { return strings.TrimSpace(v) == "0" }
	return name != "X-Xss-Protection" || !off(values[0])
}
