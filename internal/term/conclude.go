package term

import (
	"fmt"
	"io"
	"path/filepath"

	"listo/internal/evidence"
	"listo/internal/report"
)

// paint tells whether colours are wanted.
type paint bool

func (p paint) outcome(o evidence.Outcome, text string) string {
	if !p {
		return text
	}
	colour := map[evidence.Outcome]string{evidence.Pass: "32", evidence.Fail: "31", evidence.Unproven: "33"}[o]
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Conclude prints the verdict: on out the word and where the page lies, which a
// program may read; on talk the blockers, for people.
func Conclude(out, talk io.Writer, lookup func(string) (string, bool), v *report.View, bundle string) {
	_, colours := watched(talk, lookup)
	fmt.Fprintln(talk)
	for _, g := range v.Verdict.Gates {
		if len(g.Checks) == 0 {
			why := v.Plain("", "page.go_no_go.unbuilt_gate", nil)
			if g.Excused != "" {
				why = v.Plain("", "cause.excused", map[string]any{"why": g.Excused})
			}
			fmt.Fprintf(talk, "%s %-14s %s\n", colours.outcome(g.Outcome, state(v, g.Outcome, g.Excused, g.Waiting)), g.Gate, why)
		}
		for _, c := range g.Checks {
			if c.Outcome == evidence.Pass {
				continue
			}
			fmt.Fprintf(talk, "%s %s: %s\n", colours.outcome(c.Outcome, state(v, c.Outcome, c.Excused, g.Waiting && c.Finding.Waiting)), c.Check,
				v.GotPlain(g.Gate, c))
		}
	}
	fmt.Fprintln(talk)
	fmt.Fprintf(out, "%s (exit %d)\n%s\n", word(v), v.Verdict.Exit, filepath.Join(bundle, report.ClosingFile))
}

// state gives the symbol and the word of an outcome, as the pages do.
func state(v *report.View, o evidence.Outcome, excused string, waiting bool) string {
	switch {
	case excused != "":
		return "○ " + v.Plain("", "outcome.excused", nil)
	case waiting:
		return "… " + v.Plain("", "outcome.waiting", nil)
	}
	return report.Symbol(o) + " " + v.Plain("", "outcome."+o.String(), nil)
}

func word(v *report.View) string {
	if v.Verdict.Test {
		return v.Plain("", "verdict.test", map[string]any{"word": plainWord(v)})
	}
	return plainWord(v)
}

func plainWord(v *report.View) string {
	switch v.Verdict.Word {
	case evidence.GoTest:
		return v.Plain("", "verdict.go_test", nil)
	case evidence.Go:
		return v.Plain("", "verdict.go", nil)
	case evidence.GoReduced:
		return v.Plain("", "verdict.reduced", nil)
	}
	return v.Plain("", "verdict.nogo", nil)
}
