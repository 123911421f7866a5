package security

import (
	"fmt"
	nethttp "net/http"
	"slices"
)

// refused tells whether a token was refused as it should be. A request
// that is malformed as a whole may be 400 (RFC 6750, section 3.1).
func refused(k Knock) bool {
	malformed := slices.Contains([]string{"basic", "empty", "garbage", "cut", "in_query"}, k.Kind)
	return k.Status == nethttp.StatusUnauthorized || k.Status == nethttp.StatusForbidden || (k.Status == nethttp.StatusBadRequest && malformed)
}

// knocks sums the answers up.
type knocks struct {
	accepted, unrefused         []string
	odd                         []string // believed, which harms nobody by itself
	led                         []string // went where the token said
	kinds                       map[string]bool
	limited, unanswered, opened bool
	own                         int // how often the real token was believed
}

func sortKnocks(all []Knock) knocks {
	s := knocks{kinds: map[string]bool{}}
	for _, k := range all {
		s.kinds[k.Kind] = true
		real, believed := k.Kind == ownToken || k.Kind == ownAgain, k.Status/100 == 2
		if k.Hits > 0 {
			s.led = append(s.led, k.Kind)
		}
		switch {
		case k.Status == 0:
			s.unanswered = true
		case harmless(k.Kind):
			if believed {
				s.odd = append(s.odd, k.Kind)
			}
		case k.Status == 429:
			s.limited = true
		case real && believed:
			s.own++
		case real:
		case believed || k.Status/100 == 3:
			s.accepted = append(s.accepted, k.Kind)
			s.opened = s.opened || k.Kind == none
		case !refused(k):
			s.unrefused = append(s.unrefused, fmt.Sprintf("%s %d", k.Kind, k.Status))
		}
	}
	return s
}
