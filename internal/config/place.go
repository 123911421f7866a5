package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxProblems is how many problems one error shows; the rest is counted.
const maxProblems = 20

// report adds a problem of the value at path.
func (d *decoder) report(n *yaml.Node, path, format string, args ...any) {
	width := utf8.RuneCountInString(n.Value)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		width += 2
	}
	message := fmt.Sprintf(format, args...)
	if path != "" {
		message = shortPath(path) + ": " + message
	}
	d.at(n.Line, n.Column, width, "%s", message)
}

// lacking adds a problem of a value that does not stand in the file: it points
// at the nearest key above it, or at nothing when the whole file lacks it.
func (d *decoder) lacking(path, format string, args ...any) {
	n := d.place(path)
	if n.Line == 0 {
		d.add(Problem{Line: 1, Column: 1, Message: path + ": " + fmt.Sprintf(format, args...)})
		return
	}
	d.report(n, path, format, args...)
}

// place finds the key of a path, or the nearest one above it; line 0 when none.
func (d *decoder) place(path string) *yaml.Node {
	for path != "" {
		if n, ok := d.places[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return &yaml.Node{}
}

// at adds a problem at a place of the file.
func (d *decoder) at(line, column, width int, format string, args ...any) {
	p := Problem{Line: line, Column: column, Width: width, Message: fmt.Sprintf(format, args...)}
	if line >= 1 && line <= len(d.lines) {
		p.Source = d.lines[line-1]
	}
	d.add(p)
}

func (d *decoder) add(p Problem) {
	if len(d.problems) == maxProblems {
		d.more++
		return
	}
	p.File = d.file
	d.problems = append(d.problems, p)
}

// shortPath keeps a path from a hostile file short.
func shortPath(path string) string {
	const longest = 100
	if r := []rune(path); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return path
}
