package load

import "fmt"

// Class says what came of one request.
type Class uint8

// What may come of a request. Answered is the only success.
const (
	// Answered is the right answer in time.
	Answered Class = iota
	// Connect is a connection that could not be made, TLS included.
	Connect
	// ResetFirstUse is a fresh connection that ended before a byte of the answer.
	ResetFirstUse
	// ResetReused is a connection that had served before and ended before a byte
	// of this answer: often a server that closes idle connections too early.
	ResetReused
	// ResetMidResponse is a connection that ended within the answer.
	ResetMidResponse
	// Timeout is no complete answer within the profile's timeout.
	Timeout
	// Malformed is an answer that is not HTTP/1.1.
	Malformed
	// TooLarge is an answer over the limit on its head or body.
	TooLarge
	// Redirect is a 3xx that was not expected.
	Redirect
	// Unauthorized is a 401 that was not expected.
	Unauthorized
	// Forbidden is a 403 that was not expected.
	Forbidden
	// TooMany is a 429 that was not expected: the load met a rate limit.
	TooMany
	// ClientError is another 4xx that was not expected.
	ClientError
	// ServerError is a 5xx that was not expected.
	ServerError
	// OtherStatus is any other status that was not expected.
	OtherStatus
	// WrongMediaType is another media type than the expected one.
	WrongMediaType
	// Undecodable is a content coding that is unknown or damaged.
	Undecodable
	// NotJSON is a body that is not one JSON text.
	NotJSON
	// Empty is a body or value that is empty and must not be.
	Empty
	// Late is a request of the open model that no connection was free for within
	// its timeout. It was not sent.
	Late
	// Generator is a request that failed on our side: no descriptor, port or
	// memory left. It says nothing about the service.
	Generator
	// Interrupted is a request in flight when the run was stopped from outside.
	// It says nothing about the service.
	Interrupted

	classes
)

var classNames = [classes]string{
	"answered", "connect", "reset_first_use", "reset_reused", "reset_mid_response", "timeout", "malformed",
	"too_large", "redirect", "unauthorized_401", "forbidden_403", "too_many_429", "client_error_4xx",
	"server_error_5xx", "other_status", "wrong_media_type", "undecodable", "not_json", "empty",
	"late", "generator", "interrupted",
}

// String gives the name that stands in results.
func (c Class) String() string { return classNames[c] }

// Failed says whether the class is the service's failure: neither a success nor
// something that happened on our side.
func (c Class) Failed() bool { return c != Answered && c != Generator && c != Interrupted }

// sent says whether such a request held a connection until it came to its end by
// itself.
func (c Class) sent() bool {
	return c != Connect && c != Late && c != Generator && c != Interrupted
}

// MarshalText gives the name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames {
		if name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("class: %q is unknown: it must be one of %v", text, classNames)
}

// Classes lists all classes in their order.
func Classes() []Class {
	all := make([]Class, classes)
	for i := range all {
		all[i] = Class(i)
	}
	return all
}
