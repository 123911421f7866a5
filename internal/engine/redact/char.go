package redact

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// char is one decoded character: its n bytes of UTF-8 and the width of its
// escape; n is 0 where there is no escape, and more tells that there may be one
// once more text has come.
type char struct {
	bytes    [4]byte
	n, width int
	more     bool
}

func byteChar(b byte, width int) char { return char{bytes: [4]byte{b}, n: 1, width: width} }

func runeChar(c rune, width int) char {
	var out char
	out.n, out.width = utf8.EncodeRune(out.bytes[:], c), width
	return out
}

// escape reads the escape at the front of text, if there is one.
func escape(text []byte) char {
	switch text[0] {
	case '%':
		return percent(text)
	case '&':
		return entity(text)
	case '\\':
		slashes := run(text, 8)
		c := backslashed(text[slashes:])
		c.width += slashes
		return c
	}
	return char{}
}

// percent reads %xx (RFC 3986).
func percent(text []byte) char { return number(text, 1, 2, 16, false) }

// number reads digits after a prefix of the given width, as a byte or as a rune.
func number(text []byte, prefix, digits, base int, asRune bool) char {
	have := text[min(prefix, len(text)):min(prefix+digits, len(text))]
	v, ok := parse(have, base)
	switch {
	case !ok:
		return char{}
	case len(have) < digits:
		return char{more: true}
	case asRune:
		return runeChar(rune(min(v, utf8.MaxRune+1)), prefix+digits)
	case v > 255:
		return char{}
	}
	return byteChar(byte(v), prefix+digits)
}

// parse is strconv.ParseUint without an error to allocate: most of what is tried
// here is no number.
func parse(digits []byte, base int) (v int, ok bool) {
	for _, c := range digits {
		d, isHex := hexDigit(c)
		if !isHex || int(d) >= base || v > 1<<32 {
			return 0, false
		}
		v = v*base + int(d)
	}
	return v, true
}

// backslashed reads what follows a backslash in JSON, Go, C, Python or a shell;
// text starts after the backslash.
func backslashed(text []byte) char {
	if len(text) == 0 {
		return char{more: true}
	}
	c := text[0]
	switch {
	case c == 'u':
		return unicodeEscape(text)
	case c == 'U':
		return number(text, 1, 8, 16, true)
	case c == 'x':
		return number(text, 1, 2, 16, false)
	case c >= '0' && c <= '7':
		return number(text, 0, 3, 8, false)
	}
	if at := strings.IndexByte("abtnvfre", c); at >= 0 {
		return byteChar("\a\b\t\n\v\f\r\x1b"[at], 1)
	}
	if c < utf8.RuneSelf && c != '\\' && !letterOrDigit(c) && c >= ' ' {
		return byteChar(c, 1) // \/ \" \' \$ and their like
	}
	return char{}
}

// unicodeEscape reads uXXXX, and the second half of a pair where there is one.
func unicodeEscape(text []byte) char {
	c := number(text, 1, 4, 16, true)
	if c.n == 0 {
		return c
	}
	v, _ := parse(text[1:5], 16)
	if !utf16.IsSurrogate(rune(v)) {
		return c
	}
	rest := text[5:]
	slashes := run(rest, 8)
	rest = rest[slashes:]
	if len(rest) == 0 {
		return char{more: true}
	}
	if slashes == 0 || rest[0] != 'u' {
		return char{}
	}
	low := number(rest, 1, 4, 16, true)
	if low.n == 0 {
		return low
	}
	second, _ := parse(rest[1:5], 16)
	whole := utf16.DecodeRune(rune(v), rune(second))
	if whole == utf8.RuneError {
		return char{}
	}
	return runeChar(whole, 5+slashes+5)
}

// entities are the named character references that HTML escapers write.
var entities = map[string]byte{"&amp;": '&', "&lt;": '<', "&gt;": '>', "&quot;": '"', "&apos;": '\''}

// entity reads a character reference of HTML, by name or by number.
func entity(text []byte) char {
	const longest = len("&#1114111;")
	window := text[:min(len(text), longest)]
	if len(window) > 1 && bytes.IndexByte([]byte("#algq"), window[1]) < 0 {
		return char{}
	}
	end := bytes.IndexByte(window, ';')
	if end < 0 {
		return char{more: len(text) < longest}
	}
	if c, named := entities[string(window[:end+1])]; named {
		return byteChar(c, end+1)
	}
	if end < 3 || window[1] != '#' {
		return char{}
	}
	digits, base := window[2:end], 10
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	v, ok := parse(digits, base)
	if !ok || len(digits) == 0 || v > utf8.MaxRune {
		return char{}
	}
	return runeChar(rune(v), end+1)
}

func letterOrDigit(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}
