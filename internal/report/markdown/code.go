package markdown

import (
	"regexp"
	"strings"
)

// Code gives s as code inside a line, or in a cell of a table. Line ends are
// shown as \n. An empty s gives nothing, since Markdown has no empty code.
//
// A | cannot stand in code both inside a table and outside; so it stands between
// two pieces of code, where both read the same.
func Code(s string) Safe {
	s = strings.ReplaceAll(Clean(s), "\n", `\n`)
	var out strings.Builder
	for i, piece := range strings.Split(s, "|") {
		if i > 0 {
			out.WriteString("&#124;")
		}
		if piece != "" {
			out.WriteString(span(piece))
		}
	}
	return Safe(out.String())
}

// span fences one line with a run of backticks that it does not contain
// (CommonMark, 6.1). Markdown strips one blank from both ends of code, so where
// that would hurt another is added.
func span(s string) string {
	fence := strings.Repeat("`", shortestMissing(s))
	touching := strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`")
	blanks := strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") && strings.Trim(s, " ") != ""
	if touching || blanks {
		s = " " + s + " "
	}
	return fence + s + fence
}

var backticks = regexp.MustCompile("`+")

// shortestMissing gives the length of the shortest run of backticks that s does
// not contain.
func shortestMissing(s string) int {
	has := map[int]bool{}
	for _, run := range backticks.FindAllString(s, -1) {
		has[len(run)] = true
	}
	n := 1
	for has[n] {
		n++
	}
	return n
}

// Fence gives s as a block of code, from its own line to its own line, inside a
// fence longer than any run of backticks or tildes in it (CommonMark, 4.5). lang
// names the syntax for colouring; one that a viewer would draw as a picture, or
// that is no plain word, is left out.
func Fence(lang, s string) Safe {
	if !language.MatchString(lang) || drawn[lang] {
		lang = ""
	}
	s = Clean(s)
	longest := 2
	for _, run := range fences.FindAllString(s, -1) {
		longest = max(longest, len(run))
	}
	fence := strings.Repeat("`", longest+1)
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return Safe(fence + lang + "\n" + s + fence + "\n")
}

var (
	fences   = regexp.MustCompile("`+|~+")
	language = regexp.MustCompile(`^[a-z][a-z0-9+-]{0,19}$`)
	// drawn are the languages that GitHub renders instead of showing.
	drawn = map[string]bool{"mermaid": true, "geojson": true, "topojson": true, "stl": true, "math": true}
)
