package harden

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// faults gives everything that is wrong with c, a ConfigError each.
func (c Config) faults() []error {
	var f findings
	f.prefixes("API", c.API)
	for i, host := range c.Hosts {
		f.when(!validHost(host) || host != strings.ToLower(host), at("Hosts", i), "write a host name in lower case, with a port or without")
	}
	f.origins(c.Origins)
	f.headers(c.Headers)
	f.proxies(c.Proxies)
	f.requests(c.Requests)
	f.bodies(c.Bodies)
	f.timeouts(c.Timeouts)
	f.atLeastZero("Conns.Most", int64(c.Conns.Most))
	f.atLeastZero("Conns.PerClient", int64(c.Conns.PerClient))
	f.rate(c.Rate)
	f.atLeastZero("Shed.InFlight", int64(c.Shed.InFlight))
	f.atLeastZero("Shed.Wait", int64(c.Shed.Wait))
	f.atLeastZero("Compress.Least", int64(c.Compress.Least))
	f.prefixes("Compress.Secrets", c.Compress.Secrets)
	f.health(c.Health)
	f.atLeastZero("Metrics.Budget", int64(c.Metrics.Budget))
	return f.all
}

// findings collects what is wrong.
type findings struct{ all []error }

func (f *findings) when(wrong bool, field, problem string) {
	if wrong {
		f.all = append(f.all, &ConfigError{Field: field, Problem: problem})
	}
}

func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

func atKey(field, key string) string { return fmt.Sprintf("%s[%q]", field, key) }

func (f *findings) atLeastZero(field string, n int64) {
	f.when(n < 0, field, "a negative number limits nothing: write a positive one, or leave it out")
}

// prefixes checks path prefixes: they are compared with canonical paths.
func (f *findings) prefixes(field string, all []string) {
	for i, prefix := range all {
		f.when(!canonicalPath(prefix), at(field, i), "write a path that begins with / and holds no escape, no empty segment and no . or ..")
	}
}

func canonicalPath(s string) bool {
	path, form, fault := oneForm(s)
	return fault == nil && strings.HasPrefix(s, "/") && path == s && form == s
}

func (f *findings) headers(h Headers) {
	f.policy("Headers.Pages", h.Pages)
	f.policy("Headers.API", h.API)
	f.policy("Headers.ReportOnly", h.ReportOnly)
	f.value("Headers.Permissions", h.Permissions)
	f.when(h.Referrer != "" && !slices.Contains(referrerPolicies[:], h.Referrer), "Headers.Referrer",
		"write one of "+strings.Join(referrerPolicies[:], ", "))
	f.when(h.CrossOrigin != "" && h.CrossOrigin != "same-origin" && h.CrossOrigin != "same-site" && h.CrossOrigin != "cross-origin",
		"Headers.CrossOrigin", "write same-origin, same-site or cross-origin")
	f.atLeastZero("Headers.HSTS", int64(h.HSTS))
	f.when(h.HSTS > 0 && h.HSTS < time.Second, "Headers.HSTS", "it is sent in whole seconds: write at least one")
	f.when(h.Preload && (!h.IncludeSubDomains || h.HSTS > 0 && h.HSTS < defaultHSTS), "Headers.Preload",
		"the preload list wants IncludeSubDomains and a year or more (hstspreload.org)")
}

var referrerPolicies = [...]string{
	"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin", "strict-origin-when-cross-origin",
}

// policy checks that a Content-Security-Policy is one: known characters, and directives each once.
func (f *findings) policy(field, policy string) {
	if policy == "" {
		return
	}
	f.value(field, policy)
	f.when(strings.Contains(policy, ","), field, "a comma would make two policies of one: separate directives with ;")
	seen := map[string]bool{}
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		f.when(strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") != "", field, fmt.Sprintf("%q is no name of a directive", words[0]))
		f.when(seen[name], field, fmt.Sprintf("%s stands twice: browsers heed the first only", name))
		seen[name] = true
	}
	f.when(len(seen) == 0, field, "it holds no directive: leave it empty for the default")
}

func (f *findings) value(field, value string) {
	f.when(strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f }), field, "a header holds printable ASCII only, on one line")
}

func (f *findings) proxies(p Proxies) {
	for i, prefix := range p.Trusted {
		field := at("Proxies.Trusted", i)
		f.when(!prefix.IsValid(), field, "this is no network: write one as 10.0.0.0/8")
		f.when(prefix.IsValid() && prefix.Bits() == 0, field, "this trusts everybody: write the networks of your own proxies")
		f.when(prefix.IsValid() && prefix.Addr().Is4In6(), field, "write an IPv4 network as IPv4: addresses are compared that way")
	}
}

func (f *findings) requests(r Requests) {
	for i, method := range r.Methods {
		field := at("Requests.Methods", i)
		f.when(!allToken([]byte(method)) || len(method) > mostMethod || method != strings.ToUpper(method), field, "write a method in upper case, as GET")
		f.when(method == "CONNECT" || method == "TRACE" || method == "TRACK", field, method+" is never served")
	}
	f.atLeastZero("Requests.MostHeaders", int64(r.MostHeaders))
	f.atLeastZero("Requests.HeaderBytes", int64(r.HeaderBytes))
	f.atLeastZero("Requests.TargetBytes", int64(r.TargetBytes))
	for i, path := range r.WebSockets {
		f.when(!canonicalPath(path), at("Requests.WebSockets", i), "write the path of the WebSocket, as /api/events")
	}
}

func (f *findings) bodies(b Bodies) {
	f.atLeastZero("Bodies.Most", b.Most)
	f.atLeastZero("Bodies.Within", int64(b.Within))
	f.atLeastZero("Bodies.Memory", b.Memory)
	for _, prefix := range slices.Sorted(maps.Keys(b.Routes)) {
		field := atKey("Bodies.Routes", prefix)
		f.when(!canonicalPath(prefix), field, "write a path that begins with /")
		f.atLeastZero(field, b.Routes[prefix])
	}
	f.prefixes("Bodies.Streams", b.Streams)
	f.memory(b)
}

// memory checks that the largest body fits into what all bodies may take; a room is a power of two above the body and one byte.
func (f *findings) memory(b Bodies) {
	filled := newBodies(b)
	most := filled.most
	for _, n := range b.Routes {
		most = max(most, n)
	}
	f.when(b.Most >= 0 && b.Memory >= 0 && most > filled.memory.most/4, "Bodies.Memory",
		fmt.Sprintf("a body of %d bytes can take four times as much while it is read: allow %d or more", most, 4*most))
}

func (f *findings) timeouts(t Timeouts) {
	f.atLeastZero("Timeouts.Header", int64(t.Header))
	f.atLeastZero("Timeouts.Write", int64(t.Write))
	f.atLeastZero("Timeouts.Idle", int64(t.Idle))
	f.atLeastZero("Timeouts.Stop", int64(t.Stop))
}

func (f *findings) health(h Health) {
	f.atLeastZero("Health.Timeout", int64(h.Timeout))
	for _, name := range slices.Sorted(maps.Keys(h.Ready)) {
		f.when(name == "", atKey("Health.Ready", name), "give it a name")
		f.when(h.Ready[name] == nil, atKey("Health.Ready", name), "there is nothing to ask")
	}
}
