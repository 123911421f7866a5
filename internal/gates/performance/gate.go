// Package performance is the gate that asks whether a service keeps its latency
// and its word while many people use it at once.
//
// It knows that most load tests lie in one of seven ways, and how not to: a client
// that waits for a standing service sends nothing that could be slow (so every
// profile is also sent on a fixed schedule, timed from the moment at which a
// request was due); a client that sends a request again hides that it was killed
// (so nothing is sent twice); a fast error flatters a percentile (so only right
// answers have a latency, and what is right was seen before the load); a few
// requests make any percentile come out well (so a share counts only with its
// confidence bound); a warm-up that is discarded hides who is cold to every new user
// (so newcomers are sent before it); one user's right answer may be given to another
// (so what is whose was seen before the load); and a generator out of breath blames
// the service, or nobody (so the instrument is measured too, and what it saw while
// out of breath proves nothing).
//
// It does not know the service's inside, other machines, or what the load of
// production will be: users, pauses and mix are what listo.yaml says. Where it says no
// mix, each documented operation that can be asked at rest is asked, by weights that
// are nobody's experience: derived is better than none, and worse than a person's.
package performance

import (
	_ "embed"

	"listo/internal/evidence"
)

// Report is the file this gate writes.
const Report = "load_results.md"

// The classes of detectors: each is shown a sick twin of its own.
const (
	classSlow        = "performance.slow"
	classStall       = "performance.stall"
	classConnections = "performance.connections"
	classAnswers     = "performance.answers"
	classRecovery    = "performance.recovery"
)

//go:embed words.yaml
var wordsYAML []byte

//go:embed load_results.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "performance",
		Reports:  []string{Report},
		Files:    []string{"load_normal.svg", "load_normal_percentiles.svg", "load_peak.svg", "load_peak_percentiles.svg"},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			// recovery comes last: it asks what the others have left behind as well.
			normal(), peak(), connections(), answers(), recovery(),
		},
		Controls: []evidence.Control{
			evidence.Against(classSlow, normalID, []string{"slow"}, brought(sluggish)),
			evidence.Against(classStall, peakID, []string{"slow"}, brought(stalling)),
			evidence.Against(classConnections, connectionsID, []string{"errors"}, brought(dropping)),
			evidence.Against(classAnswers, answersID, []string{"different"}, brought(lying)),
			evidence.Against(classRecovery, recoveryID, []string{"slower"}, brought(exhausted)),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}

// needs are what every check of this room cannot do without.
func needs() []evidence.Need {
	return []evidence.Need{evidence.NeedService, evidence.Setting("users"), evidence.Setting("peak_users"),
		evidence.Setting("p95_ms"), evidence.Setting("think"), evidence.EitherSetting("mix", "document")}
}
