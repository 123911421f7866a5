package redact

import "bytes"

// authorityLimit is the longest user, password and host that is read at once. A
// longer one is hidden whole.
const authorityLimit = 1024

// authority reads user:password@host after the slashes of a URL (RFC 3986, 3.2)
// and hides the password.
func (n *net) authority(text []byte, final bool) (int, bool) {
	end := 0
	for end < len(text) && end < authorityLimit && !endsAuthority(text[end]) {
		end++
	}
	tooLong := end == authorityLimit
	if end == len(text) && !tooLong && !final {
		return 0, false
	}
	name := text[:end]
	n.state = (*net).text
	colon, at := bytes.IndexByte(name, ':'), bytes.LastIndexByte(name, '@')
	if colon < 0 || isPort(name[colon+1:]) {
		return 0, true
	}
	password := name[colon+1:]
	if at > colon {
		password = name[colon+1 : at]
	}
	if len(password) == 0 {
		return 0, true
	}
	if width, _ := placeholder(password); width == len(password) {
		return n.keep(name[:colon+1+width]), true
	}
	if at < colon && !tooLong {
		return 0, true
	}
	n.keep(name[:colon+1])
	n.hide(Password)
	if tooLong {
		n.state = (*net).dropAuthority
		return end, true
	}
	return at, true
}

func (n *net) dropAuthority(text []byte, final bool) (int, bool) {
	for i, c := range text {
		if endsAuthority(c) {
			n.state = (*net).text
			return i, true
		}
	}
	return len(text), true
}

func endsAuthority(c byte) bool {
	return c <= ' ' || c == 0x7f || bytes.IndexByte([]byte("/?#\"'<>\\`"), c) >= 0
}

// isPort tells that what follows a host's colon is a port and no password, as in
// http://localhost:8080&next=a@example.org.
func isPort(b []byte) bool {
	digits := 0
	for digits < len(b) && b[digits] >= '0' && b[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits > 5 {
		return false
	}
	return digits == len(b) || bytes.IndexByte([]byte(",;&)]}"), b[digits]) >= 0
}
