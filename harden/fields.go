package harden

import (
	"bytes"
	"encoding/binary"
	"net/http"
)

// token holds the bytes of tokens: methods and names of fields (RFC 9110, section 5.6.2).
var token = [256]bool{
	'!': true, '#': true, '$': true, '%': true, '&': true, '\'': true, '*': true, '+': true, '-': true, '.': true, '^': true, '_': true,
	'`': true, '|': true, '~': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true,
	'M': true, 'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true,
	'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true,
	'm': true, 'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true,
	'y': true, 'z': true,
}

func allToken(b []byte) bool {
	for _, c := range b {
		if !token[c] {
			return false
		}
	}
	return len(b) > 0
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// fieldLine cuts a field line into name and value (RFC 9112, section 5): no white space before the colon, no folded line, no control byte.
func fieldLine(line []byte) (name, value []byte, f *fault) {
	if line[0] == ' ' || line[0] == '\t' {
		return nil, nil, malformed("a header field is folded over two lines")
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || !allToken(line[:colon]) {
		return nil, nil, malformed("a header field has no proper name")
	}
	if value = line[colon+1:]; holdsControl(value) {
		return nil, nil, malformed("a header field holds a control character")
	}
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value = value[1:]
	}
	for n := len(value) - 1; n >= 0 && (value[n] == ' ' || value[n] == '\t'); n-- {
		value = value[:n]
	}
	return line[:colon], value, nil
}

// holdsControl says whether a value holds a control character other than a tab. It looks at eight bytes at a time, since values are most
// of what a head is made of: a byte below 0x20, or one that is 0x7f, leaves its highest bit set.
func holdsControl(b []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		word := binary.LittleEndian.Uint64(b)
		del := word ^ ones*0x7f
		if ((word-ones*0x20)&^word|(del-ones)&^del)&high != 0 && anyControl(b[:8]) {
			return true
		}
	}
	return anyControl(b)
}

func anyControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// field takes one field line of the head and looks closely at those that say where the message ends and whom it is for.
func (h *head) field(b []byte, from, to int) *fault {
	name, value, f := fieldLine(b[from:to])
	if f != nil {
		return f
	}
	switch len(name) {
	case len("Host"):
		if is(name, "host") {
			return h.hostField(b, from, to, value)
		}
	case len("Expect"): // and Origin
		if is(name, "expect") {
			return h.expectField(value)
		}
		if is(name, "origin") {
			h.origins++
			h.origin = valueSpan(b, from, to, value)
		}
	case len("Content-Length"):
		if is(name, "content-length") {
			return h.lengthField(value)
		}
	case len("Transfer-Encoding"):
		if is(name, "transfer-encoding") {
			return h.codingField(value)
		}
	}
	return nil
}

// is compares a name without regard to case; lower is in lower case and of the same length.
func is(name []byte, lower string) bool {
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func valueSpan(b []byte, from, to int, value []byte) span {
	at := from + bytes.IndexByte(b[from:to], ':') + 1
	for at < to && (b[at] == ' ' || b[at] == '\t') {
		at++
	}
	return span{at, at + len(value)}
}

func (h *head) hostField(b []byte, from, to int, value []byte) *fault {
	if h.hosts++; h.hosts > 1 {
		return malformed("there are two Host headers")
	}
	h.host = valueSpan(b, from, to, value)
	if !plainHost(value) && !validHost(string(value)) {
		return malformed("the Host header is not a host")
	}
	return nil
}

func (h *head) expectField(value []byte) *fault {
	if h.expects || !bytes.EqualFold(value, []byte("100-continue")) {
		return &fault{http.StatusExpectationFailed, "only 100-continue can be expected"}
	}
	h.expects = true
	return nil
}

// mostDigits keeps a length within 63 bits.
const mostDigits = 18

// lengthField refuses what RFC 9112, section 6.3, lets a recipient mend: a list of equal lengths, a second equal field.
func (h *head) lengthField(value []byte) *fault {
	if h.length >= 0 {
		return malformed("there are two Content-Length headers")
	}
	if len(value) == 0 || len(value) > mostDigits {
		return malformed("the Content-Length is not a number")
	}
	h.length = 0
	for _, c := range value {
		if !digit(c) {
			return malformed("the Content-Length is not a number")
		}
		h.length = h.length*10 + int64(c-'0')
	}
	return nil
}

func (h *head) codingField(value []byte) *fault {
	if h.coded {
		return malformed("there are two Transfer-Encoding headers")
	}
	for _, c := range value {
		if c >= 0x7f {
			return malformed("the Transfer-Encoding is not a list of codings")
		}
	}
	h.coded, h.chunked = true, bytes.EqualFold(value, []byte("chunked"))
	return nil
}
