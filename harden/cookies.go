package harden

import "strings"

// sessionNames are parts of the names of cookies that frameworks keep sessions in and no script reads.
var sessionNames = [...]string{"sess", "connect.sid", "sid"}

// secureCookies adds what a cookie lacks: Secure over TLS, SameSite=Lax, which browsers assume anyway (some not for the first two
// minutes), and HttpOnly for what is surely a session. Another cookie may be meant for a script: it is not touched there.
func secureCookies(cookies []string, tls bool) {
	for i, cookie := range cookies {
		pair, attributes, _ := strings.Cut(cookie, ";")
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(pair)), "=")
		if tls && !hasAttribute(attributes, "secure") {
			cookie += "; Secure"
		}
		if !hasAttribute(attributes, "samesite") {
			cookie += "; SameSite=Lax"
		}
		if isSession(name) && !hasAttribute(attributes, "httponly") {
			cookie += "; HttpOnly"
		}
		cookies[i] = cookie
	}
}

func hasAttribute(attributes, wanted string) bool {
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		if strings.EqualFold(name, wanted) {
			return true
		}
	}
	return false
}

func isSession(name string) bool {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "__host-"), "__secure-")
	return name == sessionNames[1] || name == sessionNames[2] || strings.Contains(name, sessionNames[0])
}
