package redact

import (
	"bytes"
	"strings"
)

const (
	keyStart  = "-----BEGIN "
	keyEnd    = "-----END "
	keyName   = 64 // the longest line of dashes is keyStart, a name and dashes
	keyEnough = 16 // characters of base64 that make it a key and not a mention
)

// key reads the first line of a PEM block of a private key (RFC 7468; OpenPGP
// adds "BLOCK") and a little of what follows, and hides the block.
func (n *net) key(text []byte, final bool) (int, bool) {
	first, more := keyLine(text, keyStart)
	if more && !final {
		return 0, false
	}
	if first == 0 {
		return n.innocent(text[:1])
	}
	yes, more := keyBody(text[first:])
	if more && !final {
		return 0, false
	}
	if !yes {
		return n.innocent(text[:first])
	}
	n.hide(PrivateKey)
	n.state = (*net).dropKey
	return first, true
}

// keyLine gives the length of a line like -----BEGIN EC PRIVATE KEY-----.
func keyLine(text []byte, start string) (length int, more bool) {
	if yes, more := begins(text, start); !yes {
		return 0, more
	}
	window := text[len(start):min(len(text), len(start)+keyName)]
	end := 0
	for end < len(window) && (window[end] == ' ' || window[end] >= 'A' && window[end] <= 'Z' || window[end] >= '0' && window[end] <= '9') {
		end++
	}
	if end == len(window) {
		return 0, end < keyName
	}
	name := strings.TrimSuffix(string(window[:end]), " BLOCK")
	if !strings.HasSuffix(name, "PRIVATE KEY") {
		return 0, false
	}
	yes, more := begins(text[len(start)+end:], "-----")
	if !yes {
		return 0, more
	}
	return len(start) + end + len("-----"), false
}

// keyBody tells that after its first line there is a key: a header of its own,
// enough base64, or what the first stage left of it. Line ends may be escaped.
func keyBody(text []byte) (yes, more bool) {
	i := 0
	for i < len(text) && i < 16 && (text[i] <= ' ' || text[i] == '\\' || i > 0 && text[i-1] == '\\') {
		i++
	}
	if i == len(text) {
		return false, true
	}
	if width, more := leftInside(text[i:]); width > 0 || more {
		return width > 0, more
	}
	for _, header := range []string{"Proc-Type:", "DEK-Info:", "Version:", "Comment:"} {
		if yes, more := begins(text[i:], header); yes || more {
			return yes, more
		}
	}
	have := 0
	for i+have < len(text) && have < keyEnough && inKey(text[i+have]) {
		have++
	}
	return have == keyEnough, have < keyEnough && i+have == len(text)
}

// dropKey drops the block up to and with its last line, or as far as it goes.
func (n *net) dropKey(text []byte, final bool) (int, bool) {
	for i := 0; i < len(text); {
		width, last, more := keyPart(text[i:])
		switch {
		case more && !final:
			return i, i > 0
		case width == 0: // also a last line that never came whole
			n.state = (*net).text
			return i, true
		case last:
			n.state = (*net).text
			return i + width, true
		}
		i += width
	}
	return len(text), true
}

// keyPart gives the width of the next part of a block, 0 where something else
// begins, and whether it is the last line.
func keyPart(text []byte) (width int, last, more bool) {
	c := text[0]
	if c == '-' {
		if width, more := keyLine(text, keyEnd); width > 0 || more {
			return width, true, more
		}
	}
	if inKey(c) || bytes.IndexByte([]byte(" \t\r\n\\-:,;"), c) >= 0 {
		return 1, false, false
	}
	width, more = leftInside(text)
	return width, false, more
}

func inKey(c byte) bool { return letterOrDigit(c) || c == '+' || c == '/' || c == '=' }
