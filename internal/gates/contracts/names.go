package contracts

import (
	"fmt"

	"listo/internal/engine/openapi"
)

// mostQuoted is how many names a sentence quotes.
const mostQuoted = 5

// some gives the first names, for a sentence.
func some[T any](all []T, name func(T) string) []string {
	var names []string
	for _, one := range all[:min(len(all), mostQuoted)] {
		names = append(names, name(one))
	}
	if len(all) > mostQuoted {
		names = append(names, fmt.Sprintf("… (+%d)", len(all)-mostQuoted))
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
