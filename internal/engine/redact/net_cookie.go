package redact

import (
	"bytes"
	"strings"
)

// A cookie's name and an attribute are read at once up to these lengths.
const (
	cookieName      = 64
	cookieAttribute = 160
)

// cookie reads the next name=value, attribute or flag of a cookie header. Names
// and attributes stay: they are what an audit looks at.
func (n *net) cookie(text []byte, final bool) (int, bool) {
	if text[0] == ' ' {
		return n.keep(text[:1]), true
	}
	width, more := n.piece(text, cookieName, '=', final)
	if more {
		return 0, false
	}
	name := text[:width]
	later := n.header.set && n.header.later
	switch {
	case later && width < cookieName && isAttribute(string(name)):
		n.state = (*net).attribute
		return 0, true
	case width < cookieName && width < len(text) && text[width] == '=' && isCookieName(name):
		n.header.equals = true
		n.state = (*net).cookieValue
		return n.keep(text[:width+1]), true
	}
	n.state = (*net).cookieValue
	return 0, true
}

// isCookieName tells that b is a token (RFC 9110, 5.6.2). Other text before a =
// may be a value.
func isCookieName(b []byte) bool {
	for _, c := range b {
		if !letterOrDigit(c) && bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) < 0 {
			return false
		}
	}
	return true
}

// cookieValue hides a value, unless a placeholder stands there.
func (n *net) cookieValue(text []byte, final bool) (int, bool) {
	width, ends, more := n.stands(text, final)
	if more {
		return 0, false
	}
	if width > 0 {
		n.state = (*net).text
		if ends {
			n.state = (*net).headerEnd
		}
		return n.keep(text[:width]), true
	}
	return n.conceal(text, final)
}

// attribute keeps a known attribute whose value is one word. With blanks inside
// there is something else behind it.
func (n *net) attribute(text []byte, final bool) (int, bool) {
	width, more := n.piece(text, cookieAttribute, 0, final)
	if more {
		return 0, false
	}
	name, value, _ := bytes.Cut(text[:width], []byte("="))
	if width < cookieAttribute && !bytes.ContainsAny(bytes.TrimSpace(value), " \t") {
		n.state = (*net).headerEnd
		n.header.date = strings.EqualFold(string(name), "expires")
		return n.keep(text[:width]), true
	}
	n.header.equals = true
	n.state = (*net).cookieValue
	return n.keep(text[:min(len(name)+1, width)]), true
}

// piece gives the width of what stands before a separator, a stop or the end of
// the header, at most limit.
func (n *net) piece(text []byte, limit int, stop byte, final bool) (width int, more bool) {
	h := n.header
	for width < len(text) && width < limit && (stop == 0 || text[width] != stop) && !h.separates(text[width]) {
		unit, more := h.unit(text[width:], final)
		if more || unit == 0 {
			return width, more
		}
		h.pass(text[width : width+unit])
		width += unit
	}
	return width, width == len(text) && width < limit && !final
}
