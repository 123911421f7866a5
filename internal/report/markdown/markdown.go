// Package markdown turns any text into Markdown that shows this text and nothing
// else: what a patient says is hostile.
//
// It knows the syntax of GitHub-flavoured Markdown and how viewers turn plain
// text into links, mentions and formulas. It does not know what a report says.
// Everything passes Clean first, so that nothing invisible stands in a page.
package markdown

import (
	"regexp"
	"strings"
)

// Safe is text that already is Markdown. Templates write it as it is; everything
// else must become Safe first.
type Safe string

// Inline gives s as one piece of running text, also at the beginning of a line.
// White space, line ends included, becomes single blanks.
func Inline(s string) Safe {
	text := escape(oneLine(s))
	return Safe(blockStart.ReplaceAllString(text, `$1\$2`))
}

// Cell gives s for a cell of a table, as Inline does for running text.
func Cell(s string) Safe { return Safe(escape(oneLine(s))) }

// blockStart is what would begin a list or a heading at the beginning of a line;
// all other block markers are escaped wherever they stand.
var blockStart = regexp.MustCompile(`^(\d*)([-+=.)])`)

func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// risky is what escape must not leave as it is. A backslash stops Markdown, but
// viewers look for addresses and mentions in the finished text: only an element
// in between keeps http://, www. and @ apart from what follows.
var risky = regexp.MustCompile("(?i)[\\\\`*_\\[\\]#~!$<>&|]|(?:@|:(?://)+)+|www(?:\\.|@|:(?://)+)+")

func escape(s string) string {
	return risky.ReplaceAllStringFunc(s, func(found string) string {
		switch found[0] {
		case '<':
			return "&lt;"
		case '>':
			return "&gt;"
		case '&':
			return "&amp;"
		case '|':
			return "&#124;" // a backslash is read twice in tables
		case '@', ':':
			return span(found)
		case 'w', 'W':
			return found[:3] + span(found[3:])
		}
		return `\` + found
	})
}

// Link gives a link with a text. A target may be relative, or of the schemes
// http, https and mailto; with any other the text stands alone. Without a text
// the target is shown.
func Link(text, target string) Safe {
	if oneLine(text) == "" {
		text = target
	}
	shown := Inline(text)
	if shown == "" || !mayLink(target) {
		return shown
	}
	var out strings.Builder
	for i := range len(target) {
		c := target[i]
		switch {
		case c == '&':
			out.WriteString("&amp;")
		case c == '%' && !isEscape(target[i:]), !strings.ContainsRune(inTarget, rune(c)):
			out.WriteString(percent(c))
		default:
			out.WriteByte(c)
		}
	}
	return "[" + shown + "](" + Safe(out.String()) + ")"
}

const inTarget = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#@!$'+,;=%"

var scheme = regexp.MustCompile(`^[^/?#]*:`)

func mayLink(target string) bool {
	switch strings.ToLower(scheme.FindString(target)) {
	case "":
		return target != ""
	case "http:", "https:", "mailto:":
		return true
	}
	return false
}

func isEscape(s string) bool { return len(s) >= 3 && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func percent(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{'%', digits[c>>4], digits[c&15]})
}
