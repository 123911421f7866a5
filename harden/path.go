package harden

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// pathByte holds what stands unescaped in the one form of a path: pchar of RFC 3986 without ";", whose meaning servers disagree about,
// and "/".
var pathByte = [256]bool{
	'/': true, '-': true, '.': true, '_': true, '~': true, '!': true, '$': true, '&': true, '\'': true, '(': true, ')': true, '*': true, '+': true,
	',': true, '=': true, ':': true, '@': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true,
	'M': true, 'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true,
	'Y': true, 'Z': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true,
	'm': true, 'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true,
	'y': true, 'z': true,
}

const (
	refusedByte = "the path holds a byte that must not stand there"
	ambiguous   = "the path can be read in two ways"
)

// oneForm gives the one form of an escaped path that policy and application see: what need not be escaped is not, the digits of an
// escape are upper case. What another server could read as another path is refused: an escaped or turned slash, dot
// segments, an empty segment, a parameter behind ";", a zero byte, a control character, what is not UTF-8. Browsers and
// HTTP libraries send none of these.
func oneForm(escaped string) (path, form string, f *fault) {
	if simple(escaped) {
		return escaped, escaped, segments(escaped)
	}
	var plain, raw strings.Builder
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' {
			if i+2 >= len(escaped) || unhex(escaped[i+1]) < 0 || unhex(escaped[i+2]) < 0 {
				return "", "", malformed("the path holds a percent sign that is no escape")
			}
			c = byte(unhex(escaped[i+1])<<4 | unhex(escaped[i+2]))
			i += 2
			if c == '/' {
				return "", "", malformed(ambiguous)
			}
		} else if c == ';' || c == '#' || c >= 0x7f {
			return "", "", malformed(ambiguous)
		}
		if c < ' ' || c == 0x7f || c == '\\' {
			return "", "", malformed(refusedByte)
		}
		plain.WriteByte(c)
		escape(&raw, c)
	}
	if !utf8.ValidString(plain.String()) {
		return "", "", malformed("the path is not UTF-8")
	}
	return plain.String(), raw.String(), segments(plain.String())
}

func escape(to *strings.Builder, c byte) {
	if pathByte[c] {
		to.WriteByte(c)
		return
	}
	const digits = "0123456789ABCDEF"
	to.WriteByte('%')
	to.WriteByte(digits[c>>4])
	to.WriteByte(digits[c&15])
}

func simple(s string) bool {
	for i := range len(s) {
		if !pathByte[s[i]] {
			return false
		}
	}
	return true
}

// segments refuses segments that file systems and proxies take away: "", "." and "..".
func segments(path string) *fault {
	for at := 0; ; {
		i := strings.IndexByte(path[at:], '/')
		if i < 0 {
			if last := path[at:]; last == "." || last == ".." {
				return malformed(ambiguous)
			}
			return nil
		}
		if s := path[at : at+i]; at > 0 && s == "" || s == "." || s == ".." {
			return malformed(ambiguous)
		}
		at += i + 1
	}
}

// settle brings the target of r into the one form, in r.URL and in r.RequestURI. The query stays as it came, byte by byte.
func settle(r *http.Request) *fault {
	target := r.RequestURI
	path, query, hasQuery := strings.Cut(target, "?")
	if strings.Contains(query, "%00") || strings.ContainsRune(query, '#') {
		return malformed("the query holds a byte that must not stand there")
	}
	plain, form, f := oneForm(path)
	if f != nil {
		return f
	}
	if form == path && r.URL.Path == plain && r.URL.Host == "" && r.URL.RawQuery == query {
		return nil
	}
	u := &url.URL{Path: plain, RawQuery: query, ForceQuery: hasQuery && query == ""}
	if u.EscapedPath() != form {
		u.RawPath = form
	}
	r.URL, r.RequestURI = u, form
	if hasQuery {
		r.RequestURI += "?" + query
	}
	return nil
}
