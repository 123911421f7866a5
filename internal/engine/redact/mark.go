package redact

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	markOpen  = "‹"
	markClose = "›"
	markLimit = 128 // bytes of a whole mark
)

// mark is what stands where a secret stood.
func mark(name string) string {
	name = strings.Map(func(c rune) rune {
		if c == '‹' || c == '›' || c == utf8.RuneError || !unicode.IsPrint(c) {
			return '_'
		}
		return c
	}, name)
	if name == "" {
		name = "secret"
	}
	for len(name) > markLimit-len(markOpen+markClose) {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return markOpen + name + markClose
}

// markWidth gives the length of the mark at the front of text, 0 when there is
// none; more tells that text is cut off before that can be said.
func markWidth(text []byte) (width int, more bool) {
	if yes, more := begins(text, markOpen); !yes {
		return 0, more
	}
	window := text[:min(len(text), markLimit)]
	end := bytes.Index(window, []byte(markClose))
	inside := window[len(markOpen):]
	if end >= 0 {
		inside = window[len(markOpen):end]
	}
	if bytes.Contains(inside, []byte(markOpen)) || bytes.ContainsAny(inside, "\r\n\"'\\") {
		return 0, false
	}
	if end < 0 {
		return 0, len(text) < markLimit
	}
	return end + len(markClose), false
}
