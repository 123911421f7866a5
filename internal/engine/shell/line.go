package shell

import (
	"fmt"
	"strings"
)

// Word is one word of a command line, made of literal text and variables. The
// zero Word is the empty word.
type Word struct{ pieces []piece }

type piece struct {
	text     string
	variable bool
}

// Lit is a word of literal text.
func Lit(s string) Word { return Word{[]piece{{text: s}}} }

// Var is the value of an environment variable, as Variable writes it.
func Var(name string) Word {
	if !isName(name) {
		return Lit("$" + name)
	}
	return Word{[]piece{{name, true}}}
}

// Text is one word of several parts: strings are literal, Words keep what they
// are, anything else is literal in fmt's default format.
//
//	Text("Authorization: Bearer ", Var("TOKEN"))  // "Authorization: Bearer $TOKEN"
func Text(parts ...any) Word {
	var w Word
	for _, part := range parts {
		if word, ok := part.(Word); ok {
			w.pieces = append(w.pieces, word.pieces...)
			continue
		}
		w.pieces = append(w.pieces, piece{text: fmt.Sprint(part)})
	}
	return w
}

// Line gives a command line of words.
func Line(words ...Word) string {
	written := make([]string, len(words))
	for i, w := range words {
		written[i] = w.String()
	}
	return strings.Join(written, " ")
}

// String gives the word as a shell reads it.
func (w Word) String() string {
	if !w.hasVariable() {
		var whole strings.Builder
		for _, p := range w.pieces {
			whole.WriteString(p.text)
		}
		return Quote(whole.String())
	}
	var out strings.Builder
	out.WriteByte('"')
	for i, p := range w.pieces {
		switch {
		case !p.variable:
			out.WriteString(inDoubleQuotes(p.text))
		case w.nameGoesOn(i + 1):
			out.WriteString("${" + p.text + "}")
		default:
			out.WriteString("$" + p.text)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func (w Word) hasVariable() bool {
	for _, p := range w.pieces {
		if p.variable {
			return true
		}
	}
	return false
}

// nameGoesOn tells that the text from the i-th piece on would be read as part of
// a variable's name before it.
func (w Word) nameGoesOn(i int) bool {
	for ; i < len(w.pieces); i++ {
		if w.pieces[i].variable {
			return false
		}
		if text := w.pieces[i].text; text != "" {
			return text[0] == '_' || text[0] == '[' || letterOrDigit(text[0])
		}
	}
	return false
}

// inDoubleQuotes escapes literal text between double quotes. An exclamation mark
// leaves them for a moment: an interactive bash would look up its history.
func inDoubleQuotes(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		shown, hidden := split(s)
		for _, c := range s[:shown] {
			switch c {
			case '$', '`', '"', '\\':
				out.WriteByte('\\')
				out.WriteRune(c)
			case '!':
				out.WriteString(`"'!'"`)
			default:
				out.WriteRune(c)
			}
		}
		if hidden > 0 {
			out.WriteString(octal(s[shown : shown+hidden]))
		}
		s = s[shown+hidden:]
	}
	return out.String()
}
