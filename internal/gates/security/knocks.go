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

// outcome tells what an answer means: "" when it is as it should be.
func (k Knock) outcome() string {
	real, believed := k.Kind == ownToken || k.Kind == ownAgain, k.Status/100 == 2
	switch {
	case k.Status == 0:
		return "unanswered"
	case harmless(k.Kind) && believed:
		return "odd"
	case harmless(k.Kind):
		return ""
	case k.Status == 429:
		return "limited"
	case real && !believed:
		return "disowned"
	case real:
		return ""
	case believed || k.Status/100 == 3:
		return "accepted"
	case !refused(k):
		return "unrefused"
	}
	return ""
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
		if k.Hits > 0 {
			s.led = append(s.led, k.Kind)
		}
		switch k.outcome() {
		case "unanswered":
			s.unanswered = true
		case "odd":
			s.odd = append(s.odd, k.Kind)
		case "limited":
			s.limited = true
		case "accepted":
			s.accepted = append(s.accepted, k.Kind)
			s.opened = s.opened || k.Kind == none
		case "unrefused":
			s.unrefused = append(s.unrefused, fmt.Sprintf("%s %d", k.Kind, k.Status))
		case "":
			if k.Kind == ownToken || k.Kind == ownAgain {
				s.own++
			}
		}
	}
	return s
}
