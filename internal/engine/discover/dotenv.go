package discover

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// EnvFile is a dotenv file: the names in it, in its order, never a value.
type EnvFile struct {
	File  string
	Names []string
	// Template tells that it is an example to be copied, not where values live.
	Template bool
}

// The dotenv files that are read, in the order in which they count: later ones
// win.
func envNames() []string { return []string{".env", ".env.development", ".env.example"} }

// envFiles reads the dotenv files at the root and in the service's directory.
func (t *tree) envFiles(directory string) []EnvFile {
	var all []EnvFile
	for _, folder := range slices.Compact([]string{".", directory}) {
		for _, base := range envNames() {
			name := path.Join(folder, base)
			if !t.has(name) {
				continue
			}
			src, ok := t.read(name, maxFile)
			if !ok {
				continue
			}
			names, err := variableNames(string(src))
			if err != nil {
				t.warn(name, err.Error())
			}
			all = append(all, EnvFile{File: name, Names: names, Template: base == ".env.example"})
		}
	}
	return all
}

var assignment = regexp.MustCompile(`^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]{0,99})[ \t]*=[ \t]*(.*)$`)

// variableNames gives the names that a dotenv file assigns. It follows quoted
// values over their lines and stops at the first line that it cannot read: what
// follows an unclosed quote may be part of a secret that looks like a name.
func variableNames(src string) ([]string, error) {
	var names []string
	rest := strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n")
	for number := 1; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		found := assignment.FindStringSubmatch(line)
		bare := strings.TrimSpace(line)
		switch {
		case bare == "" || bare[0] == '#':
			rest = after
			number++
			continue
		case found == nil:
			return names, fmt.Errorf("line %d is neither KEY=value nor a comment: the names behind it were left out", number)
		}
		taken, ok := quoted(rest[len(line)-len(found[2]):])
		if !ok {
			return names, fmt.Errorf("line %d opens a quote that is never closed: the names behind it were left out", number)
		}
		if !slices.Contains(names, found[1]) {
			names = append(names, found[1])
		}
		value := len(line) - len(found[2]) + taken
		end := strings.IndexByte(rest[value:], '\n')
		if end < 0 {
			break
		}
		number += strings.Count(rest[:value+end+1], "\n")
		rest = rest[value+end+1:]
	}
	return names, nil
}

// quoted gives the length of the quoted value that s begins with, 0 when it
// begins with none, and false when the quote is never closed.
func quoted(s string) (length int, closed bool) {
	if s == "" || (s[0] != '"' && s[0] != '\'') {
		return 0, true
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == s[0]:
			return i + 1, true
		}
	}
	return 0, false
}
