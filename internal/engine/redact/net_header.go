package redact

import "strings"

// headerOpen reads what stands between a header's colon and its value.
func (n *net) headerOpen(text []byte, final bool) (int, bool) {
	if text[0] == ' ' || text[0] == '\t' {
		return n.keep(text[:1]), true
	}
	h, opener := &n.header, 0
	if text[0] == '[' {
		opener = 1
	}
	for h.named && opener > 0 && opener < min(len(text), 64) && text[opener] <= ' ' {
		opener++ // a JSON array, indented
	}
	slashes := run(text[opener:], 8)
	quote := opener + slashes
	switch {
	case quote == len(text) && !final:
		return 0, false
	case quote < len(text) && isQuote(text[quote]):
		h.list, h.quote, h.slashes = opener > 0, text[quote], slashes
		n.state = (*net).headerValue
		return n.keep(text[:quote+1]), true
	case h.named || text[0] == '{': // JSON, but not a string
		return n.innocent(text[:1])
	case opener > 0: // a slice as Go prints it
		h.list, h.quote = true, 0
	}
	n.state = (*net).headerValue
	return n.keep(text[:opener]), true
}

// headerValue is the beginning of a value.
func (n *net) headerValue(text []byte, final bool) (int, bool) {
	h := &n.header
	h.later, h.date, h.equals, h.parameter = false, false, false, false
	n.state = (*net).scheme
	if n.header.kind == Cookie {
		n.state = (*net).cookie
	}
	return 0, true
}

// scheme keeps the word that says how a client authenticates.
func (n *net) scheme(text []byte, final bool) (int, bool) {
	const longest = 24
	i := 0
	for i < len(text) && i < longest && (letterOrDigit(text[i]) || text[i] == '-') {
		i++
	}
	if i == len(text) && i < longest && !final {
		return 0, false
	}
	n.state = (*net).credentials
	if i < longest && i < len(text) && text[i] == ' ' && schemes[strings.ToLower(string(text[:i]))] {
		return n.keep(text[:i]), true
	}
	return 0, true
}

// credentials hides all that follows, unless a placeholder stands there.
func (n *net) credentials(text []byte, final bool) (int, bool) {
	if text[0] == ' ' {
		return n.keep(text[:1]), true
	}
	width, ends, more := n.stands(text, final)
	if more {
		return 0, false
	}
	if width > 0 {
		n.keep(text[:width])
		n.state = (*net).text
		if ends {
			n.state = (*net).headerEnd
		}
		return width, true
	}
	return n.conceal(text, final)
}

// stands gives the width of a placeholder that is a whole value, and whether the
// header ends or a separator follows.
func (n *net) stands(text []byte, final bool) (width int, ends, more bool) {
	width, more = placeholder(text)
	if more && !final {
		return 0, false, true
	}
	if width == 0 || width == len(text) {
		return width, false, width > 0 && !final
	}
	h, rest := n.header, text[width:]
	h.pass(text[:width])
	unit, more := h.unit(rest, final)
	switch {
	case more:
		return 0, false, true
	case unit == 0 || h.separates(rest[0]):
		return width, true, false
	case goesOn(rest[0]):
		return 0, false, false
	}
	return width, false, false
}

// conceal hides a value that does not end at once, and drops it.
func (n *net) conceal(text []byte, final bool) (int, bool) {
	unit, more := n.header.unit(text, final)
	switch {
	case more:
		return 0, false
	case unit == 0 || n.header.separates(text[0]):
		n.state = (*net).headerEnd
		return 0, true
	}
	n.hide(n.header.kind)
	n.state = (*net).dropValue
	return 0, true
}

func (n *net) dropValue(text []byte, final bool) (int, bool) {
	for i := 0; i < len(text); {
		unit, more := n.header.unit(text[i:], final)
		if more {
			return i, i > 0
		}
		if unit == 0 || n.header.separates(text[i]) {
			n.state = (*net).headerEnd
			return i, true
		}
		n.header.pass(text[i : i+unit])
		i += unit
	}
	return len(text), true
}

// headerEnd is the end of a cookie, of a value or of the header.
func (n *net) headerEnd(text []byte, final bool) (int, bool) {
	h := &n.header
	if h.separates(text[0]) {
		h.later, h.date, h.equals = text[0] == ';' || h.date, false, false
		n.state = (*net).cookie
		return n.keep(text[:1]), true
	}
	n.state = (*net).text
	if !h.list || h.quote == 0 {
		return 0, true
	}
	next, more := nextInList(text, h.quote, h.slashes)
	if more && !final {
		n.state = (*net).headerEnd
		return 0, false
	}
	if next > 0 {
		n.state = (*net).headerValue
	}
	return n.keep(text[:next]), true
}

// nextInList gives the width of what lies between two strings of an array.
func nextInList(text []byte, quote byte, slashes int) (width int, more bool) {
	closer := strings.Repeat(`\`, slashes) + string(quote)
	yes, more := begins(text, closer)
	if !yes {
		return 0, more
	}
	width = len(closer)
	for _, word := range []string{",", closer} {
		for spaces := 0; spaces < 64 && width < len(text) && text[width] <= ' '; spaces++ {
			width++
		}
		if yes, more := begins(text[width:], word); !yes {
			return 0, more
		}
		width += len(word)
	}
	return width, false
}
