package harden

import (
	"net/netip"
	"net/url"
	"strings"
)

func (f *findings) origins(o Origins) {
	for i, origin := range o.Allow {
		if problem := badOrigin(origin); problem != "" {
			f.when(true, at("Origins.Allow", i), problem)
		}
	}
	for i, method := range o.Methods {
		f.when(method == "*" || !allToken([]byte(method)), at("Origins.Methods", i), "write a method, as PUT; * is none")
	}
	for i, name := range o.Headers {
		f.when(name == "*" || !allToken([]byte(name)), at("Origins.Headers", i), "write the name of a header; * is none")
	}
	for i, name := range o.Expose {
		f.when(name == "*" || !allToken([]byte(name)), at("Origins.Expose", i), "write the name of a header; * is none")
	}
	f.atLeastZero("Origins.MaxAge", int64(o.MaxAge))
}

// badOrigin says why s is no exact origin as browsers send it (RFC 6454, section 6.2); "" when it is one. What merely looks like one
// would never match and be taken for a working rule.
func badOrigin(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "an empty origin allows nobody and is mostly a variable that is not set: leave the list empty to allow none"
	case s == "*":
		return "* lets every site read the answers: name the origins"
	case s == "null":
		return "null is the origin of every sandboxed frame and local file: name the origins"
	case strings.ContainsAny(s, `*?()[{\^$|`) && !strings.Contains(s, "://["):
		return "this is a pattern: patterns let in more than was meant, name the origins"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "an origin is a scheme and a host, as https://app.example"
	}
	host := u.Hostname()
	switch {
	case u.User != nil:
		return "an origin has no user"
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(s, "#") || u.ForceQuery:
		return "an origin ends with its host or port: take away the path"
	case s != strings.ToLower(s):
		return "browsers send origins in lower case: write " + strings.ToLower(s)
	case !validHost(u.Host) || strings.HasSuffix(host, ".") || strings.HasSuffix(u.Host, ":"):
		return "the host is none that a browser sends (write names of other alphabets in punycode)"
	case u.Port() == "80" && u.Scheme == "http" || u.Port() == "443" && u.Scheme == "https":
		return "browsers leave out the scheme's own port: write " + u.Scheme + "://" + host
	case u.Scheme == "http" && !loopback(host):
		return "over http anybody on the way can be this origin: write https"
	}
	return ""
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
