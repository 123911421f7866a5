// Package csp reads a Content-Security-Policy as a browser does and tells what
// weakens it.
//
// It knows the grammar of CSP Level 3 (W3C), which directive stands in for which,
// and which sources let foreign or injected scripts run. It does not know which
// page the policy protects, nor whether that page works under it.
package csp

import (
	"slices"
	"strings"
)

// Directive is one directive with its sources, both as they stand; the name in
// lower case.
type Directive struct {
	Name    string   `json:"name"`
	Sources []string `json:"sources"`
}

// Policy is one serialized policy. A browser enforces every policy it is sent.
type Policy []Directive

// Parse reads header values: each may hold several policies, with commas
// between them. Of a directive given twice the first counts (CSP3, section 2.2.1).
func Parse(values []string) []Policy {
	var all []Policy
	for _, value := range values {
		for text := range strings.SplitSeq(value, ",") {
			if p := one(text); len(p) > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}

func one(text string) Policy {
	var p Policy
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if _, twice := p.own(name); !twice {
			p = append(p, Directive{name, words[1:]})
		}
	}
	return p
}

func (p Policy) own(name string) ([]string, bool) {
	i := slices.IndexFunc(p, func(d Directive) bool { return d.Name == name })
	if i < 0 {
		return nil, false
	}
	return p[i].Sources, true
}

// standIns are the directives that a browser reads instead of an absent one, in
// order (CSP3, section 6.8.3); the others have none.
var standIns = map[string][]string{
	"script-src-elem": {"script-src", "default-src"},
	"script-src-attr": {"script-src", "default-src"},
	"style-src-elem":  {"style-src", "default-src"},
	"style-src-attr":  {"style-src", "default-src"},
	"worker-src":      {"child-src", "script-src", "default-src"},
	"frame-src":       {"child-src", "default-src"},
	"script-src":      {"default-src"}, "style-src": {"default-src"}, "img-src": {"default-src"}, "font-src": {"default-src"},
	"connect-src": {"default-src"}, "media-src": {"default-src"}, "object-src": {"default-src"}, "child-src": {"default-src"},
	"manifest-src": {"default-src"},
}

// Sources gives the sources that govern a directive, its own or those of what
// stands in for it.
func (p Policy) Sources(name string) ([]string, bool) {
	if own, ok := p.own(name); ok {
		return own, true
	}
	for _, other := range standIns[name] {
		if sources, ok := p.own(other); ok {
			return sources, true
		}
	}
	return nil, false
}

// Nonces lists the nonces of a policy.
func (p Policy) Nonces() []string {
	var all []string
	for _, d := range p {
		for _, s := range d.Sources {
			if strings.HasPrefix(strings.ToLower(s), "'nonce-") {
				all = append(all, s)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
