package supply

import (
	"fmt"
	"strings"
	"time"

	"listo/internal/engine/advisory"
	"listo/internal/evidence"
)

// Records gives how many records the store matches, of all its ecosystems.
func (o Advisories) Records() (n int) {
	for _, e := range o.Proof.Ecosystems {
		n += e.Loaded
	}
	return n
}

// Newest gives the date of the newest record of the ecosystem that is the
// oldest: what all of them know up to. Zero when one is missing or undated.
func (o Advisories) Newest() time.Time {
	var oldest time.Time
	for i, e := range o.Proof.Ecosystems {
		if i == 0 || e.Newest.Before(oldest) {
			oldest = e.Newest
		}
	}
	return oldest
}

// holds says how many records of what date there are, by ecosystem.
func (o Advisories) holds() string {
	var all []string
	for _, ecosystem := range []string{advisory.NPM, advisory.Go} {
		text := ecosystem + " 0"
		for _, e := range o.Proof.Ecosystems {
			if e.Ecosystem == ecosystem {
				text = fmt.Sprintf("%s %d (%s)", ecosystem, e.Loaded, onDay(e.Newest))
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func onDay(at time.Time) string {
	if at.IsZero() {
		return "?"
	}
	return at.Format(time.DateOnly)
}

// doubts names why the store is not enough.
func (o Advisories) doubts() []string {
	var all []string
	for _, d := range o.Doubts {
		all = append(all, d.Ecosystem+" "+strings.ReplaceAll(d.Kind, "_", "-"))
	}
	return all
}

// AgeDays is the age of the newest record, in days.
func (o Advisories) AgeDays() float64 {
	if o.Newest().IsZero() {
		return 0
	}
	return o.At.Sub(o.Newest()).Hours() / 24
}

func judgeAdvisories(o Advisories, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"asked": o.Asked, "records": o.Records(), "holds": o.holds(), "doubts": few(o.doubts()), "days": int(o.AgeDays()), "blocking": o.Blocking, "total": o.Total,
		"named": few(o.named()), "detail": o.Broken, "undecided": len(o.Undecided), "part": "", "unlinked": len(o.Unlinked), evidence.Replay: "listo db status"}
	f := o.weigh(facts, limits)
	f.Test = o.Proof.Test
	return f
}

// weigh judges: a hit is real whatever the store is worth, the absence of hits is
// worth what the store is.
func (o Advisories) weigh(facts evidence.Facts, limits evidence.Limits) evidence.Finding {
	if o.Blocking > 0 {
		return evidence.Failed("blocked", facts)
	}
	entries := 0
	for _, p := range o.Parts {
		entries += p.Asked
		if p.Error != "" || p.Asked+p.Excluded != p.Entries {
			facts["part"], facts["detail"] = p.Part, p.Error
			return evidence.Undecided("not_read", facts)
		}
	}
	// What is undated is as old as it likes, and hides how old the others are.
	stale := o.AgeDays() > limits["age"] || len(o.Proof.Ecosystems) > 0 && o.Newest().IsZero()
	switch {
	case o.Absent:
		return evidence.Undecided("no_store", facts)
	case o.Broken != "":
		return evidence.Undecided("broken", facts)
	case len(o.Doubts) > 0:
		return evidence.Undecided("partial", facts)
	case stale:
		return evidence.Undecided("stale", facts)
	case len(o.Undecided) > 0:
		facts["detail"] = o.Undecided[0].Package.String() + ": " + o.Undecided[0].Reason
		return evidence.Undecided("undecided", facts)
	case o.Asked == 0 || entries == 0 || o.Records() == 0 || len(o.Ecosystems) == 0 || len(o.Proof.Canaries) == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("clean", facts)
}
