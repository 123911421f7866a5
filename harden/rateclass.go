package harden

import (
	"errors"
	"net/http"
	"slices"
)

var errLimiterRests = errors.New("harden: the shared limiter failed just now and is left alone: see its own log")

// rateClass is a RateClass, made ready.
type rateClass struct {
	name         string
	prefixes     []string
	methods      []string
	client, user limited
	// told holds the field RateLimit-Policy for the quotas that apply: by the client's, by the principal's, by both.
	told [4][]string
}

func newRateClass(c RateClass) rateClass {
	class := rateClass{name: c.Name, prefixes: c.Prefixes, methods: c.Methods,
		client: newLimited(c.Name+"-client", c.Client), user: newLimited(c.Name+"-user", c.User)}
	client, user := policyItem(&class.client), policyItem(&class.user)
	class.told = [4][]string{nil, {client}, {user}, {client + ", " + user}}
	return class
}

// policies gives the values of RateLimit-Policy. They are shared by all answers: whoever adds one copies them.
func (c *rateClass) policies(client, user bool) []string {
	which := 0
	if client {
		which |= 1
	}
	if user {
		which |= 2
	}
	return c.told[which]
}

// classOf gives the class of a request, nil when nothing limits it.
func (l *rateLimit) classOf(r *http.Request) *rateClass {
	for i := range l.classes {
		if c := &l.classes[i]; c.covers(r.Method, r.URL.Path) {
			return c
		}
	}
	return nil
}

func (c *rateClass) covers(method, path string) bool {
	if method == http.MethodHead {
		method = http.MethodGet // it costs the application the same
	}
	return (len(c.methods) == 0 || slices.Contains(c.methods, method)) &&
		(len(c.prefixes) == 0 || slices.ContainsFunc(c.prefixes, func(prefix string) bool { return under(path, prefix) }))
}

// under tells whether path lies under prefix, as the most lenient router would see it: letters in any case, slashes repeated,
// backward or missing at the end. A limit must hold however a path is written; to limit one path too many does no harm.
func under(path, prefix string) bool {
	i := 0
	for j := 0; j < len(prefix); j++ {
		want := lower(prefix[j])
		if i == len(path) {
			return want == '/' && j == len(prefix)-1
		}
		if lower(path[i]) != want {
			return false
		}
		i++
		for want == '/' && i < len(path) && lower(path[i]) == '/' {
			i++
		}
	}
	return true
}

func lower(b byte) byte {
	switch {
	case b >= 'A' && b <= 'Z':
		return b + 'a' - 'A'
	case b == '\\':
		return '/'
	}
	return b
}
