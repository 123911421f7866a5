package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// filled is a value whose variables were looked up.
type filled struct {
	text  string
	names []string // the variables that stand in it
	unset []string // those without a value and without a default
}

var errTooMuch = errors.New("the variables of this file fill more than 4 MiB: shorten them")

// fill replaces ${NAME} by the variable's value, ${NAME:-default} by the
// default when the variable is unset or empty (as POSIX shells do), and $$ by a
// dollar. Any other dollar is itself. The result may hold room bytes at most.
func fill(raw string, room int, lookup func(string) (string, bool)) (filled, error) {
	var f filled
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(raw, "$")
		out.WriteString(before)
		if !found {
			f.text = out.String()
			return f, nil
		}
		switch {
		case strings.HasPrefix(rest, "$"):
			out.WriteByte('$')
			raw = rest[1:]
		case strings.HasPrefix(rest, "{"):
			inner, after, closed := strings.Cut(rest[1:], "}")
			if !closed {
				return f, errors.New("${ is not closed: write } behind the name, or $${ for the characters themselves")
			}
			value, err := f.variable(inner, lookup)
			if err != nil {
				return f, err
			}
			out.WriteString(value)
			raw = after
		default:
			out.WriteByte('$')
			raw = rest
		}
		if out.Len() > room {
			return f, errTooMuch
		}
	}
}

// variable gives the value for what stands between ${ and }.
func (f *filled) variable(inner string, lookup func(string) (string, bool)) (string, error) {
	name, preset, hasPreset := strings.Cut(inner, ":-")
	if !isVariable(name) {
		return "", fmt.Errorf("%s is not the name of a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves", shortened(name))
	}
	if strings.Contains(preset, "${") {
		return "", fmt.Errorf("the default of ${%s} holds another variable: write it without", name)
	}
	f.names = append(f.names, name)
	value, _ := lookup(name)
	switch {
	case value != "":
		return value, nil
	case !hasPreset && !slices.Contains(f.unset, name):
		f.unset = append(f.unset, name)
	}
	return preset, nil
}

// isVariable tells whether s is a name as POSIX shells and dotenv files allow it.
func isVariable(s string) bool {
	for i, r := range s {
		letter := r == '_' || (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z')
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
