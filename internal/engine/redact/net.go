package redact

// net is the second stage: the patterns of credentials. It is a machine whose
// state reads on from the front of the text. No state waits for more than a few
// kilobytes: what is longer is dropped as it comes, behind a mark already
// written.
type net struct {
	state  state
	count  func(kind string)
	header header
	// out ends with what was passed on; its first sent bytes went with an earlier
	// call and are kept for looking behind.
	out  []byte
	sent int
}

// state reads from the front of text, which is never empty, and gives how many
// bytes it has dealt with. Not decided means that it needs more text; so it is
// only said when final is false. Every decision either uses bytes or moves to
// another state.
type state func(n *net, text []byte, final bool) (used int, decided bool)

// lookBehind is how much of the past a state may ask for.
const lookBehind = 40

// feed scans text as far as can be decided, and gives how far that was and what
// to pass on.
func (n *net) feed(text []byte, final bool) (used int, out []byte) {
	n.out = append(n.out[:0], n.behind()...)
	n.sent = len(n.out)
	for used < len(text) {
		more, decided := n.state(n, text[used:], final)
		if !decided {
			break
		}
		used += more
	}
	return used, n.out[n.sent:]
}

// behind is the end of what was passed on so far.
func (n *net) behind() []byte { return n.out[max(0, len(n.out)-lookBehind):] }

// keep passes bytes on as they are.
func (n *net) keep(b []byte) int {
	n.out = append(n.out, b...)
	return len(b)
}

// hide writes the mark of a kind of credential.
func (n *net) hide(kind string) {
	n.out = append(n.out, mark(kind)...)
	n.count(kind)
}

// text is the state between credentials: it stops where one may begin.
func (n *net) text(text []byte, final bool) (int, bool) {
	for i, c := range text {
		var next state
		word := ""
		switch c {
		default:
			continue
		case ':':
			next = (*net).colon
		case 'e':
			next, word = (*net).token, tokenStart
		case '-':
			next, word = (*net).key, keyStart
		}
		yes, more := begins(text[i:], word)
		if more && !final {
			n.keep(text[:i])
			return i, i > 0
		}
		if yes {
			n.state = next
			return n.keep(text[:i]), true
		}
	}
	return n.keep(text), true
}

// innocent passes on what only looked like the beginning of a credential.
func (n *net) innocent(b []byte) (int, bool) {
	n.state = (*net).text
	return n.keep(b), true
}

// colon ends the name of a header or the scheme of a URL.
func (n *net) colon(text []byte, final bool) (int, bool) {
	behind := n.behind()
	if h, ok := headerBefore(behind); ok {
		n.header, n.state = h, (*net).headerOpen
		return n.keep(text[:1]), true
	}
	if len(behind) > 0 && letterOrDigit(behind[len(behind)-1]) {
		for _, word := range []string{"://", `:\/\/`} {
			yes, more := begins(text, word)
			if more && !final {
				return 0, false
			}
			if yes {
				n.state = (*net).authority
				return n.keep(text[:len(word)]), true
			}
		}
	}
	return n.innocent(text[:1])
}

// placeholder gives the length of $NAME, ${NAME} or a mark at the front of text:
// what stands for a secret and is none.
func placeholder(text []byte) (width int, more bool) {
	if text[0] != '$' {
		return markWidth(text)
	}
	i, braced := 1, false
	if len(text) > 1 && text[1] == '{' {
		i, braced = 2, true
	}
	from := i
	for i < len(text) && i < markLimit && (text[i] == '_' || text[i] >= 'A' && text[i] <= 'Z' || i > from && text[i] >= '0' && text[i] <= '9') {
		i++
	}
	switch {
	case i == len(text):
		if braced || i == from {
			return 0, true
		}
		return i, true
	case i == from:
		return 0, false
	case braced && text[i] == '}':
		return i + 1, false
	case braced:
		return 0, false
	}
	return i, false
}

// leftInside gives the length of a mark that the first stage wrote inside a
// longer credential. The marks of the net stand for whole ones.
func leftInside(text []byte) (width int, more bool) {
	width, more = markWidth(text)
	if width > 0 && kinds[string(text[len(markOpen):width-len(markClose)])] {
		width = 0
	}
	return width, more
}
