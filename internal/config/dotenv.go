package config

import (
	"fmt"
	"strings"
)

// EnvError is a line of an env file that cannot be read. It never holds any of
// the file's text: every part of it may be a secret.
type EnvError struct {
	File         string
	Line, Column int // from 1; columns in characters
	Message      string
}

// Error gives "file:line:column: message".
func (e *EnvError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", printable(e.File), e.Line, e.Column, e.Message)
}

// ParseEnv reads an env file: lines of KEY=value, where the last one of a key
// wins. It reads what most services' own readers read alike:
//
//   - blank lines, lines that begin with #, a leading "export ", blanks around
//     the equals sign, CRLF line ends and a byte order mark;
//   - unquoted values up to the end of the line or to a # after a blank, without
//     the blanks around them; a dollar is a dollar;
//   - 'single quotes', nothing in them is special;
//   - "double quotes", in which \n, \", \\ and \$ are escapes and any other
//     backslash is itself.
//
// Quoted values may run over several lines. The error is an *EnvError.
func ParseEnv(file string, src []byte) (map[string]string, error) {
	e := envReader{file: file, line: 1, column: 1}
	if line, column, found := notText(src); found {
		e.line, e.column = line, column
		return nil, e.wrong("not a text file: write it again as UTF-8 without control characters")
	}
	text := strings.ReplaceAll(string(withoutMark(src)), "\r\n", "\n")
	e.rest = []rune(text)
	values := map[string]string{}
	for e.skip(" \t\n"); len(e.rest) > 0; e.skip(" \t\n") {
		if e.rest[0] == '#' {
			e.until("\n")
			continue
		}
		key, value, err := e.assignment()
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// envReader reads an env file from left to right.
type envReader struct {
	file         string
	rest         []rune
	line, column int
}

func (e *envReader) wrong(message string) error {
	return &EnvError{e.file, e.line, e.column, message}
}

// next takes one character.
func (e *envReader) next() rune {
	r := e.rest[0]
	e.rest = e.rest[1:]
	e.column++
	if r == '\n' {
		e.line, e.column = e.line+1, 1
	}
	return r
}

func (e *envReader) ahead(c rune) bool { return len(e.rest) > 0 && e.rest[0] == c }

func (e *envReader) skip(set string) {
	for len(e.rest) > 0 && strings.ContainsRune(set, e.rest[0]) {
		e.next()
	}
}

// until takes the characters before the first one of set.
func (e *envReader) until(set string) string {
	n := 0
	for n < len(e.rest) && !strings.ContainsRune(set, e.rest[n]) {
		n++
	}
	taken := string(e.rest[:n])
	e.rest, e.column = e.rest[n:], e.column+n
	return taken
}

func (e *envReader) assignment() (key, value string, err error) {
	begin := *e
	key = e.until("= \t\n")
	if e.skip(" \t"); key == "export" && !e.ahead('=') {
		begin = *e
		key = e.until("= \t\n")
		e.skip(" \t")
	}
	switch {
	case !isVariable(key):
		return "", "", begin.wrong("not the name of a variable: begin the line with KEY=, or with # for a comment")
	case !e.ahead('='):
		return "", "", e.wrong("no = behind the name: write KEY=value")
	}
	e.next()
	from := e.column
	e.skip(" \t")
	switch {
	case e.ahead('\''):
		value, err = e.single()
	case e.ahead('"'):
		value, err = e.double()
	default:
		return key, e.unquoted(e.column > from), nil
	}
	if err != nil {
		return "", "", err
	}
	if e.skip(" \t"); len(e.rest) > 0 && !e.ahead('\n') && !e.ahead('#') {
		return "", "", e.wrong("text behind the closing quote: put all of the value between the quotes")
	}
	e.until("\n")
	return key, value, nil
}

// unquoted takes the rest of the line up to a comment; blank tells that a blank
// stood before it.
func (e *envReader) unquoted(blank bool) string {
	value := e.until("\n")
	for i, r := range value {
		if r == '#' && blank {
			value = value[:i]
			break
		}
		blank = r == ' ' || r == '\t'
	}
	return strings.Trim(value, " \t\r")
}

func (e *envReader) single() (string, error) {
	open := *e
	e.next()
	var out strings.Builder
	for len(e.rest) > 0 {
		r := e.next()
		if r == '\'' {
			return out.String(), nil
		}
		out.WriteRune(r)
	}
	return "", open.wrong("the quote is not closed: write ' at the end of the value")
}

func (e *envReader) double() (string, error) {
	open := *e
	e.next()
	var out strings.Builder
	for len(e.rest) > 0 {
		r := e.next()
		switch {
		case r == '"':
			return out.String(), nil
		case r == '\\' && len(e.rest) > 0 && strings.ContainsRune(`n"\$`, e.rest[0]):
			if r = e.next(); r == 'n' {
				r = '\n'
			}
		}
		out.WriteRune(r)
	}
	return "", open.wrong(`the quote is not closed: write " at the end of the value`)
}
