package abuse

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"slices"
	"strings"
)

// Harm is a way in which something gets through that must not.
type Harm string

// The harms. Each is a sign that stands in a conversation, or in what the
// application tells of it.
const (
	// Second: bytes within a request were taken for one of their own.
	Second Harm = "second"
	// Served: a request that contradicts itself was answered with success.
	Served Harm = "served"
	// Data: what needs a token was given without one.
	Data Harm = "data"
	// Tunnel: CONNECT was granted, and not by a page.
	Tunnel Harm = "tunnel"
	// Switched: the connection speaks another protocol from here on (101).
	Switched Harm = "switched"
	// Led: the service went where the client sent it.
	Led Harm = "led"
	// Echoed: what the client says of itself stands in an answer that is no refusal.
	Echoed Harm = "echoed"
	// Outside: a file from outside of the folder that is served.
	Outside Harm = "outside"
	// Swollen: the answer is many times the size of the ordinary one.
	Swollen Harm = "swollen"
	// Failed: the service broke (5xx).
	Failed Harm = "failed"
	// Late: the answer took too long, or did not come.
	Late Harm = "late"
	// Believed: the application takes the client for the one it claims to be.
	Believed Harm = "believed"
	// Heeded: a path or method in a field was put in the place of the real one.
	Heeded Harm = "heeded"
	// HeededPage is Heeded of a request for a page that everybody may see.
	HeededPage Harm = "heeded_page"
	// Injected: the client wrote a field of the answer.
	Injected Harm = "injected"
	// Forged: the client wrote a line or a field of the log.
	Forged Harm = "forged"
)

// Kind is what came of an attack.
type Kind string

// The kinds of verdict.
const (
	Refused   Kind = "refused"   // or served in a way that gives nothing away
	Odd       Kind = "odd"       // not as a hardened edge does, and nothing came of it
	Through   Kind = "through"   // something got through
	Throttled Kind = "throttled" // 429 or 503: it says nothing
	Unopened  Kind = "unopened"  // there was no connection
)

// Verdict is what came of one attack.
type Verdict struct {
	Kind
	Harm Harm   // of Through
	Why  string // of Odd: one of the words of strange
}

// Field is a line of a head.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Answer is one whole answer of the service; interim ones do not count.
type Answer struct {
	Status int     `json:"status"`
	Header []Field `json:"header,omitempty"`
	Body   string  `json:"body,omitempty"`
	Length int     `json:"length"` // of the body, in bytes
	AtMS   float64 `json:"at_ms"`  // since the connection stood, in milliseconds
}

// Seen is a conversation as it was observed.
type Seen struct {
	Answers []Answer `json:"answers,omitempty"`
	// State is "open", "closed" or "reset" when the watching ended; "" when there was
	// no connection.
	State string `json:"state,omitempty"`
	Bytes int    `json:"bytes"` // that came in all
	// Canary counts the connections that came to the canary.
	Canary int `json:"canary,omitempty"`
	// Reached is what the application tells; nil when nobody can know.
	Reached *Reached `json:"reached,omitempty"`
}

// Reached is what an application saw of an attack: by its log, or because it is a
// sentinel of our own.
type Reached struct {
	Hits   int    `json:"hits"`             // requests that came with the mark of the attack
	Within int    `json:"within"`           // those of them that asked for the path of the mark alone
	Client string `json:"client,omitempty"` // the address that it takes the client for
	Forged bool   `json:"forged,omitempty"` // the client wrote a line or a field of the log
	// Heads are the heads as they came, of a sentinel only.
	Heads []string `json:"heads,omitempty"`
}

// Ordinary is what comes to honest requests: the control of all judgements.
type Ordinary struct {
	Data Answer `json:"data"` // GET Path with the token
	Page Answer `json:"page"` // GET Page
}

// Judge tells whether something got through. It is pure.
func (a Attack) Judge(s Seen, p Place, o Ordinary) Verdict {
	if s.State == "" {
		return Verdict{Kind: Unopened}
	}
	for _, h := range a.Harm {
		if h.shows(s, p, o) {
			return Verdict{Kind: Through, Harm: h}
		}
	}
	if s.Throttled() {
		return Verdict{Kind: Throttled}
	}
	if why := a.strange(s, p); why != "" {
		return Verdict{Kind: Odd, Why: why}
	}
	return Verdict{Kind: Refused}
}

// Strict is Judge for an edge that says of itself that it is hardened: what is odd
// got through, and so did what the application behind it saw.
func (a Attack) Strict(s Seen, p Place, o Ordinary) Verdict {
	v := a.Judge(s, p, o)
	if v.Kind == Odd {
		v.Kind = Through
	}
	return v
}

// strange tells what a hardened edge would have done otherwise, "" when nothing:
// "unanswered" (no answer, and the connection left open), "status" (another one),
// "open" (it ends the connection), "asked" (it asks nobody behind it), "passed" (it
// does not pass on what a client makes up).
func (a Attack) strange(s Seen, p Place) string {
	first := s.first().Status
	refuses := len(a.Right) > 0 && !slices.Contains(a.Right, 200)
	switch {
	case first == 0 && s.State == "open" && (refuses || a.Ends):
		return "unanswered"
	case first != 0 && len(a.Right) > 0 && !slices.Contains(a.Right, first):
		return "status"
	case a.Ends && s.State == "open":
		return "open"
	case refuses && s.Reached != nil && s.Reached.Hits > 0:
		return "asked"
	case a.Class == Trust && a.ID != "T6" && s.Reached != nil && slices.ContainsFunc(s.Reached.Heads, p.claims):
		return "passed"
	}
	return ""
}

// claims tells that a head carries what the client made up, beside its first line.
func (p Place) claims(head string) bool {
	_, fields, _ := strings.Cut(head, "\n")
	return strings.Contains(fields, Spoofed) || p.Mark != "" && strings.Contains(fields, p.Mark)
}

// first gives the first answer; the zero one when none came.
func (s Seen) first() Answer {
	if len(s.Answers) == 0 {
		return Answer{}
	}
	return s.Answers[0]
}

// Throttled tells that a limiter answered, or a service that is out of breath: that
// says nothing of the attack.
func (s Seen) Throttled() bool { return s.first().Status == 429 || s.first().Status == 503 }

// shows tells whether a harm shows in a conversation.
func (h Harm) shows(s Seen, p Place, o Ordinary) bool {
	first := s.first()
	switch h {
	case Second:
		return slices.ContainsFunc(s.Answers[min(1, len(s.Answers)):], understood) || s.Reached != nil && s.Reached.Within > 0
	case Served:
		return success(first.Status)
	case Data:
		return first.resembles(o.Data)
	case Tunnel:
		return success(first.Status) && first.media() == "" // a page is no tunnel, whatever it was asked by
	case Switched:
		return first.Status == 101
	case Led:
		return s.Canary > 0
	case Echoed:
		return slices.ContainsFunc(s.Answers, func(a Answer) bool { return a.Status < 400 && a.holds(p.Mark) })
	case Outside:
		return strings.Contains(first.Body, "root:") && strings.Contains(first.Body, ":0:0:")
	case Swollen:
		return s.Bytes > 3*o.Page.Length+64<<10
	case Failed:
		return first.Status == 500 || first.Status == 502 || first.Status == 504
	case Late:
		return first.AtMS > lateAfterMS || first.Status == 0 && s.State == "open"
	case Heeded:
		return first.Status == 404 || first.Status == 405 || first.Status == 501 || success(first.Status) && !first.resembles(o.Data)
	case HeededPage:
		return first.Status == 401
	case Injected:
		return slices.ContainsFunc(s.Answers, func(a Answer) bool { return a.field("X-Listo") != "" })
	case Believed:
		return s.Reached != nil && s.Reached.Client == Spoofed
	case Forged:
		return s.Reached != nil && s.Reached.Forged
	}
	return true // a harm that is not known is no pass
}

// understood tells an answer to a request from one that refuses bytes which are
// none. The latter says so and closes.
func understood(a Answer) bool {
	return !slices.Contains([]int{400, 408, 413, 414, 431, 500, 501, 502, 503, 505}, a.Status)
}

func success(status int) bool { return status/100 == 2 }

// resembles tells that an answer is of the same kind as the one with the data. A
// frontend may answer any path with its page, which is another kind.
func (a Answer) resembles(data Answer) bool {
	if !success(a.Status) || !success(data.Status) || a.media() != data.media() {
		return false
	}
	return !strings.Contains(data.media(), "html") || a.Body == data.Body
}

func (a Answer) media() string {
	kind, _, _ := mime.ParseMediaType(a.field("Content-Type")) // what cannot be read is no kind
	return kind
}

func (a Answer) field(name string) string {
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// holds tells that a word stands in the answer.
func (a Answer) holds(word string) bool {
	return word != "" && (strings.Contains(a.Body, word) || slices.ContainsFunc(a.Header, func(f Field) bool { return strings.Contains(f.Value, word) }))
}

// Brief is the answer without what no judge reads: of its head the kind and what
// the attack may have put there, of its body a digest and the signs of harm.
func (a Answer) Brief(mark string) Answer {
	b := Answer{Status: a.Status, Length: a.Length, AtMS: a.AtMS, Header: []Field{{"Content-Type", a.media()}}}
	for _, f := range a.Header {
		if marked := mark != "" && strings.Contains(f.Value, mark); marked || strings.EqualFold(f.Name, "X-Listo") {
			b.Header = append(b.Header, Field{f.Name, "... " + mark + " ..."})
		}
	}
	digest := sha256.Sum256([]byte(a.Body))
	b.Body = hex.EncodeToString(digest[:8])
	if mark != "" && strings.Contains(a.Body, mark) {
		b.Body += " ... " + mark + " ..."
	}
	if Outside.shows(Seen{Answers: []Answer{a}}, Place{}, Ordinary{}) {
		b.Body += " root:...:0:0:"
	}
	return b
}
