package frontend

import (
	"slices"
	"strings"

	"listo/internal/words"
)

// mostQuoted is how many paths a sentence quotes.
const mostQuoted = 5

// some gives the first paths of several lists, for a sentence.
func some(lists ...Names) []string {
	var all []string
	for _, list := range lists {
		all = slices.Concat(all, list.First)
	}
	return all[:min(len(all), mostQuoted)]
}

func sizeOf(bytes int64) words.Bytes { return words.Bytes(bytes) }

// short gives the first 12 hex digits of a digest, enough for a reader to tell
// two apart; the page shows the whole.
func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}
