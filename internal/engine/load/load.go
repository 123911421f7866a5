// Package load sends HTTP/1.1 requests as many users would and counts what came
// of each one.
//
// It knows: how a request is written and an answer is read on a connection, the
// closed model (so many users, each waiting for its answer) and the open model
// (so many requests per second, whatever the answers do), what may go wrong with
// an exchange, latencies in histograms that merge exactly, and whether the
// machine under the generator was fast enough to be believed.
//
// It does not know: what a good latency is, what a gate or a piece of evidence
// is, HTTP/2, or any way to hide a failure. It never sends a request twice and
// never follows a redirect: a client that does either reports a killed request
// or a login wall as a success.
package load

import (
	"crypto/tls"
	"time"
)

// Scenario is what the users do.
type Scenario struct {
	// Target is the origin: http://host:port or https://host:port.
	Target string
	// TLS is the configuration for https; nil means the system's roots.
	TLS *tls.Config
	// Local refuses a target whose addresses are not all of the loopback device.
	Local bool
	// Requests are dealt in the proportion of their weights.
	Requests []Request
	// Identities are dealt to the users in turn; none means that no user
	// carries fields of its own.
	Identities []Identity
}

// Request is one kind of request and what its answer must be.
type Request struct {
	// Name is the endpoint that the counts are kept under, such as
	// "GET /api/gastos". Several requests may share it.
	Name   string
	Method string
	// Path is the request target: it begins with a slash and may have a query.
	Path   string
	Header []Field
	Body   []byte
	// Weight is the request's share of the deck, at least 1.
	Weight int
	Expect Expect
}

// Identity is who a user is: fields that go with each of its requests, such as
// Authorization.
type Identity struct {
	Header []Field
}

// Field is one header field, sent as it stands here.
type Field struct {
	Name, Value string
}

// Expect says which answer is right. The zero value takes any 2xx.
type Expect struct {
	// Status lists the right statuses; none means any 2xx.
	Status []int
	// MediaType is compared without parameters and without regard to case.
	MediaType string
	// JSON asks for one well-formed JSON text (RFC 8259).
	JSON bool
	// NonEmpty asks for a value that is not null, "", [] or {}; without JSON,
	// for at least one byte.
	NonEmpty bool
	// At is the JSON pointer (RFC 6901) of the value that NonEmpty is about;
	// "" is the whole text.
	At string
}

// Profile is how hard and how long. A Rate makes it an open model, none a closed
// one.
type Profile struct {
	// Users is the number of concurrent users, or in the open model the most
	// connections that may be open at once.
	Users int `json:"users"`
	// Rate is the number of requests per second of the open model; 0 means closed.
	Rate float64 `json:"rate,omitempty"`
	// Think is the mean time a user waits between an answer and its next request.
	// Each wait is drawn evenly between half of it and one and a half.
	Think time.Duration `json:"think_ns,omitempty"`
	// Ramp is the time over which the users of the closed model arrive.
	Ramp time.Duration `json:"ramp_ns,omitempty"`
	// WarmUp is the longest time that is discarded at the start. The warm-up ends
	// earlier when the latencies have become steady: see steadyWindows and its neighbours.
	WarmUp time.Duration `json:"warm_up_ns,omitempty"`
	// Duration is how long requests are begun after the warm-up; 0 means until
	// Requests have been sent.
	Duration time.Duration `json:"duration_ns,omitempty"`
	// Requests is the most requests measured; 0 means that Duration alone counts.
	Requests int64 `json:"requests,omitempty"`
	// Timeout is the longest an answer may take; a later one is a failure.
	Timeout time.Duration `json:"timeout_ns"`
	// Budget is the latency that answers are counted against.
	Budget time.Duration `json:"budget_ns,omitempty"`
	// MaxBody is the largest body of an answer, in bytes, as sent and decoded;
	// 0 means DefaultMaxBody. Each user may hold twice as much in memory.
	MaxBody int64 `json:"max_body"`
	// Seed makes the order of requests and the waits repeatable.
	Seed uint64 `json:"seed"`
	// Calibration is what the generator can do on this machine. Without it a
	// result says that the generator is not proved.
	Calibration Calibration `json:"calibration"`
}

// DefaultMaxBody is the largest body of an answer when the profile names none: 1 MiB.
const DefaultMaxBody = 1 << 20

// open says which of the two models a profile asks for.
func (p Profile) open() bool { return p.Rate > 0 }
