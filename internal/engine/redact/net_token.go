package redact

import "bytes"

const (
	tokenStart = "eyJ" // base64url of {"
	tokenHead  = 12    // the shortest first part: a header names its algorithm
	tokenLimit = 8 << 10
)

// token reads a JWT or JWE in compact form (RFC 7519, RFC 7516) and hides it.
func (n *net) token(text []byte, final bool) (int, bool) {
	if behind := n.behind(); len(behind) > 0 && inToken(behind[len(behind)-1]) {
		return n.innocent(text[:1])
	}
	head, more := part(text)
	if more && !final {
		return 0, false
	}
	if head < tokenHead || head >= tokenLimit || head == len(text) || text[head] != '.' {
		return n.innocent(noToken(text[:head]))
	}
	claims, more := part(text[head+1:])
	if more && !final {
		return 0, false
	}
	end := head + 1 + claims
	if claims < tokenLimit && (claims < 2 || end == len(text) || text[end] != '.') {
		return n.innocent(noToken(text[:head]))
	}
	n.hide(Token)
	n.state = (*net).dropToken
	return end, true
}

// noToken is the part of a run that need not be looked at again: no token begins
// further on in it, but the dashes of a key may.
func noToken(run []byte) []byte {
	if key := bytes.Index(run, []byte(keyStart[:5])); key >= 0 {
		return run[:key]
	}
	return bytes.TrimRight(run, "-")
}

// dropToken drops the rest of a token: its signature, and the last two parts of
// a JWE.
func (n *net) dropToken(text []byte, final bool) (int, bool) {
	for i := 0; i < len(text); {
		width, more := tokenChar(text[i:])
		switch {
		case more && !final:
			return i, i > 0
		case width > 0:
			i += width
		case text[i] == '.':
			i++
		default:
			n.state = (*net).text
			return i, true
		}
	}
	return len(text), true
}

// part gives the length of a run of base64url, cut at tokenLimit.
func part(text []byte) (length int, more bool) {
	for length < len(text) && length < tokenLimit {
		width, more := tokenChar(text[length:])
		if width == 0 || more {
			return length, more
		}
		length += width
	}
	return length, length < tokenLimit
}

// tokenChar gives the width of a character of base64url, or of a mark inside.
func tokenChar(text []byte) (width int, more bool) {
	if inToken(text[0]) {
		return 1, false
	}
	return leftInside(text)
}

func inToken(c byte) bool { return letterOrDigit(c) || c == '-' || c == '_' }
