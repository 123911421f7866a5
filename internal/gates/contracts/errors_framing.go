package contracts

import (
	"bytes"
	"context"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"listo/internal/engine/coding"
	"listo/internal/engine/provoke"
	"listo/internal/engine/wire"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// accepted are the content codings that the provocations of this check take.
const accepted = "gzip, br, zstd"

// errorsFraming asks whether an error ends where it says and leaves the connection
// fit for the next request, or says that it does not (RFC 9112, 6.3 and 9.6).
func errorsFraming() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: framingID, Class: classFraming,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"whole", "misframed", "hung", "cut", "uncoded", "head", "died", "uncontrolled", "unanswered", "empty"},
	}, runFraming, judgeFraming)
}

// Framing is what became of connections on which an error was answered and a good
// request sent behind it.
type Framing struct {
	// Control is the status of the good request before, After that of the same one
	// afterwards; 0: no answer.
	Control int `json:"control"`
	After   int `json:"after"`
	Sent    int `json:"sent"`
	Errors  int `json:"errors"` // answers of 400 or more
	// Reused counts connections on which the good request behind the error was served,
	// Closed those that the service said it would end, and ended.
	Reused int          `json:"reused"`
	Closed int          `json:"closed"`
	Coded  int          `json:"coded"` // errors that came compressed
	Rows   []FramingRow `json:"rows,omitempty"`
}

// FramingRow is one error and what followed it.
type FramingRow struct {
	Row    int    `json:"row"`
	Name   string `json:"name"`
	Method string `json:"method"`
	Status int    `json:"status"`
	Layer  string `json:"layer"`
	// State is reused, closed, or what is wrong: misframed (bytes that are no answer,
	// two lengths, or a second answer to something else), hung (open and silent), cut
	// (ended without a word), uncoded (another coding than it says or than was
	// accepted), head (another status than GET's) or unanswered.
	State  string `json:"state"`
	Second int    `json:"second"` // status of the good request behind; 0: none
	Coding string `json:"coding,omitempty"`
	Line   string `json:"line"`
}

func runFraming(ctx context.Context, b *lab.Bench) (Framing, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Framing{}, err
	}
	s.quiet(ctx)
	e, err := s.emit(ctx, provoke.Application, again, "Accept-Encoding: "+accepted)
	if err != nil {
		return Framing{}, err
	}
	o := Framing{Control: e.control, Sent: len(e.replies)}
	for _, r := range e.replies {
		o.count(r)
	}
	if t := s.cheap(); t != nil {
		o.After = s.send(ctx, t.call).Status
	}
	return o, ctx.Err()
}

// again repeats what looks wrong, for a connection may break by itself, and asks
// with GET what was asked with HEAD.
func again(ctx context.Context, k emitter, one reply) reply {
	if state := followedState(one.talk, one.Method); sound(state) == "" {
		if second := k.send(ctx, one.Request); sound(followedState(second.talk, one.Method)) != "" {
			one = second
		}
	}
	if one.Method == nethttp.MethodHead && one.answer.Err == nil {
		as := one.Request
		as.Method, as.Bytes = nethttp.MethodGet, bytes.Replace(as.Bytes, []byte("HEAD "), []byte("GET "), 1)
		one.got = k.send(ctx, as).answer.Status
	}
	return one
}

// sound gives a state back when nothing is wrong with it.
func sound(state string) string {
	if state == "reused" || state == "closed" {
		return state
	}
	return ""
}

// followedState tells what a conversation of two requests came to: the first was
// answered with an error.
func followedState(t wire.Conversation, method string) string {
	if len(t.Answers) == 0 {
		return "unanswered"
	}
	first := t.Answers[0]
	switch {
	case first.Both || t.Malformed != "":
		return "misframed"
	case len(t.Answers) > 1:
		if second := t.Answers[1].Status; second/100 == 2 || second == nethttp.StatusTooManyRequests || second/100 == 5 {
			return "reused" // whether a good request succeeds is not this check's question
		}
		return "misframed" // it read something else than what was sent
	case first.Closes() && t.State != wire.Open:
		return "closed"
	case t.State == wire.Open:
		return "hung"
	}
	return "cut"
}

func (o *Framing) count(r reply) {
	hidden := r.Method == nethttp.MethodHead && r.got >= 400 // GET says that it is an error
	if r.answer.Err == nil && r.answer.Status < 400 && !hidden {
		return // no error: other checks ask for those
	}
	row := FramingRow{Row: r.Row, Name: r.Name, Method: r.Method, Status: r.answer.Status, Layer: r.from(), Line: r.line, State: followedState(r.talk, r.Method)}
	if len(r.talk.Answers) > 1 {
		row.Second = r.talk.Answers[1].Status
	}
	if field := strings.Join(r.answer.Header.Values("Content-Encoding"), ","); coding.List(field) != nil {
		row.Coding = strings.Join(coding.List(field), "+")
	}
	switch {
	case row.State == "cut" && early(row.Layer):
		row.State = "closed" // a parser that gave up; contracts.errors.protocol's
	case sound(row.State) == "":
	case r.Method == nethttp.MethodHead && headDiffers(row.Status, r.got):
		row.State = "head"
	case row.Coding != "" && r.Method != nethttp.MethodHead && uncoded(r.answer.Body, row.Coding):
		row.State = "uncoded"
	}
	if row.Status >= 400 {
		o.Errors++
	}
	switch {
	case row.State == "closed":
		o.Closed++
	case row.Second != 0 && row.State == "reused":
		o.Reused++
	}
	if row.Coding != "" {
		o.Coded++
	}
	o.Rows = append(o.Rows, row)
}

// headDiffers tells that HEAD says otherwise than GET; a service that has no HEAD
// says so by 404, 405 or 501. A limit is no answer to what was asked.
func headDiffers(head, get int) bool {
	return get != 0 && head != get && get != nethttp.StatusTooManyRequests && !slices.Contains([]int{404, 405, 429, 501}, head)
}

// uncoded tells that a body is not coded as it says, or in a way nobody asked for.
func uncoded(body []byte, codings string) bool {
	for _, one := range strings.Split(codings, "+") {
		if !slices.Contains(coding.Known(), one) {
			return true
		}
	}
	if len(body) == 0 {
		return false
	}
	_, err := coding.Decode(body, strings.ReplaceAll(codings, "+", ","), emitBytes)
	return err != nil
}

func judgeFraming(o Framing, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"sent": o.Sent, "errors": o.Errors, "reused": o.Reused, "closed": o.Closed, "coded": o.Coded, "control": o.Control}
	if o.Sent > 0 && o.Control/100 != 2 {
		return evidence.Undecided("uncontrolled", facts)
	}
	for _, bad := range []string{"misframed", "hung", "cut", "uncoded", "head", "unanswered"} {
		rows := slices.DeleteFunc(slices.Clone(o.Rows), func(r FramingRow) bool { return r.State != bad })
		if len(rows) == 0 {
			continue
		}
		facts["count"] = len(rows)
		facts["names"] = some(rows, func(r FramingRow) string {
			return strings.TrimSpace(fmt.Sprintf("%s → %d %s", r.Name, r.Status, r.Coding))
		})
		facts[evidence.Replay] = rows[0].Line
		if bad == "unanswered" {
			return evidence.Undecided(bad, facts)
		}
		return evidence.Failed(bad, facts)
	}
	switch {
	case o.Sent == 0 || o.Errors == 0 || o.Reused+o.Closed == 0:
		return evidence.Undecided("empty", facts)
	case o.After/100 != 2:
		return evidence.Failed("died", facts)
	}
	return evidence.Passed("whole", facts)
}
