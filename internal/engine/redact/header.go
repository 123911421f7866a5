package redact

import (
	"bytes"
	"strings"
	"time"
)

// header is where the net stands in a header that carries credentials. Headers
// are met on the wire, in JSON, in the dumps of Go and Node, and in curl
// commands; the quotes around a value tell where it ends.
type header struct {
	kind      string // Authorization or Cookie
	set       bool   // Set-Cookie: attributes follow, and commas separate
	named     bool   // the name stands in quotes of its own, as in JSON
	quote     byte   // what closes the value, 0 for the end of the line
	slashes   int    // backslashes before that quote
	list      bool   // an array of values
	equals    bool   // the last byte read was =
	parameter bool   // inside a quoted parameter of an unquoted value
	later     bool   // past name and value of a Set-Cookie
	date      bool   // in a date, whose comma does not begin another cookie
}

// headerBefore looks for the name of such a header at the end of what stands
// before a colon.
func headerBefore(behind []byte) (header, bool) {
	var h header
	name := behind
	if last := len(name) - 1; last > 0 && isQuote(name[last]) {
		h.named = true
		name = bytes.TrimRight(name[:last], `\`)
	}
	switch {
	case cutName(&name, "authorization"):
		h.kind = Authorization
	case cutName(&name, "set-cookie"):
		h.kind, h.set = Cookie, true
	case cutName(&name, "cookie"):
		h.kind = Cookie
	default:
		return h, false
	}
	if len(name) == 0 {
		return h, true
	}
	before := name[len(name)-1]
	if isQuote(before) && !h.named {
		h.quote = before
		h.slashes = len(name) - 1 - len(bytes.TrimRight(name[:len(name)-1], `\`))
	}
	escapedBreak := len(name) > 1 && name[len(name)-2] == '\\'
	return h, escapedBreak || !letterOrDigit(before)
}

func cutName(b *[]byte, name string) bool {
	at := len(*b) - len(name)
	if at < 0 || !bytes.EqualFold((*b)[at:], []byte(name)) {
		return false
	}
	*b = (*b)[:at]
	return true
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// unit gives the width of the next part of the value that must be read as one, 0
// where the value ends.
func (h *header) unit(text []byte, final bool) (width int, more bool) {
	c := text[0]
	if c < ' ' && c != '\t' || c == 0x7f || c == ']' && h.list && h.quote == 0 {
		return 0, false
	}
	slashes := run(text, 8)
	if slashes == len(text) {
		return slashes, !final
	}
	next := text[slashes]
	switch {
	case slashes > 0 && (next == 'r' || next == 'n'): // an escaped line end
		return 0, false
	case h.quote != 0 && next == h.quote && slashes <= h.slashes:
		return 0, false
	case h.quote == 0 && next == '"' && !h.parameter && !h.equals:
		return 0, false
	case isQuote(next):
		return slashes + 1, false
	}
	return max(slashes, 1), false
}

// pass notes a unit as read.
func (h *header) pass(unit []byte) {
	last := unit[len(unit)-1]
	if last == '"' && h.quote == 0 {
		h.parameter = !h.parameter
	}
	h.equals = last == '='
}

// separates tells that a byte ends one cookie and not the header.
func (h *header) separates(c byte) bool {
	return h.kind == Cookie && (c == ';' || c == ',' && h.set)
}

// goesOn tells that a byte after a placeholder would belong to the same value.
func goesOn(c byte) bool {
	return letterOrDigit(c) || c >= 0x80 || bytes.IndexByte([]byte("-._~+/=,:$%&\\"), c) >= 0
}

// schemes are the registered ways to authenticate, and the usual unregistered
// ones; another first word may be the secret itself.
var schemes = map[string]bool{
	"basic": true, "bearer": true, "digest": true, "dpop": true, "gnap": true, "hoba": true,
	"mutual": true, "negotiate": true, "ntlm": true, "oauth": true, "privatetoken": true,
	"scram-sha-1": true, "scram-sha-256": true, "vapid": true, "aws4-hmac-sha256": true,
	"apikey": true, "hawk": true, "jwt": true, "signature": true, "token": true,
}

// attributes are what RFC 6265bis and browsers let follow a cookie.
var attributes = map[string]bool{
	"domain": true, "expires": true, "httponly": true, "max-age": true, "partitioned": true,
	"path": true, "priority": true, "samesite": true, "secure": true,
}

// isAttribute tells that a piece without = belongs to a cookie's attributes: a
// flag, or the part of a date after its comma.
func isAttribute(piece string) bool {
	piece = strings.TrimSpace(piece)
	if attributes[strings.ToLower(piece)] {
		return true
	}
	for _, layout := range []string{"02 Jan 2006 15:04:05 MST", "02-Jan-2006 15:04:05 MST", "02-Jan-06 15:04:05 MST"} {
		if _, err := time.Parse(layout, piece); err == nil && strings.HasSuffix(piece, "GMT") {
			return true
		}
	}
	return false
}
