package abuse

import "strings"

const (
	tunnels = "tunnels" // connections that go past every rule
	verbs   = "verbs"
	hosts   = "hosts"
	paths   = "paths"
	heavy   = "heavy" // requests that cost more than they may
	hops    = "hops"  // fields that are for the next hop only
)

// requests are the attacks on what one request may ask for.
func requests() []Attack {
	var all []Attack
	all = append(all, tunnelling()...)
	all = append(all, oddVerbs()...)
	all = append(all, foreignHosts()...)
	all = append(all, disguised()...)
	all = append(all, traversing()...)
	all = append(all, heavyRequests()...)
	return append(all, hopFields()...)
}

// tunnelling: W1, W3, W4.
func tunnelling() []Attack {
	const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
	const socket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bGlzdG8gYXNrcyBhZ2FpbiE=\r\n"
	all := []Attack{
		single("W1", "connect-elsewhere", Requests, tunnels, "CONNECT {canary} HTTP/1.1\r\nHost: {canary}\r\n\r\n", []Harm{Led, Tunnel}, 405, 400, 403, 501, 0),
		single("W1", "connect-path", Requests, tunnels, "CONNECT {path} HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Tunnel, Data}, 405, 400, 403, 501, 0),
		single("W3", "upgrade-h2c", Requests, tunnels, get+upgrade, []Harm{Switched}),
		single("W3", "upgrade-h2c-page", Requests, tunnels, "GET {page} HTTP/1.1\r\nHost: {host}\r\n"+upgrade, []Harm{Switched}),
		single("W3", "prior-knowledge-h2c", Requests, tunnels, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", nil, 400, 405, 505, 0),
		single("W4", "websocket-foreign", Requests, tunnels, get+"Origin: https://listo.example\r\n"+socket+"\r\n", []Harm{Switched}),
		single("W4", "websocket-foreign-page", Requests, tunnels, "GET {page} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://listo.example\r\n"+socket+"\r\n", []Harm{Switched}),
	}
	all[0].Ends, all[1].Ends = true, true
	all[4].Innocent = "a service may speak HTTP/2 without TLS to whoever begins with it (RFC 9113, section 3.3)"
	return all
}

// oddVerbs: W2. A rule that is written for GET and POST says nothing of LISTO.
func oddVerbs() []Attack {
	all := []Attack{single("W2", "trace", Requests, verbs, "TRACE {page} HTTP/1.1\r\nHost: {host}\r\nX-Listo: {mark}\r\n\r\n", []Harm{Echoed}, 405, 501, 400, 404)}
	for _, verb := range []string{"TRACK", "DEBUG", "LISTO", "get", "HEAD"} {
		a := single("W2", "verb-"+verb, Requests, verbs, verb+" {path} HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Data}, 405, 501, 400)
		if verb == "HEAD" {
			a.Right = nil // a good one; only the token is missing
		}
		all = append(all, a)
	}
	return all
}

// foreignHosts: W10. A Host that the service does not know is harmless until it is
// believed.
func foreignHosts() []Attack {
	const innocent = "a service behind a proxy need not know its names; harmless as long as it does not repeat them"
	all := []Attack{
		single("W10", "host-none", Requests, hosts, "GET {page} HTTP/1.1\r\n\r\n", nil, 400),
		single("W10", "host-two", Requests, hosts, "GET {page} HTTP/1.1\r\nHost: {host}\r\nHost: {mark}.example\r\n\r\n", []Harm{Echoed}, 400),
		single("W10", "host-two-reversed", Requests, hosts, "GET {page} HTTP/1.1\r\nHost: {mark}.example\r\nHost: {host}\r\n\r\n", []Harm{Echoed}, 400),
		single("W10", "host-invalid", Requests, hosts, "GET {page} HTTP/1.1\r\nHost: {mark}@{host}\r\n\r\n", []Harm{Echoed}, 400, 421),
		single("W10", "host-blanks", Requests, hosts, "GET {page} HTTP/1.1\r\nHost: {host} {mark}.example\r\n\r\n", []Harm{Echoed}, 400),
		single("W10", "host-foreign", Requests, hosts, "GET {page} HTTP/1.1\r\nHost: {mark}.example\r\n\r\n", []Harm{Echoed}, 421, 400, 403, 404),
		single("W10", "host-foreign-data", Requests, hosts, "GET {path} HTTP/1.1\r\nHost: {mark}.example\r\n{auth}\r\n", []Harm{Echoed}, 421, 400, 403, 404),
		single("W10", "absolute-foreign", Requests, hosts, "GET http://{mark}.example{page} HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Echoed}, 421, 400, 403, 404),
		single("W10", "absolute-elsewhere", Requests, hosts, "GET http://{canary}/{mark} HTTP/1.1\r\nHost: {canary}\r\n\r\n", []Harm{Led}, 421, 400, 403, 404),
		single("W10", "absolute-scheme", Requests, hosts, "GET gopher://{canary}/{mark} HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Led}, 421, 400, 403, 404),
	}
	for i := range all {
		all[i].Innocent = innocent
	}
	return all
}

// disguised: W13. The path that needs a token, written so that a rule may miss it
// and a router find it; no token is sent.
func disguised() []Attack {
	var all []Attack
	for _, c := range []struct{ name, target string }{
		{"path-plain", "{way}"}, // who answers this with data has no rule at all
		{"path-double-slash", "/{way}"},
		{"path-dot", "/.{way}"},
		{"path-up", "/listo/..{way}"},
		{"path-page-up", "/assets/..{way}"},
		{"path-coded-dot", "/%2e{way}"},
		{"path-coded-up", "/assets/%2e%2e{way}"},
		{"path-slash-behind", "{way}/"},
		{"path-dot-behind", "{way}/."},
		{"path-inner-slashes", "{parent}/{leaf}"},
		{"path-inner-dot", "{parent}./{leaf}"},
		{"path-coded-letter", "{coded}"},
		{"path-coded-slash", "{parent}..%2f{leaf}"},
		{"path-parameter", "{way};listo=1"},
		{"path-parameter-up", "/assets;/..{way}"},
		{"path-backslash", "{parent}\\{leaf}"},
		{"path-upper", "{upper}"},
		{"path-blank-behind", "{way}%20"},
		{"path-nul-behind", "{way}%00"},
		{"path-extension", "{way}.css"},
		{"path-newline-behind", "{way}%0a"},
		{"path-fragment", "{way}#listo"},
		{"path-double-coded", "{parent}%252e/{leaf}"},
	} {
		all = append(all, single("W13", c.name, Requests, paths, "GET "+c.target+"{query} HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Data}))
	}
	bad := single("W13", "path-bad-code", Requests, paths, "GET /%zz HTTP/1.1\r\nHost: {host}\r\n\r\n", nil, 400, 404)
	bad.Innocent = "a frontend may answer any path with its page"
	return append(all, bad)
}

// traversing: W13. Out of the folder that is served.
func traversing() []Attack {
	var all []Attack
	for _, c := range []struct{ name, target string }{
		{"out-dots", "/../../../../../../../../etc/passwd"},
		{"out-coded-dots", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"},
		{"out-coded-slashes", "/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd"},
		{"out-all-coded", "/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd"},
		{"out-double-coded", "/%252e%252e%252f%252e%252e%252f%252e%252e%252f%252e%252e%252f%252e%252e%252f%252e%252e%252fetc%252fpasswd"},
		{"out-backslashes", "/..\\..\\..\\..\\..\\..\\..\\etc\\passwd"},
		{"out-assets", "/assets/../../../../../../../../etc/passwd"},
		{"out-assets-coded", "/assets/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd"},
		{"out-root", "//etc/passwd"},
		{"out-half-dots", "/....//....//....//....//....//....//etc/passwd"},
	} {
		all = append(all, single("W13", c.name, Requests, paths, "GET "+c.target+" HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Outside}))
	}
	return all
}

// heavyRequests: W12, W14, L8, L9.
func heavyRequests() []Attack {
	const innocent = "servers differ in how much they take; harmless below the megabytes that no client sends"
	filled := func(id, name, text string, fill int, harm []Harm, right ...int) Attack {
		a := single(id, name, Requests, heavy, text, harm, right...)
		a.Steps[0].Fill = fill
		if harm == nil {
			a.Innocent = innocent
		}
		return a
	}
	const json = "POST {post} HTTP/1.1\r\nHost: {host}\r\n{auth}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
	all := []Attack{
		filled("W12", "head-17k", get+"X-Listo: {fill}\r\n\r\n", 17<<10, nil, 431),
		filled("W12", "head-4m", get+"X-Listo: {fill}\r\n\r\n", 4<<20, []Harm{Served}, 431, 400, 0),
		single("W12", "head-500-fields", Requests, heavy, get+strings.Repeat("X-Listo: a\r\n", 500)+"\r\n", nil, 431, 400),
		filled("W14", "target-9k", "GET {page}?{fill} HTTP/1.1\r\nHost: {host}\r\n\r\n", 9<<10, nil, 414, 431, 400),
		filled("W14", "target-4m", "GET {page}?{fill} HTTP/1.1\r\nHost: {host}\r\n\r\n", 4<<20, []Harm{Served}, 414, 431, 400, 0),
		single("L8", "ranges-1000", Requests, heavy, "GET {page} HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-"+strings.Repeat(",0-", 999)+"\r\n\r\n", []Harm{Swollen, Failed}),
		single("L9", "json-deep", Requests, heavy, json+`{"listo":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+"}", []Harm{Failed, Late}),
		single("L9", "json-deep-open", Requests, heavy, json+strings.Repeat(`{"a":`, 1_000), []Harm{Failed, Late}),
		single("L9", "json-long-number", Requests, heavy, json+`{"listo":1`+strings.Repeat("0", 50_000)+"}", []Harm{Failed, Late}),
		single("L9", "json-twice", Requests, heavy, json+`{"listo":1,"listo":2}`, []Harm{Failed, Late}),
	}
	all[2].Innocent = innocent
	return all
}

// hopFields: W15, W16. What Connection names is for the next hop only: naming the
// token or the client's address there must open nothing.
func hopFields() []Attack {
	expect := single("W15", "expect-unknown", Requests, hops, "GET {page} HTTP/1.1\r\nHost: {host}\r\nExpect: listo\r\n\r\n", nil, 417)
	expect.Innocent = "an expectation that is not known may be ignored (RFC 9110, section 10.1.1)"
	all := []Attack{expect}
	for _, c := range []struct{ name, list string }{
		{"hop-token", "Authorization"},
		{"hop-address", "X-Forwarded-For, X-Real-IP, Forwarded"},
		{"hop-user", "X-User, X-Auth-User, X-Forwarded-User, X-User-Id"},
		{"hop-cookie", "Cookie, Host, Origin"},
	} {
		all = append(all, single("W16", c.name, Requests, hops,
			"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {spoofed}\r\nX-User: 1\r\nConnection: keep-alive, "+c.list+"\r\n\r\n", []Harm{Data}))
	}
	return all
}

// lateAfter is from when on an answer to a small body shows that it cost too much.
const lateAfterMS = 3000
