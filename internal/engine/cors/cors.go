// Package cors knows how a browser reads the answers to requests from another
// origin, and how origins are written that only look like the allowed one.
//
// It knows origins (RFC 6454) and the CORS protocol (Fetch, section 3.2). It does
// not know which origin a service should allow.
package cors

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Variant is an origin that is not the allowed one.
type Variant struct {
	Kind   string `json:"kind"`
	Origin string `json:"origin"`
}

// Variants gives the origins that a careless comparison takes for the allowed
// one. Every one of them is somebody else's, or none that a browser sends for
// the allowed page.
func Variants(allowed string) ([]Variant, error) {
	u, err := url.Parse(allowed)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || allowed != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("%q is no origin: write scheme://host[:port], nothing behind it", allowed)
	}
	host, port := u.Hostname(), u.Port()
	with := func(scheme, host, port string) string {
		if port == "" {
			return scheme + "://" + host
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	other := map[string]string{"http": "https", "https": "http"}[u.Scheme]
	all := []Variant{
		{"foreign", "https://evil.example"},
		{"null", "null"},
		{"suffix", allowed + ".evil.example"},
		{"prefix", u.Scheme + "://evil" + u.Host},
		{"hyphen", u.Scheme + "://evil-" + u.Host},
		{"subdomain", u.Scheme + "://evil." + u.Host},
		{"scheme", with(other, host, port)},
		{"port", with(u.Scheme, host, "4444")},
		{"backtick", allowed + "`.evil.example"},
		{"underscore", allowed + "_.evil.example"},
		{"case", strings.ToUpper(allowed)},
		{"trailing dot", with(u.Scheme, host+".", port)},
		{"file", "file://"},
		{"user", allowed + "@evil.example"},
		{"unicode", u.Scheme + "://" + host[:1] + "\u0301" + u.Host[1:]}, // an accent that a fold may take away
		{"list", allowed + ", https://evil.example"},
		{"path", allowed + "/"},
	}
	if port != "" {
		all = append(all, Variant{"longer port", allowed + "0"}, Variant{"no port", with(u.Scheme, host, "")})
	}
	if i := strings.IndexByte(host, '.'); i > 0 && net.ParseIP(host) == nil {
		all = append(all, Variant{"dot", with(u.Scheme, host[:i]+"x"+host[i+1:], port)})
	}
	return slices.DeleteFunc(all, func(v Variant) bool { return v.Origin == allowed }), nil
}

// The names of the headers.
const (
	AllowOrigin      = "Access-Control-Allow-Origin"
	AllowCredentials = "Access-Control-Allow-Credentials"
	AllowMethods     = "Access-Control-Allow-Methods"
	AllowHeaders     = "Access-Control-Allow-Headers"
	AllowPrivate     = "Access-Control-Allow-Private-Network"
)

// Admits tells whether scripts of the origin may read the answer: exactly one
// Access-Control-Allow-Origin, byte for byte the origin or a star (Fetch, section
// 4.10).
func Admits(h http.Header, origin string) bool {
	values := h.Values(AllowOrigin)
	return len(values) == 1 && (values[0] == origin || values[0] == "*")
}

// Invites tells whether the answer to a preflight lets the origin send a request
// of this method with these headers, none of which is on Fetch's safe list. A star
// among the headers does not stand for Authorization.
func Invites(h http.Header, origin, method string, headers ...string) bool {
	if !Admits(h, origin) {
		return false
	}
	methods, names := tokens(h.Values(AllowMethods)), tokens(h.Values(AllowHeaders))
	simple := slices.Contains([]string{"GET", "HEAD", "POST"}, method)
	if !simple && !slices.Contains(methods, method) && !slices.Contains(methods, "*") {
		return false
	}
	for _, name := range headers {
		listed := slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
		starred := slices.Contains(names, "*") && !strings.EqualFold(name, "Authorization")
		if !listed && !starred {
			return false
		}
	}
	return true
}

// Lists tells whether one of these headers, a list, has a word on it; a star is no
// word.
func Lists(h http.Header, name, word string) bool {
	return slices.ContainsFunc(tokens(h.Values(name)), func(t string) bool { return strings.EqualFold(t, word) })
}

// VariesByOrigin tells whether caches are told that the answer depends on Origin.
func VariesByOrigin(h http.Header) bool {
	return slices.ContainsFunc(tokens(h.Values("Vary")), func(v string) bool { return v == "*" || strings.EqualFold(v, "Origin") })
}

func tokens(values []string) []string {
	var all []string
	for _, value := range values {
		for v := range strings.SplitSeq(value, ",") {
			all = append(all, strings.TrimSpace(v))
		}
	}
	return all
}
