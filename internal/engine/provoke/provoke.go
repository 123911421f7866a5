// Package provoke is the catalogue of requests that every service must refuse
// somewhere: 46 provocations, each a fixed request or a fixed experiment, with
// the answers that are right.
//
// It knows the bytes and the RFCs that say what may be answered. It sends
// nothing and judges no answer: a status that is lawful here may still come in
// a form that is not the house's.
package provoke

import (
	"fmt"
	"slices"
	"strings"
)

// Tier says whose hand an error comes from.
type Tier string

// The tiers. What a normal client can reach is the application's: its own code,
// or its framework's settings, write the answer. What only broken or hostile
// clients send is the protocol's: most runtimes answer it before any handler
// runs, and only what stands in front can give it another form.
const (
	Application Tier = "application"
	Protocol    Tier = "protocol"
)

// Need names what a provocation cannot be made without.
type Need string

// What a provocation may need.
const (
	Nothing   Need = ""
	Reading   Need = "reading"   // a request without a body that succeeds
	Body      Need = "body"      // a request with a JSON body that succeeds
	Item      Need = "item"      // a path that names one thing
	Token     Need = "token"     // a credential
	Database  Need = "database"  // the service's database in listo's hands
	Loading   Need = "loading"   // the right to send a burst
	Proxy     Need = "proxy"     // a service that stands in front of another
	TLS       Need = "tls"       // an address that speaks HTTP/2 over TLS
	Throwable Need = "throwable" // a request that makes a handler throw
)

// Row is one entry of the catalogue.
type Row struct {
	ID   int
	Name string
	Tier Tier
	Need Need
	// Requests makes the entry's requests out of good ones; nil: no single
	// request provokes it.
	Requests func(Base) []Request
	// By is the check that tries it, "" when nothing does: Why says so.
	By  string
	Why string
}

// Request is one provocation, byte for byte.
type Request struct {
	Row  int
	Name string // of the row, and which variant it is
	Tier Tier
	// Method is what an answer must be read by: one to HEAD has no body.
	Method string
	Bytes  []byte
	// Lawful are the statuses that refuse it rightly. An answer of another error
	// status refused something else, the credential for instance.
	Lawful []int
	// Ignorable tells that success is right too: the protocol lets a server ignore it.
	Ignorable bool
	// Mute tells that an end without an answer is right too: there may be nobody
	// who could read one.
	Mute bool
	// Early tells that some runtimes refuse it while parsing, before any handler:
	// then it is the protocol's.
	Early bool
}

// Base is what requests are made of: good ones of the service's own.
type Base struct {
	Host string // the value of the Host field
	Auth string // the value of Authorization, "" for none
	// Fields are further lines that every request carries.
	Fields []string
	Read   Good
	Body   Good
	// Item is a good target around the segment that names one thing.
	Item [2]string
	// Wrong is a method that Read's target does not have.
	Wrong string
}

// Good is a request that succeeds. The zero value is none.
type Good struct{ Method, Target, Body string }

// Has tells whether the base has what a provocation needs.
func (b Base) Has(n Need) bool {
	switch n {
	case Nothing:
		return true
	case Reading:
		return b.Read.Target != ""
	case Body:
		return b.Body.Target != ""
	case Item:
		return b.Item[0] != ""
	}
	return false // experiments are no matter of single requests
}

// Requests gives the requests of a tier that can be made from a base, and the
// rows of that tier that cannot. Early requests stand in both tiers: who answers
// decides.
func Requests(t Tier, b Base) (all []Request, unreached []Row) {
	for _, row := range Catalogue() {
		if row.Requests == nil {
			continue
		}
		if !b.Has(row.Need) {
			if row.Tier == t {
				unreached = append(unreached, row)
			}
			continue
		}
		for _, r := range row.Requests(b) {
			r.Row, r.Tier = row.ID, row.Tier
			r.Name = strings.TrimSuffix(row.Name+"_"+r.Name, "_")
			if row.Tier == t || r.Early {
				all = append(all, r)
			}
		}
	}
	return all, unreached
}

// Catalogue gives all rows in their order.
func Catalogue() []Row {
	all := slices.Concat(application(), protocol(), driven())
	slices.SortFunc(all, func(a, b Row) int { return a.ID - b.ID })
	return all
}

// Plain gives a good request as it is sent, for a control: what it is answered
// with is what the provocations stand beside.
func (b Base) Plain() []byte {
	return b.head(b.Read.Method, b.Read.Target, "HTTP/1.1")
}

// head is a whole request without a body. Lines are added behind the usual ones.
func (b Base) head(method, target, version string, lines ...string) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s %s\r\n", method, target, version)
	for _, line := range slices.Concat([]string{"Host: " + b.Host}, b.usual(), lines) {
		out.WriteString(line + "\r\n")
	}
	out.WriteString("\r\n")
	return []byte(out.String())
}

// usual are the lines of every request but its Host.
func (b Base) usual() []string {
	if b.Auth == "" {
		return b.Fields
	}
	return slices.Concat([]string{"Authorization: " + b.Auth}, b.Fields)
}

// with is the good request with a body, its body and lines in place of its own.
func (b Base) with(body string, lines ...string) []byte {
	return append(b.head(b.Body.Method, b.Body.Target, "HTTP/1.1", append(lines, fmt.Sprintf("Content-Length: %d", len(body)))...), body...)
}
