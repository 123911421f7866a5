package advisory

import (
	"cmp"
	"slices"
	"strings"

	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// Level is how grave a vulnerability is.
type Level string

// The levels. The words low to critical are those of CVSS.
const (
	LevelNone      Level = "none"
	LevelLow       Level = "low"
	LevelMedium    Level = "medium"
	LevelUnknown   Level = "unknown" // nobody rated it
	LevelHigh      Level = "high"
	LevelCritical  Level = "critical"
	LevelMalicious Level = "malicious" // the package was made to do harm
)

// rank orders the levels by what they mean for a release: what nobody rated
// stands with the high ones.
func (l Level) rank() int {
	return slices.Index([]Level{LevelNone, LevelLow, LevelMedium, LevelUnknown, LevelHigh, LevelCritical, LevelMalicious}, l)
}

// AtLeastHigh tells of high, critical, malicious, and of what nobody rated.
func (l Level) AtLeastHigh() bool { return l.rank() >= LevelUnknown.rank() }

// Rating is one source's word on the severity.
type Rating struct {
	Record string  `json:"record"` // whose rating it is
	Source string  `json:"source"` // CVSS_V4, CVSS_V3 or database
	Vector string  `json:"vector,omitempty"`
	Score  float64 `json:"score,omitempty"` // the CVSS base score, 0 to 10
	Level  Level   `json:"level"`           // unknown when the vector cannot be read
}

// Severity is the gravest rating, with all of them.
type Severity struct {
	Level   Level    `json:"level"`
	Ratings []Rating `json:"ratings,omitempty"`
	// Disputed says that the ratings give different levels; the gravest counts.
	Disputed bool `json:"disputed,omitempty"`
}

// rate reads a CVSS vector as OSV gives it, version 3.0, 3.1 or 4.0.
func rate(record, source, vector string) Rating {
	r := Rating{Record: record, Source: source, Vector: vector, Level: LevelUnknown}
	var err error
	switch {
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		var v *gocvss30.CVSS30
		if v, err = gocvss30.ParseVector(vector); err == nil {
			r.Score = v.BaseScore()
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		var v *gocvss31.CVSS31
		if v, err = gocvss31.ParseVector(vector); err == nil {
			r.Score = v.BaseScore()
		}
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		var v *gocvss40.CVSS40
		if v, err = gocvss40.ParseVector(vector); err == nil {
			r.Score = v.Score()
		}
	default:
		return r
	}
	if err == nil {
		r.Level = levelOf(r.Score)
	}
	return r
}

// levelOf is CVSS's qualitative scale (v3.1 section 5, the same in v4.0).
func levelOf(score float64) Level {
	switch {
	case score >= 9:
		return LevelCritical
	case score >= 7:
		return LevelHigh
	case score >= 4:
		return LevelMedium
	case score > 0:
		return LevelLow
	}
	return LevelNone
}

// levelNamed reads a database's own word.
func levelNamed(word string) Level {
	switch strings.ToUpper(word) {
	case "LOW":
		return LevelLow
	case "MODERATE", "MEDIUM":
		return LevelMedium
	case "HIGH":
		return LevelHigh
	case "CRITICAL":
		return LevelCritical
	}
	return LevelUnknown
}

// severity takes the gravest of the ratings. Unknown is not one of them as long
// as another source knows.
func severity(ratings []Rating, malicious bool) Severity {
	ratings = slices.Clone(ratings)
	slices.SortFunc(ratings, func(a, b Rating) int {
		return cmp.Or(cmp.Compare(b.Level.rank(), a.Level.rank()), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Vector, b.Vector))
	})
	ratings = slices.Compact(ratings)
	s := Severity{Level: LevelUnknown, Ratings: ratings}
	known := false
	for _, r := range ratings {
		if r.Level == LevelUnknown {
			continue
		}
		if !known {
			s.Level, known = r.Level, true
		}
		s.Disputed = s.Disputed || r.Level != s.Level
	}
	if malicious {
		s.Level = LevelMalicious
	}
	return s
}
