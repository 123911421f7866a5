package wire

import (
	"net/netip"
	"time"
)

// Script is one conversation as planned beforehand.
type Script struct {
	// From is the address of this machine that the connection comes from; the zero
	// one is the kernel's choice.
	From  netip.Addr
	Steps []Step
	// Methods are those of the requests in order: an answer to HEAD has no body
	// (RFC 9112, section 6.3). Requests without one count as GET.
	Methods []string
	// Answers ends the conversation as soon as so many whole answers have come; 0
	// watches until the other side ends it.
	Answers int
	// HalfClose ends our direction behind the last step.
	HalfClose bool
	// Patience bounds the conversation from its first byte to its end.
	Patience time.Duration
	// MostBytes is the most that is received; MostBytes of zero is 1 MiB.
	MostBytes int
}

// Step is bytes that are sent at one moment.
type Step struct {
	// Await holds the step back until every request sent so far has its whole answer.
	Await bool
	// Pause is waited before the bytes are sent.
	Pause time.Duration
	Bytes []byte
	// Requests says how many requests end with these bytes; Await counts them.
	Requests int
}

// Request is a step with the whole of one request.
func Request(bytes []byte) Step { return Step{Bytes: bytes, Requests: 1} }

// Drip sends bytes one after the other with a pause before each, at most most of
// them.
func Drip(bytes []byte, every time.Duration, most int) []Step {
	var steps []Step
	for _, b := range bytes[:min(len(bytes), most)] {
		steps = append(steps, Step{Pause: every, Bytes: []byte{b}})
	}
	return steps
}

const usualBytes = 1 << 20

func (s Script) mostBytes() int {
	if s.MostBytes <= 0 {
		return usualBytes
	}
	return min(s.MostBytes, mostReceived)
}

func (s Script) method(answer int) string {
	if answer < len(s.Methods) {
		return s.Methods[answer]
	}
	return "GET"
}

// Conversation is what happened. Times count from the moment at which the
// connection stood.
type Conversation struct {
	Err      error // the connection could not be opened
	Local    string
	Sent     []Sent
	Received []byte
	Arrivals []Arrival
	Answers  []Answer
	// Malformed says why what was received behind Answers is no answer; "" when it
	// is one, or the beginning of one.
	Malformed string
	// Rest counts the bytes received behind the last whole answer.
	Rest    int
	State   State
	EndedAt time.Duration // when the other side ended it, or the watching ended
	// TooMuch tells that more came than the script wanted to keep; the watching
	// ended there.
	TooMuch bool
}

// Sent is one step as it went out.
type Sent struct {
	At    time.Duration // when its last byte was handed to the kernel
	Bytes int           // fewer than planned when the other side did not take them
	Err   error
}

// Arrival is a moment at which bytes came.
type Arrival struct {
	At    time.Duration
	Bytes int
}

// LastSent is when the last byte went out; zero when none did.
func (c Conversation) LastSent() time.Duration {
	for i := len(c.Sent) - 1; i >= 0; i-- {
		if c.Sent[i].Bytes > 0 {
			return c.Sent[i].At
		}
	}
	return 0
}
