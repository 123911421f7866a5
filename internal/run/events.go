package run

import "listo/internal/evidence"

// Event is something that happened in an audit, for whoever watches.
type Event struct {
	Kind  Kind
	Gate  string
	Check string
	// Verdict of the check or the gate, when Kind is CheckEnded or GateEnded.
	CheckVerdict evidence.CheckVerdict
	GateVerdict  evidence.GateVerdict
	// Done of Total, when Kind is Progress.
	Done, Total int
	// Text says what is going on, when Kind is Preparing; never translated (a command).
	Text string
}

// Kind is what kind of event it is.
type Kind int

// The kinds of events.
const (
	Preparing Kind = iota
	GateBegan
	CheckBegan
	Progress
	CheckEnded
	GateEnded
	Stopped // the user asked to stop; the audit can be resumed
)
