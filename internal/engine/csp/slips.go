package csp

import (
	"slices"
	"strings"
)

// directives are the names that browsers know (CSP3, Trusted Types, Upgrade
// Insecure Requests, and those that were dropped and are still met).
var directives = []string{
	"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src", "font-src",
	"connect-src", "media-src", "object-src", "frame-src", "child-src", "worker-src", "manifest-src", "prefetch-src", "fenced-frame-src",
	"base-uri", "form-action", "frame-ancestors", "navigate-to", "sandbox", "plugin-types", "report-uri", "report-to", "referrer", "reflected-xss",
	"require-sri-for", "require-trusted-types-for", "trusted-types", "upgrade-insecure-requests", "block-all-mixed-content", "webrtc",
}

// keywords stand between single quotes; without them they name a host.
var keywords = []string{"self", "none", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "report-sample", "wasm-unsafe-eval"}

// free are the directives whose words are no sources.
var free = []string{"sandbox", "plugin-types", "report-uri", "report-to", "referrer", "reflected-xss", "require-sri-for",
	"require-trusted-types-for", "trusted-types", "webrtc", "upgrade-insecure-requests", "block-all-mixed-content"}

// slips are what its writer did not mean.
func (p Policy) slips() []Weakness {
	var found []Weakness
	for _, d := range p {
		if !slices.Contains(directives, d.Name) {
			found = append(found, Weakness{Kind: Unknown, Directive: d.Name})
			continue
		}
		if slices.Contains(free, d.Name) {
			continue
		}
		for _, source := range d.Sources {
			s := strings.ToLower(source)
			switch {
			case slices.Contains(keywords, s), strings.HasPrefix(s, "nonce-"), strings.HasPrefix(s, "sha256-"), strings.HasPrefix(s, "sha384-"), strings.HasPrefix(s, "sha512-"):
				found = append(found, Weakness{Unquoted, d.Name, source})
			case slices.Contains(directives, s):
				found = append(found, Weakness{Glued, d.Name, source})
			}
		}
	}
	return found
}
