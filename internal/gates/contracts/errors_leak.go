package contracts

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// errorsLeak asks whether errors keep the service's inside to themselves.
func errorsLeak() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: leakID, Class: classLeak,
		Needs:   []evidence.Need{evidence.NeedService, evidence.NeedManaged, evidence.Setting("document")},
		Reasons: []string{"silent", "leaks", "unanswered", "empty"},
	}, runLeak, judgeLeak)
}

// Leaks is what provoked errors told.
type Leaks struct {
	Provocations int    `json:"provocations"`
	Errors       int    `json:"errors"` // answers that were searched
	Bytes        int    `json:"bytes"`  // of their bodies
	Unanswered   int    `json:"unanswered"`
	Patterns     int    `json:"patterns"`
	Leaking      int    `json:"leaking"` // answers with at least one leak
	Found        []Leak `json:"found,omitempty"`
}

func runLeak(ctx context.Context, b *lab.Bench) (Leaks, error) {
	s, err := begin(ctx, b)
	if err != nil {
		return Leaks{}, err
	}
	s.quiet(ctx)
	defer s.quietly("errors, to be searched")()
	all, err := s.provokeAll(ctx)
	if err != nil {
		return Leaks{}, err
	}
	for _, p := range all {
		if isError(p.answer, p.method) && len(leaksIn(p.answer, p.call, p.line)) > 0 {
			s.shown(p.call, p.answer)
		}
	}
	return leaksOf(all), ctx.Err()
}

func leaksOf(all []provoked) Leaks {
	o := Leaks{Provocations: len(all), Patterns: len(leakPatterns())}
	for _, p := range all {
		if p.answer.Err != nil {
			o.Unanswered++
		}
		if !isError(p.answer, p.method) {
			continue
		}
		o.Errors++
		o.Bytes += len(p.answer.Body)
		found := leaksIn(p.answer, p.call, p.line)
		if len(found) > 0 {
			o.Leaking++
		}
		if len(o.Found) < mostWrong {
			o.Found = append(o.Found, found...)
		}
	}
	return o
}

func judgeLeak(o Leaks, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"errors": o.Errors, "provocations": o.Provocations, "leaking": o.Leaking, "patterns": o.Patterns}
	switch {
	case o.Leaking > 0 || len(o.Found) > 0:
		facts["names"] = some(o.Found, func(l Leak) string { return l.Kind + ": " + l.Excerpt })
		return evidence.Failed("leaks", facts)
	case o.Errors == 0 || o.Patterns == 0:
		return evidence.Undecided("empty", facts)
	case o.Unanswered > 0:
		facts["count"] = o.Unanswered
		return evidence.Undecided("unanswered", facts)
	}
	return evidence.Passed("silent", facts)
}
