// Package abuse holds what a stranger sends to a service on a bare socket to get
// something that is not meant for strangers: requests whose end is told twice,
// tunnels, paths in disguise, headers that only a proxy may write, connections
// that are held.
//
// It knows each attack as data, byte by byte, and what a conversation about it
// means: that it was refused, that it was put up with and nothing came of it, or
// that something got through. It opens no connection and keeps no evidence. The
// ids W1..W16, T1..T6 and L1..L9 are those of the attack list that the gateway and
// the gate "security" share.
//
// Two judges read the same conversation. Judge asks for harm: servers that are
// innocent answer some of these requests in other ways than one another, and the
// standard lets them. Strict asks for the answer that a hardened edge gives, and is
// what `listo gateway` holds itself to.
package abuse

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Class groups attacks by what they try.
type Class string

// The classes.
const (
	Framing  Class = "framing"  // where does a request end?
	Requests Class = "requests" // what may a request ask for?
	Trust    Class = "trust"    // who is believed?
	Size     Class = "size"     // how much is taken?
	Slow     Class = "slow"     // how long is one waited for?
)

// Attack is one variant of one attack of the list.
type Attack struct {
	ID   string // of the list: "W5"
	Name string // of the variant, unique among all
	Class
	// Root names the fault that lets it through; variants of one root are told
	// together.
	Root string
	// Steps are what is sent, with the words of Place in braces.
	Steps []Text
	// Harm lists what would be a hole. With none the attack harms nobody by itself:
	// only a hardened edge must refuse it.
	Harm []Harm
	// Right are the statuses by which a hardened edge refuses; 0 stands for closing
	// without an answer. None: it may be served, as long as nothing of Harm shows.
	Right []int
	// Ends tells that a hardened edge ends the connection.
	Ends bool
	// Stranger tells that it must come from an address that no proxy of the service's
	// has: who comes from a proxy is believed by right.
	Stranger bool
	// Innocent says who does otherwise than Right by right, and why.
	Innocent string
}

// Text is a piece of what is sent.
type Text struct {
	Text string
	// Fill is how many bytes "a" stand for {fill}.
	Fill int
	// Await, Pause and Requests are as in Step.
	Await    bool
	Pause    time.Duration
	Requests int
	// Drips sends the text byte by byte with Pause before each.
	Drips bool
}

// Step is bytes that are sent at one moment. It has the shape of a step of package
// wire, which plays it.
type Step struct {
	Await    bool          // wait until every request sent so far has its answer
	Pause    time.Duration // wait before the bytes are sent
	Bytes    []byte
	Requests int // how many requests end with these bytes
}

// Place is where an attack is made, and as whom.
type Place struct {
	Host string // value of the field Host
	// Path, with its query, answers GET with 2xx to whoever has Token, and with no
	// 2xx to anybody else.
	Path  string
	Token string // value of the field Authorization; "" sends none
	Page  string // path that everybody may GET
	// Post takes a JSON body of at most BodyLimit bytes.
	Post      string
	BodyLimit int
	Origin    string // the origin of the frontend
	// Canary is host:port of a listener where nobody may be led to.
	Canary string
	// Mark is letters and digits by which this one conversation is known.
	Mark string
}

// Spoofed is the address that attacks of trust claim to come from, and Behind the
// one that an honest proxy would have added (both for documentation, RFC 5737).
const (
	Spoofed = "203.0.113.77"
	Behind  = "198.51.100.7"
)

// All gives the attacks, by class and in the order of the list.
func All() []Attack {
	return slices.Concat(framing(), requests(), trust(), size(), slow())
}

// Of gives the attacks of one class.
func Of(c Class) []Attack {
	return slices.DeleteFunc(All(), func(a Attack) bool { return a.Class != c })
}

// Play gives what is sent to a place.
func (a Attack) Play(p Place) []Step {
	var steps []Step
	for _, t := range a.Steps {
		text := []byte(p.fill(t))
		if !t.Drips {
			steps = append(steps, Step{Await: t.Await, Pause: t.Pause, Bytes: text, Requests: t.Requests})
			continue
		}
		for i := range text {
			steps = append(steps, Step{Pause: t.Pause, Bytes: text[i : i+1]})
		}
	}
	return steps
}

// Methods gives the methods of the requests sent, in order, as package wire wants
// them to read the answers.
func (a Attack) Methods() []string {
	var methods []string
	for _, t := range a.Steps {
		method, _, ok := strings.Cut(strings.TrimPrefix(t.Text, "\r\n"), " ")
		if ok && t.Requests > 0 {
			methods = append(methods, method)
		}
	}
	return methods
}

// Answers says after how many answers nothing more is to be seen; 0 when what
// follows them, or the end of the connection, is what is asked.
func (a Attack) Answers() int {
	if a.Ends || slices.Contains(a.Harm, Second) {
		return 0
	}
	return 1
}

// fill puts the place into a text.
func (p Place) fill(t Text) string {
	way, query, asked := strings.Cut(p.Path, "?")
	if asked {
		query = "?" + query
	}
	parent, leaf := way[:strings.LastIndexByte(way, '/')+1], way[strings.LastIndexByte(way, '/')+1:]
	auth := ""
	if p.Token != "" {
		auth = "Authorization: " + p.Token + "\r\n"
	}
	over := cmp.Or(p.BodyLimit, 1<<20) * 4
	text := strings.NewReplacer(
		"{host}", p.Host, "{path}", p.Path, "{way}", way, "{query}", query, "{auth}", auth, "{token}", p.Token,
		"{page}", p.Page, "{post}", p.Post, "{origin}", p.Origin, "{canary}", p.Canary, "{mark}", p.Mark,
		"{parent}", parent, "{leaf}", leaf, "{upper}", strings.ToUpper(way), "{coded}", parent+coded(leaf),
		"{spoofed}", Spoofed, "{behind}", Behind, "{fill}", strings.Repeat("a", t.Fill), "{over}", strconv.Itoa(over),
	).Replace(t.Text)
	text = bulk(text, over)
	if head, body, ok := strings.Cut(text, "\r\n\r\n"); ok {
		text = strings.ReplaceAll(head, "{length}", strconv.Itoa(len(body))) + "\r\n\r\n" + body
	}
	return text
}

// bulk puts a body of so many bytes into a text that wants one.
func bulk(text string, bytes int) string {
	for word, body := range map[string]func(int) string{"{one_chunk}": oneChunk, "{chunks}": chunked, "{bomb}": bomb} {
		if strings.Contains(text, word) {
			text = strings.ReplaceAll(text, word, body(bytes))
		}
	}
	return text
}

// coded writes the first letter of a name as a percent code.
func coded(leaf string) string {
	if leaf == "" {
		return leaf
	}
	return "%" + strconv.FormatInt(int64(leaf[0]), 16) + leaf[1:]
}
