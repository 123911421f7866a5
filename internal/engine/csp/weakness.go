package csp

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Kind names what weakens a policy.
type Kind string

// The kinds of weakness.
const (
	Missing  Kind = "missing"  // nothing governs what the directive governs
	Inline   Kind = "inline"   // injected inline scripts run
	Eval     Kind = "eval"     // text is run as a script
	Anywhere Kind = "anywhere" // a whole scheme or every host is let in
	Insecure Kind = "insecure" // a source over plain http, of another machine
	Unquoted Kind = "unquoted" // a keyword without quotes is the name of a host
	Glued    Kind = "glued"    // a semicolon is missing: a directive stands among sources
	Unknown  Kind = "unknown"  // no directive of this name exists
)

// Weakness is one way in. Source is what opens it, "" when something is absent.
type Weakness struct {
	Kind      Kind   `json:"kind"`
	Directive string `json:"directive"`
	Source    string `json:"source,omitempty"`
}

// Weaknesses tells what weakens all the policies together: a browser refuses
// what any of them refuses, so a hole counts when every policy has it. A slip in
// writing counts in any.
func Weaknesses(policies []Policy) []Weakness {
	var found []Weakness
	for i, p := range policies {
		found = append(found, p.slips()...)
		if i > 0 {
			continue
		}
		for _, hole := range p.holes() {
			if !slices.ContainsFunc(policies[1:], func(other Policy) bool { return !other.has(hole) }) {
				found = append(found, hole)
			}
		}
	}
	slices.SortFunc(found, func(a, b Weakness) int {
		return cmp.Or(cmp.Compare(a.Directive, b.Directive), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source))
	})
	return slices.Compact(found)
}

func (p Policy) has(hole Weakness) bool {
	return slices.ContainsFunc(p.holes(), func(own Weakness) bool { return own.Kind == hole.Kind && own.Directive == hole.Directive })
}

// governed must be governed by something; base-uri and frame-ancestors have no
// stand-in.
var governed = []string{"script-src", "object-src", "base-uri", "frame-ancestors"}

// fetches are the directives for which default-src stands in: with all of them
// written out, nothing is left to it.
var fetches = []string{"script-src", "style-src", "img-src", "font-src", "connect-src", "media-src", "object-src", "frame-src", "worker-src", "manifest-src"}

func (p Policy) holes() []Weakness {
	var found []Weakness
	for _, name := range governed {
		if _, ok := p.Sources(name); !ok {
			found = append(found, Weakness{Kind: Missing, Directive: name})
		}
	}
	if _, ok := p.own("default-src"); !ok && slices.ContainsFunc(fetches, func(name string) bool { _, ok := p.Sources(name); return !ok }) {
		found = append(found, Weakness{Kind: Missing, Directive: "default-src"})
	}
	found = append(found, p.scripts("script-src")...)
	for _, name := range []string{"script-src-elem", "script-src-attr"} {
		if _, own := p.own(name); own {
			found = append(found, p.scripts(name)...)
		}
	}
	for _, name := range []string{"object-src", "base-uri", "frame-ancestors"} {
		sources, _ := p.Sources(name)
		found = append(found, wide(name, sources)...)
	}
	return found
}

// scripts looks at the sources of scripts. A nonce or a hash makes browsers
// ignore 'unsafe-inline', 'strict-dynamic' makes them ignore hosts and schemes.
func (p Policy) scripts(name string) []Weakness {
	sources, _ := p.Sources(name)
	var found []Weakness
	if i := indexOf(sources, "'unsafe-inline'"); i >= 0 && !slices.ContainsFunc(sources, exact) {
		found = append(found, Weakness{Inline, name, sources[i]})
	}
	if i := indexOf(sources, "'unsafe-eval'"); i >= 0 {
		found = append(found, Weakness{Eval, name, sources[i]})
	}
	if indexOf(sources, "'strict-dynamic'") >= 0 {
		return found
	}
	return append(found, wide(name, sources)...)
}

// exact tells a source that names one script.
func exact(source string) bool {
	s := strings.ToLower(source)
	return slices.ContainsFunc([]string{"'nonce-", "'sha256-", "'sha384-", "'sha512-"}, func(p string) bool { return strings.HasPrefix(s, p) })
}

// wide finds sources that let in a scheme or any host, and those over plain http.
func wide(name string, sources []string) []Weakness {
	var found []Weakness
	for _, source := range sources {
		scheme, host := split(source)
		switch {
		case host == "*", host == "" && slices.Contains([]string{"http", "https", "ws", "wss", "data", "filesystem"}, scheme):
			found = append(found, Weakness{Anywhere, name, source})
		case scheme == "http" && !loopback(host):
			found = append(found, Weakness{Insecure, name, source})
		}
	}
	return found
}

// split gives the scheme and the host, without its port, of a source; both are
// empty for a keyword, the host for a scheme alone.
func split(source string) (scheme, host string) {
	s := strings.ToLower(source)
	if strings.HasPrefix(s, "'") {
		return "", ""
	}
	if alone, ok := strings.CutSuffix(s, ":"); ok {
		return alone, ""
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	host, _, _ = strings.Cut(rest, "/")
	if u, err := url.Parse("//" + host); err == nil && u.Hostname() != "" {
		return scheme, u.Hostname()
	}
	host, _, _ = strings.Cut(host, ":") // a port of * is no port to package url
	return scheme, host
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}

func indexOf(sources []string, keyword string) int {
	return slices.IndexFunc(sources, func(s string) bool { return strings.EqualFold(s, keyword) })
}
