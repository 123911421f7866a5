package abuse

import "strings"

const (
	addresses = "addresses" // who the client is
	names     = "names"     // how the service was reached
	rewrites  = "rewrites"  // what is asked for, said once more
	logs      = "logs"      // what stands in the log
)

// trust are the attacks by fields that only a proxy of the service's own may
// write.
func trust() []Attack {
	var all []Attack
	all = append(all, addressFields()...)
	all = append(all, nameFields()...)
	all = append(all, rewriteFields()...)
	return append(all, logForging()...)
}

// addressFields: T1, T2, T4. {mark} in the path is how the log line is found again.
// A chain is read from the right: who believes its left end believes the client,
// whoever the proxies are.
func addressFields() []Attack {
	var all []Attack
	for _, c := range []struct{ id, name, line string }{
		{"T4", "chain-left", "X-Forwarded-For: {spoofed}, {behind}"},
		{"T4", "chain-left-private", "X-Forwarded-For: {spoofed}, 10.0.0.1, {behind}"},
		{"T4", "chain-garbage", "X-Forwarded-For: {spoofed}, \"unknown, {behind}"},
		{"T4", "chain-two-fields", "X-Forwarded-For: {spoofed}\r\nX-Forwarded-For: {behind}"},
		{"T4", "chain-forwarded", "Forwarded: for={spoofed}, for={behind}"},
		{"T2", "chain-underscore", "X_Forwarded_For: {spoofed}, {behind}"},
		{"T2", "chain-dot", "X.Forwarded.For: {spoofed}, {behind}"},
		{"T1", "address-forwarded-for", "X-Forwarded-For: {spoofed}"},
		{"T1", "address-forwarded", "Forwarded: for={spoofed}"},
		{"T1", "address-real-ip", "X-Real-IP: {spoofed}"},
		{"T1", "address-true-client", "True-Client-IP: {spoofed}"},
		{"T1", "address-cloudflare", "CF-Connecting-IP: {spoofed}"},
		{"T1", "address-client-ip", "X-Client-IP: {spoofed}\r\nClient-IP: {spoofed}\r\nX-Cluster-Client-IP: {spoofed}"},
		{"T2", "address-underscore", "X_Forwarded_For: {spoofed}\r\nX_Real_IP: {spoofed}"},
		{"T2", "address-dot", "X.Forwarded.For: {spoofed}\r\nX.Real.IP: {spoofed}"},
	} {
		a := single(c.id, c.name, Trust, addresses, "GET /{mark} HTTP/1.1\r\nHost: {host}\r\n"+c.line+"\r\n\r\n", []Harm{Believed})
		a.Stranger = strings.HasPrefix(c.name, "address-")
		all = append(all, a)
	}
	return all
}

// nameFields: T1, T2. What a client says of how it reached the service must not
// stand in a link, a cookie or a redirection.
func nameFields() []Attack {
	var all []Attack
	for _, c := range []struct{ id, name, line string }{
		{"T1", "name-forwarded-host", "X-Forwarded-Host: {mark}.example"},
		{"T1", "name-forwarded", "Forwarded: host={mark}.example;proto=https"},
		{"T1", "name-host-aliases", "X-Host: {mark}.example\r\nX-Forwarded-Server: {mark}.example\r\nX-Original-Host: {mark}.example"},
		{"T1", "name-prefix", "X-Forwarded-Prefix: /{mark}"},
		{"T1", "name-script", "X-Script-Name: /{mark}"},
		{"T1", "name-port", "X-Forwarded-Host: {host}\r\nX-Forwarded-Port: 1{mark}"},
		{"T1", "name-uri", "X-Forwarded-Uri: /{mark}\r\nX-Forwarded-Path: /{mark}"},
		{"T2", "name-underscore", "X_Forwarded_Host: {mark}.example"},
	} {
		all = append(all,
			single(c.id, c.name, Trust, names, "GET {page} HTTP/1.1\r\nHost: {host}\r\n"+c.line+"\r\n\r\n", []Harm{Echoed}),
			single(c.id, c.name+"-data", Trust, names, get+c.line+"\r\n\r\n", []Harm{Echoed}))
	}
	return all
}

// rewriteFields: T3. A path or method said once more, in a field: whoever listens
// goes past the rules for the one that was asked for.
func rewriteFields() []Attack {
	var all []Attack
	for _, c := range []struct{ name, line string }{
		{"rewrite-original-url", "X-Original-URL: /{mark}"},
		{"rewrite-rewrite-url", "X-Rewrite-URL: /{mark}"},
		{"rewrite-both-spellings", "X_Original_URL: /{mark}\r\nX-Original-Uri: /{mark}"},
		{"rewrite-method-override", "X-HTTP-Method-Override: OPTIONS"},
		{"rewrite-method", "X-HTTP-Method: OPTIONS\r\nX-Method-Override: OPTIONS"},
	} {
		all = append(all, single("T3", c.name, Trust, rewrites, get+c.line+"\r\n\r\n", []Harm{Heeded}))
	}
	open := single("T3", "rewrite-to-data", Trust, rewrites, "GET {page} HTTP/1.1\r\nHost: {host}\r\nX-Original-URL: {path}\r\nX-Rewrite-URL: {path}\r\n\r\n", []Harm{Data, HeededPage})
	user := single("T1", "user-said", Trust, rewrites, "GET {path} HTTP/1.1\r\nHost: {host}\r\nX-User: 1\r\nX-User-Id: 1\r\nX-Auth-User: admin\r\nX-Forwarded-User: admin\r\nX-Remote-User: admin\r\nRemote-User: admin\r\nX-Authenticated-User: admin\r\nX-Forwarded-Email: admin@listo.example\r\n\r\n", []Harm{Data})
	under := single("T2", "user-said-underscore", Trust, rewrites, "GET {path} HTTP/1.1\r\nHost: {host}\r\nRemote_User: admin\r\nX_Forwarded_User: admin\r\nX_User: 1\r\n\r\n", []Harm{Data})
	return append(all, open, user, under)
}

// logForging: T5, T6. A line that begins with Forgery was written by the client.
func logForging() []Attack {
	const line = `{"listo":"{mark}"}`
	long := single("T5", "id-10k", Trust, logs, get+"X-Request-Id: {mark}{fill}\r\n\r\n", nil)
	long.Steps[0].Fill = 10 << 10
	long.Innocent = "how long an id may be is asked by observability.hostile_id"
	all := []Attack{
		long,
		single("T5", "id-injects-field", Trust, logs, get+"X-Request-Id: {mark}%0d%0aX-Listo: {mark}\r\n\r\n", []Harm{Injected, Forged}),
		single("T5", "id-injects-cr", Trust, logs, get+"X-Request-Id: {mark}\rX-Listo: {mark}\r\n\r\n", []Harm{Injected, Forged}),
		single("T5", "id-json", Trust, logs, get+"X-Request-Id: {mark}\",\"level\":\"ERROR\",\"forged\":\""+"\r\n\r\n", []Harm{Forged}),
		single("T6", "log-path-newline", Trust, logs, "GET /{mark}%0a%7B%22listo%22:%22{mark}%22%7D HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Injected, Forged}),
		single("T6", "log-path-crlf", Trust, logs, "GET /{mark}%0d%0aX-Listo:%20{mark}%0d%0a%7B%22listo%22:%22{mark}%22%7D HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Injected, Forged}),
		single("T6", "log-path-quote", Trust, logs, "GET /{mark}%22,%22forged%22:%22 HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Forged}),
		single("T6", "log-agent-quote", Trust, logs, "GET /{mark} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {mark}\",\"forged\":\"\r\n\r\n", []Harm{Forged}),
		single("T6", "log-agent-escape", Trust, logs, "GET /{mark} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {mark}\\n"+line+"\r\n\r\n", []Harm{Forged}),
		single("T6", "log-query-newline", Trust, logs, "GET /{mark}?a=%0a%7B%22listo%22:%22{mark}%22%7D HTTP/1.1\r\nHost: {host}\r\n\r\n", []Harm{Forged}),
	}
	return all
}

// Forgery gives how a line begins that a client has put into a log.
func Forgery(mark string) string { return `{"listo":"` + mark }
