package wire

import (
	"time"

	"listo/internal/engine/abuse"
	"listo/internal/engine/wire"
)

// ScriptOf makes a script of an attack on a place.
func ScriptOf(a abuse.Attack, p abuse.Place, patience time.Duration) wire.Script {
	s := wire.Script{Patience: patience, Methods: a.Methods(), Answers: a.Answers()}
	for _, step := range a.Play(p) {
		s.Steps = append(s.Steps, wire.Step(step))
	}
	return s
}

// SeenOf gives a conversation as package abuse judges it.
func SeenOf(c wire.Conversation) abuse.Seen {
	s := abuse.Seen{State: string(c.State), Bytes: len(c.Received)}
	for _, a := range c.Answers {
		answer := abuse.Answer{Status: a.Status, Body: a.Body, At: a.At}
		for _, f := range a.Header {
			answer.Header = append(answer.Header, abuse.Field(f))
		}
		s.Answers = append(s.Answers, answer)
	}
	return s
}
