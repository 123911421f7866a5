package secrets

import (
	_ "embed" // the list of known defaults
	"encoding/base64"
	"encoding/hex"
	"strings"
)

//go:embed defaults.txt
var defaultsFile string

// triedDefaults is how many of the list are tried as keys against the running
// service: enough to see a service that falls back on one, few enough not to
// look like an attack to its rate limit.
const triedDefaults = 20

// knownDefaults lists values that everybody knows, the commonest first.
func knownDefaults() []string {
	var all []string
	for line := range strings.Lines(defaultsFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// isKnownDefault tells whether the value is one that everybody knows: as it
// stands, repeated until it is long enough, or written in base64 or hex.
func isKnownDefault(value string) bool {
	known := map[string]bool{}
	for _, d := range knownDefaults() {
		known[bare(d)] = true
	}
	for _, reading := range readings(value) {
		text := bare(reading)
		if 2*len(text) < len(reading) {
			continue // mostly signs: the few letters between them do not make it known
		}
		if known[text] || known[unit(text)] {
			return true
		}
	}
	return false
}

// readings are the value and what it is when it was written in base64 or hex.
func readings(value string) []string {
	value = strings.TrimSpace(value)
	all := []string{value}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(value); err == nil {
			all = append(all, string(b))
		}
	}
	if b, err := hex.DecodeString(value); err == nil {
		all = append(all, string(b))
	}
	return all
}

// bare is a text without case and without what people put between words.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r > 127:
			return r
		}
		return -1
	}, s)
}

// unit is the shortest text that gives s when it is repeated, the last time
// perhaps cut short; s itself when it does not repeat. Of a long one its first
// part tells.
func unit(s string) string {
	s = s[:min(len(s), mostEstimated)]
	for n := 1; n <= len(s)/2; n++ {
		if strings.HasPrefix(s[n:], s[:len(s)-n]) {
			return s[:n]
		}
	}
	return s
}
