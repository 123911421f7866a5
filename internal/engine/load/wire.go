package load

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is an origin taken apart.
type target struct {
	address string // host:port, to dial
	host    string // as in the Host field
	name    string // for TLS
	tls     bool
}

func parseTarget(origin string) (target, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return target{}, fmt.Errorf("target: %q is not an origin: write http://host:port or https://host:port", origin)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return target{}, fmt.Errorf("target: %q holds more than an origin: move the path to the requests", origin)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return target{
		address: net.JoinHostPort(u.Hostname(), port),
		host:    u.Host,
		name:    u.Hostname(),
		tls:     u.Scheme == "https",
	}, nil
}

// check refuses a scenario that cannot be written as HTTP/1.1, or that asks for
// what cannot be seen.
func (s Scenario) check() error {
	if len(s.Requests) == 0 {
		return fmt.Errorf("scenario: it has no requests: give at least one")
	}
	deck := 0
	for i, r := range s.Requests {
		if err := r.check(); err != nil {
			return fmt.Errorf("request %d %q: %w", i+1, r.Name, err)
		}
		if deck += r.Weight; deck > maxDeck {
			return fmt.Errorf("scenario: the weights add up to more than %d: divide them by a common factor", maxDeck)
		}
	}
	for i, id := range s.Identities {
		if err := checkFields(id.Header); err != nil {
			return fmt.Errorf("identity %d: %w", i+1, err)
		}
	}
	return nil
}

func (r Request) check() error {
	switch {
	case r.Name == "":
		return fmt.Errorf("it has no name: name the endpoint that it counts for")
	case !token(r.Method):
		return fmt.Errorf("the method %q is not a token: write one such as GET", r.Method)
	case r.Method == "CONNECT":
		return fmt.Errorf("the method CONNECT opens a tunnel: it cannot be measured as a request")
	case !strings.HasPrefix(r.Path, "/") || strings.ContainsFunc(r.Path, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return fmt.Errorf("the path %q is not a request target: begin with a slash and percent-encode what is not ASCII", r.Path)
	case r.Weight < 1:
		return fmt.Errorf("the weight is %d: give at least 1", r.Weight)
	case r.Method == "HEAD" && (r.Expect.JSON || r.Expect.NonEmpty):
		return fmt.Errorf("an answer to HEAD has no body: do not expect one")
	case r.Expect.At != "" && !strings.HasPrefix(r.Expect.At, "/"):
		return fmt.Errorf("%q is not a JSON pointer: begin with a slash", r.Expect.At)
	case r.Expect.At != "" && !(r.Expect.NonEmpty && r.Expect.JSON):
		return fmt.Errorf("a JSON pointer is given: ask for JSON and for a value that is not empty")
	}
	return checkFields(r.Header)
}

func checkFields(fields []Field) error {
	for _, f := range fields {
		if !token(f.Name) {
			return fmt.Errorf("the field name %q is not a token: correct it", f.Name)
		}
		// The value may be a secret: it is not repeated.
		if strings.ContainsAny(f.Value, "\r\n\x00") {
			return fmt.Errorf("the value of the field %s holds a line end or NUL: remove it", f.Name)
		}
		if slices.Contains([]string{"content-length", "transfer-encoding"}, strings.ToLower(f.Name)) {
			return fmt.Errorf("the field %s is written by the generator: remove it", f.Name)
		}
	}
	return nil
}

// write gives the bytes of a request by one identity. Host comes first unless
// one of them brings its own.
func (r Request) write(host string, id Identity) []byte {
	fields := slices.Concat(r.Header, id.Header)
	b := []byte(r.Method + " " + r.Path + " HTTP/1.1\r\n")
	if !slices.ContainsFunc(fields, func(f Field) bool { return strings.EqualFold(f.Name, "host") }) {
		b = append(b, "Host: "+host+"\r\n"...)
	}
	for _, f := range fields {
		b = append(b, f.Name+": "+f.Value+"\r\n"...)
	}
	if len(r.Body) > 0 || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH" {
		b = append(b, "Content-Length: "+strconv.Itoa(len(r.Body))+"\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, r.Body...)
}

// wires are the bytes of every request, by identity and request. Users of one
// identity share them.
func (s Scenario) wires(host string) [][][]byte {
	identities := s.Identities
	if len(identities) == 0 {
		identities = []Identity{{}}
	}
	all := make([][][]byte, len(identities))
	for i, id := range identities {
		for _, r := range s.Requests {
			all[i] = append(all[i], r.write(host, id))
		}
	}
	return all
}

// check refuses a profile that says nothing or contradicts itself.
func (p Profile) check() error {
	const largest = 1 << 30
	for _, d := range []time.Duration{p.Think, p.Ramp, p.WarmUp, p.Duration, p.Budget} {
		if d < 0 {
			return fmt.Errorf("profile: %v is negative: give a duration of 0 or more", d)
		}
	}
	switch {
	case p.Users < 1:
		return fmt.Errorf("profile: users is %d: give at least 1", p.Users)
	case p.Timeout <= 0:
		return fmt.Errorf("profile: timeout is %v: say how long an answer may take", p.Timeout)
	case p.Duration == 0 && p.Requests <= 0:
		return fmt.Errorf("profile: it has no end: give a duration or a number of requests")
	case p.Requests < 0:
		return fmt.Errorf("profile: requests is %d: give 0 or more", p.Requests)
	case p.MaxBody < 0 || p.MaxBody > largest:
		return fmt.Errorf("profile: max_body is %d: give 1 to %d bytes, or 0 for %d", p.MaxBody, largest, DefaultMaxBody)
	case p.Rate < 0 || math.IsNaN(p.Rate) || p.Rate > 1e6:
		return fmt.Errorf("profile: rate is %v: give requests per second, or 0 for the closed model", p.Rate)
	case p.open() && (p.Think > 0 || p.Ramp > 0):
		return fmt.Errorf("profile: think and ramp belong to the closed model: leave them out with a rate")
	}
	return nil
}
