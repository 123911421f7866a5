package config

import "strings"

// nearest gives the known word that was most likely meant, or "". Up to a third
// of the letters may be wrong; a swap of two neighbours counts as one mistake.
func nearest(word string, known []string) string {
	const longest = 80 // longer words are no slip of the pen
	if len(word) > longest {
		return ""
	}
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	best, fewest := "", max(1, len(word)/3)+1
	for _, k := range known {
		if len(k) > longest {
			continue
		}
		if n := mistakes(plain(word), plain(k)); n < fewest {
			best, fewest = k, n
		}
	}
	return best
}

// mistakes is the optimal string alignment distance: insertions, deletions,
// replacements and swaps of neighbours that turn a into b.
func mistakes(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			differs := 1
			if a[i] == b[j] {
				differs = 0
			}
			row[j+1] = min(last[j]+differs, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// hint ends a message about an unknown word: the word that was meant, or all
// words when they are few. A problem that will not be shown gets none, so that a
// file of a hundred thousand unknown words takes no minute.
func (d *decoder) hint(word string, known []string) string {
	const few = 20
	if len(d.problems) >= maxProblems {
		return ""
	}
	if meant := nearest(word, known); meant != "" {
		return "did you mean " + meant + "?"
	}
	if len(known) > 0 && len(known) <= few {
		return "the right ones are " + strings.Join(known, ", ")
	}
	return "delete it"
}
