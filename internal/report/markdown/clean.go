package markdown

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes the invisible visible: control characters and bytes that are not
// UTF-8 become \x1b, other characters without a shape of their own (bidi
// controls, zero-width characters, line separators, fillers) become U+202E. Line
// feeds and tabs stay; a carriage return before a line feed is dropped. What
// ANSI escapes would colour or hide is thereby shown.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var out strings.Builder
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1, c < 0x80 && !isPlain(c):
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case !isPlain(c):
			fmt.Fprintf(&out, "U+%04X", c)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	return out.String()
}

func isClean(s string) bool {
	for _, c := range s {
		if !isPlain(c) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// isPlain tells that a reader sees the character, or knows it as white space.
func isPlain(c rune) bool {
	switch {
	case c == '\n' || c == '\t':
		return true
	case unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
		return false
	case c >= 0xE0100 && c <= 0xE01EF: // variation selectors that nobody draws
		return false
	}
	return !strings.ContainsRune(fillers, c)
}

// fillers are letters and marks that show nothing.
const fillers = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// Limit cuts s after so many lines and so many bytes, whichever comes first,
// never inside a character. cut tells that something is missing. Nothing is
// allowed by a limit of zero or less.
func Limit(s string, lines, bytes int) (short string, cut bool) {
	end := 0
	for n := 0; n < lines && end < len(s); n++ {
		next := strings.IndexByte(s[end:], '\n')
		if next < 0 {
			end = len(s)
			break
		}
		end += next + 1
	}
	if end > max(bytes, 0) {
		end = max(bytes, 0)
		for back := 0; back < utf8.UTFMax && end > 0 && !utf8.RuneStart(s[end]); back++ {
			end--
		}
	}
	return s[:end], end < len(s)
}
