package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of one answer.
const (
	maxHead      = 256 << 10 // bytes, interim answers included
	maxFields    = 1000
	maxChunkLine = 4 << 10
	maxInterim   = 20
)

// ErrMore says that the bytes are the beginning of an answer and no more.
var ErrMore = errors.New("wire: the answer is not whole yet")

// Malformed is why bytes are no answer.
type Malformed struct{ Why string }

// Error gives the reason.
func (m Malformed) Error() string { return "wire: no HTTP/1.1 answer: " + m.Why }

func malformed(format string, args ...any) error { return Malformed{fmt.Sprintf(format, args...)} }

// Framing says by what the end of a body is known (RFC 9112, section 6.3).
type Framing string

// The ways in which a body ends.
const (
	Bodiless Framing = "none"
	ByLength Framing = "length"
	Chunked  Framing = "chunked"
	ByClose  Framing = "close"
)

// Field is one line of a head, as it came but for the blanks around its value.
type Field struct{ Name, Value string }

// Answer is one whole answer.
type Answer struct {
	Minor   int // of HTTP/1.x
	Status  int
	Reason  string
	Header  []Field
	Trailer []Field
	Body    []byte
	Framing Framing
	Interim []int // statuses of the 1xx answers before it
	// Both tells that it had Transfer-Encoding and Content-Length.
	Both bool
	At   time.Duration // when it was whole, within its conversation
}

// Values gives all values of a field, in their order.
func (a Answer) Values(name string) []string {
	var all []string
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

// Get gives the first value of a field, "" when there is none.
func (a Answer) Get(name string) string {
	if all := a.Values(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Lists tells whether a comma-separated field holds a word.
func (a Answer) Lists(name, word string) bool {
	for _, value := range a.Values(name) {
		for item := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(item), word) {
				return true
			}
		}
	}
	return false
}

// Closes tells that no further request may be sent on the connection (RFC 9112,
// section 9.3).
func (a Answer) Closes() bool {
	return a.Lists("Connection", "close") || a.Minor == 0 && !a.Lists("Connection", "keep-alive") || a.Framing == ByClose
}

// Read reads the answer to a request of this method from the front of b and
// gives how many bytes it is long. ended tells that nothing follows b. The error
// is ErrMore or a Malformed.
func Read(b []byte, method string, ended bool) (Answer, int, error) {
	var a Answer
	at := 0
	for {
		n, err := a.head(b[at:])
		if err != nil {
			return Answer{}, 0, orTruncated(err, ended, "it ends within the head")
		}
		at += n
		if a.Status/100 != 1 || a.Status == 101 {
			break
		}
		if a.Interim = append(a.Interim, a.Status); len(a.Interim) > maxInterim || at > maxHead {
			return Answer{}, 0, malformed("more than %d interim answers", maxInterim)
		}
	}
	n, err := a.body(b[at:], method, ended)
	if err != nil {
		return Answer{}, 0, orTruncated(err, ended, "it ends within the body")
	}
	return a, at + n, nil
}

func orTruncated(err error, ended bool, why string) error {
	if ended && errors.Is(err, ErrMore) {
		return malformed("%s", why)
	}
	return err
}

// line takes a line without its end. LF alone ends one too (RFC 9112, section 2.2).
func line(b []byte, most int) (text []byte, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), most)], '\n')
	switch {
	case end < 0 && len(b) >= most:
		return nil, 0, malformed("a line of more than %d bytes", most)
	case end < 0:
		return nil, 0, ErrMore
	}
	text = bytes.TrimSuffix(b[:end], []byte("\r"))
	if i := bytes.IndexAny(text, "\r\x00"); i >= 0 {
		return nil, 0, malformed("a CR or NUL within a line")
	}
	return text, end + 1, nil
}

// head reads a status line and its fields, forgetting those of an interim answer.
func (a *Answer) head(b []byte) (int, error) {
	text, at, err := line(b, maxHead)
	if err != nil {
		return 0, err
	}
	if err := a.statusLine(string(text)); err != nil {
		return 0, err
	}
	fields, n, err := readFields(b[at:])
	a.Header = fields
	return at + n, err
}

func (a *Answer) statusLine(s string) error {
	const shortest = len("HTTP/1.1 200")
	if len(s) < shortest || s[:7] != "HTTP/1." || (s[7] != '0' && s[7] != '1') || s[8] != ' ' || (len(s) > shortest && s[shortest] != ' ') {
		return malformed("the first line is no status line of HTTP/1.x")
	}
	status := 0
	for _, c := range s[9:shortest] {
		if c < '0' || c > '9' {
			return malformed("the status is no number")
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 {
		return malformed("the status is below 100")
	}
	a.Minor, a.Status, a.Reason = int(s[7]-'0'), status, strings.TrimSpace(s[shortest:])
	return nil
}

// readFields reads lines of fields up to the empty one.
func readFields(b []byte) (fields []Field, at int, err error) {
	for {
		text, n, err := line(b[at:], maxHead)
		if err != nil {
			return nil, 0, err
		}
		if at += n; at > maxHead || len(fields) > maxFields {
			return nil, 0, malformed("a head of more than %d bytes or %d fields", maxHead, maxFields)
		}
		if len(text) == 0 {
			return fields, at, nil
		}
		name, value, ok := strings.Cut(string(text), ":")
		if !ok || !isToken(name) {
			return nil, 0, malformed("a line of the head is no field, or folded")
		}
		fields = append(fields, Field{name, strings.Trim(value, " \t")})
	}
}

// isToken tells a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		alphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !alphanumeric && (r >= 0x80 || !strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// body reads what follows the head.
func (a *Answer) body(b []byte, method string, ended bool) (int, error) {
	encodings, lengths := a.Values("Transfer-Encoding"), a.Values("Content-Length")
	a.Both = len(encodings) > 0 && len(lengths) > 0
	switch {
	case method == "HEAD" || method == "CONNECT" && a.Status/100 == 2 || a.Status/100 == 1 || a.Status == 204 || a.Status == 304:
		a.Framing = Bodiless
		return 0, nil
	case len(encodings) > 0:
		if len(encodings) != 1 || !strings.EqualFold(encodings[0], "chunked") {
			return 0, malformed("a transfer coding other than chunked")
		}
		a.Framing = Chunked
		return a.chunks(b)
	case len(lengths) > 0:
		a.Framing = ByLength
		return a.length(b, lengths)
	case !ended:
		return 0, ErrMore
	}
	a.Framing, a.Body = ByClose, bytes.Clone(b)
	return len(b), nil
}

func (a *Answer) length(b []byte, lengths []string) (int, error) {
	n, ok := number(lengths[0], 10)
	if !ok || slices.ContainsFunc(lengths, func(other string) bool { return other != lengths[0] }) {
		return 0, malformed("a Content-Length that is no number, too large, or several different ones")
	}
	if len(b) < n {
		return 0, ErrMore
	}
	a.Body = bytes.Clone(b[:n])
	return n, nil
}

// chunks reads a chunked body (RFC 9112, section 7.1).
func (a *Answer) chunks(b []byte) (at int, err error) {
	for {
		text, n, err := line(b[at:], maxChunkLine)
		if err != nil {
			return 0, err
		}
		at += n
		digits, _, _ := strings.Cut(string(text), ";")
		size, ok := number(strings.TrimRight(digits, " \t"), 16)
		switch {
		case !ok:
			return 0, malformed("a chunk without a size, or too large")
		case size == 0:
			fields, n, err := readFields(b[at:])
			a.Trailer = fields
			return at + n, err
		case len(b)-at < size+1:
			return 0, ErrMore
		}
		a.Body = append(a.Body, b[at:at+size]...)
		at += size
		end, n, err := line(b[at:], 2)
		if err != nil || len(end) > 0 {
			if errors.Is(err, ErrMore) {
				return 0, err
			}
			return 0, malformed("a chunk is longer than its size")
		}
		at += n
	}
}

// number reads digits only, up to the most that a conversation may hold.
func number(s string, base int) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		digit := strings.IndexByte("0123456789abcdef", lower(c))
		if digit < 0 || digit >= base {
			return 0, false
		}
		if n = n*base + digit; n > mostReceived {
			return 0, false
		}
	}
	return n, s != ""
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
