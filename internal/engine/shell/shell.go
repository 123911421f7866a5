// Package shell writes command lines that a POSIX shell reads back exactly: the
// replay lines of the evidence, which a sceptic pastes into a terminal.
//
// It knows quoting (POSIX.1, Shell Command Language, 2.2). It does not know which
// commands exist, and it runs none.
//
// A line is safe to look at and to paste: control and invisible characters, and
// bytes that are not UTF-8, are written as a printf of octal escapes. Only line
// feeds stay as they are, inside quotes. An argument cannot hold NUL, so NUL is
// replaced by its picture, U+2400.
package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote gives arg as one word of a command line. Words without anything special
// are left bare.
func Quote(arg string) string {
	if isBare(arg) {
		return arg
	}
	var out strings.Builder
	literal := func(s string) {
		if s != "" {
			out.WriteString("'" + strings.ReplaceAll(s, "'", `'\''`) + "'")
		}
	}
	for len(arg) > 0 {
		shown, hidden := split(arg)
		literal(arg[:shown])
		if hidden > 0 {
			out.WriteString(`"` + octal(arg[shown:shown+hidden]) + `"`)
		}
		arg = arg[shown+hidden:]
	}
	if out.Len() == 0 {
		return "''"
	}
	return out.String()
}

// Join gives the words of a command line.
func Join(args ...string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = Quote(arg)
	}
	return strings.Join(quoted, " ")
}

// Variable gives the value of an environment variable as one word: "$NAME". What
// is no name of a variable becomes a literal, since a shell would run parts of
// it.
func Variable(name string) string {
	if !isName(name) {
		return Quote("$" + name)
	}
	return `"$` + name + `"`
}

// isBare tells that a shell takes s for itself wherever it stands in a command.
func isBare(s string) bool {
	if s == "" || reserved[s] {
		return false
	}
	for i := range len(s) {
		if !letterOrDigit(s[i]) && strings.IndexByte("_@%+:,./-", s[i]) < 0 && (s[i] != '=' || s[0] != '-') {
			return false // NAME=value at the beginning would be an assignment
		}
	}
	return true
}

// reserved are the words that mean something at the beginning of a command.
var reserved = map[string]bool{
	"case": true, "coproc": true, "do": true, "done": true, "elif": true, "else": true, "esac": true,
	"fi": true, "for": true, "function": true, "if": true, "in": true, "namespace": true,
	"select": true, "then": true, "time": true, "until": true, "while": true,
}

func isName(s string) bool {
	for i := range len(s) {
		if s[i] != '_' && !letterOrDigit(s[i]) || i == 0 && s[i] <= '9' {
			return false
		}
	}
	return s != ""
}

func letterOrDigit(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

// split gives the length of what can be shown at the front of s, and of what
// follows it and cannot.
func split(s string) (shown, hidden int) {
	for shown < len(s) {
		c, size := utf8.DecodeRuneInString(s[shown:])
		if !isShown(c, size) {
			break
		}
		shown += size
	}
	for shown+hidden < len(s) {
		c, size := utf8.DecodeRuneInString(s[shown+hidden:])
		if isShown(c, size) {
			break
		}
		hidden += size
	}
	return shown, hidden
}

func isShown(c rune, size int) bool {
	if c == utf8.RuneError && size == 1 {
		return false
	}
	return c == '\n' || unicode.IsPrint(c)
}

// octal gives the substitution that prints s. Command substitution only drops
// line feeds at the end, and s has none.
func octal(s string) string {
	var out strings.Builder
	for _, b := range []byte(strings.ReplaceAll(s, "\x00", "\u2400")) {
		fmt.Fprintf(&out, `\%03o`, b)
	}
	return `$(printf '` + out.String() + `')`
}
