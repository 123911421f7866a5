package gateway

import (
	"fmt"
	"strings"
	"unicode"
)

// Fault is one thing wrong in a configuration, at the place a person must look at.
type Fault struct {
	File         string
	Line, Column int // from 1, in characters; 0 when the whole file is meant
	// Message begins with the key and ends with what to do. It never holds the value of a variable.
	Message string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Error is everything that is wrong with a configuration, in the order of the file.
type Error struct{ Faults []Fault }

func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// printable keeps a terminal safe from what stands in a file.
func printable(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
