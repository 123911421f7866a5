package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Problem is one thing wrong in a file, at the place a person must look at.
type Problem struct {
	File   string // as the user named it
	Line   int    // from 1; 0 when the whole file is meant
	Column int    // from 1, in characters
	Width  int    // how many characters the caret underlines
	// Message starts with the thing and ends with what to do.
	Message string
	// Source is the line itself; "" where it must not be shown.
	Source string
}

// String gives "file:line:column: message" and, below it, the line with a caret.
func (p Problem) String() string {
	where := printable(p.File)
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", where, p.Line, p.Column)
	}
	return where + ": " + printable(p.Message) + p.excerpt()
}

// An excerpt shows at most this many characters before the caret and in all.
const (
	excerptBefore = 60
	excerptWidth  = 120
)

// excerpt cuts a window out of the source line, so that a line of a megabyte
// stays readable and the caret stands under its place.
func (p Problem) excerpt() string {
	if strings.TrimSpace(p.Source) == "" {
		return ""
	}
	line, at, lead := []rune(p.Source), min(p.Column-1, len([]rune(p.Source))), ""
	if at > excerptBefore {
		line, at, lead = line[at-excerptBefore:], excerptBefore, "…"
	}
	if len(line) > excerptWidth {
		line = append(slices.Clone(line[:excerptWidth]), '…')
	}
	width := max(1, min(p.Width, len(line)-at))
	indent := strings.Repeat(" ", len([]rune(lead))+at)
	return "\n    " + lead + strings.TrimRight(printable(string(line)), " ") + "\n    " + indent + strings.Repeat("^", width)
}

// Error is everything that is wrong with a configuration, in the order of the
// file. Its exit code is 78 (EX_CONFIG of sysexits).
type Error struct {
	Problems []Problem
	More     int // problems beyond those that are shown
}

// Error lists all problems, each with its place.
func (e *Error) Error() string {
	texts := make([]string, 0, len(e.Problems)+1)
	for _, p := range e.Problems {
		texts = append(texts, p.String())
	}
	if e.More > 0 {
		texts = append(texts, fmt.Sprintf("and %d more: mend these first", e.More))
	}
	return strings.Join(texts, "\n")
}

// whole is the error of a file that cannot be read at all.
func whole(file, format string, args ...any) *Error {
	return &Error{Problems: []Problem{{File: file, Message: fmt.Sprintf(format, args...)}}}
}

// printable keeps a terminal safe from what stands in a file: control and bidi
// characters become a mark of the same width, tabs a space.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// shortened gives at most 60 characters of a text from the file, quoted.
func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
