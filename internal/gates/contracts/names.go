package contracts

import (
	"strings"

	"listo/internal/engine/openapi"
)

// mostQuoted is how many names a sentence quotes.
const mostQuoted = 5

// some gives the first names, for a sentence.
func some[T any](all []T, name func(T) string) []string {
	if len(all) == 0 {
		return []string{"–"}
	}
	var names []string
	for _, one := range all[:min(len(all), mostQuoted)] {
		names = append(names, name(one))
	}
	return names
}

// place is where an operation stands in the document, as editors open it.
func place(b *Settings, o *openapi.Operation) string { return b.Document + ":" + o.At.String() }

// share is n of all in percent; 0 of nothing.
func share(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) * 100 / float64(all)
}

// block joins lines for a page, each once.
func block[T any](all []T, line func(T) string) string {
	var lines []string
	seen := map[string]bool{}
	for _, one := range all {
		if l := line(one); l != "" && !seen[l] {
			seen[l] = true
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
