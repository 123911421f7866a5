package supply

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"listo/internal/engine/runtimes"
	"listo/internal/evidence"
)

// at gives the runtimes found in one place.
func (r RuntimePart) at(where string) (found []Running) {
	for _, run := range r.Runs {
		if run.Where == where {
			found = append(found, run)
		}
	}
	return found
}

// runtimeComplaint is what one part has against itself.
type runtimeComplaint struct {
	reason string
	fails  bool
	named  string
}

// complaints lists what is wrong with one part, the gravest first.
func (r RuntimePart) complaints() []runtimeComplaint {
	var red, open []runtimeComplaint
	for _, run := range r.Runs {
		text := run.Version + " (" + run.Where + ", " + cmp.Or(run.State, "?") + ")"
		switch {
		case run.Fit:
		case run.State == "" || run.State == string(runtimes.Unknown):
			open = append(open, runtimeComplaint{"unknown", false, text})
		default:
			red = append(red, runtimeComplaint{"ended", true, text})
		}
	}
	for _, d := range r.Declared {
		text := d.Where + ": " + d.Text
		switch {
		case d.Floats:
			red = append(red, runtimeComplaint{"floating", true, text})
		case d.Error != "":
			open = append(open, runtimeComplaint{"unreadable", false, text + ": " + d.Error})
		case r.Kind == kindNPM && len(d.Fit) == 0 && len(r.Runs) > 0:
			red = append(red, runtimeComplaint{"ended", true, text})
		case !d.Admits:
			red = append(red, runtimeComplaint{"conflict", true, fmt.Sprintf("%s, %s", text, d.Refused)})
		}
	}
	if len(r.Drift) > 0 {
		red = append(red, runtimeComplaint{"drifted", true, few(r.Drift)})
	}
	if r.Kind == kindNPM && len(r.Declared) == 0 {
		red = append(red, runtimeComplaint{"undeclared_runtime", true, "package.json"})
	}
	return append(red, append(open, r.unseen()...)...)
}

// unseen lists what could not be looked at.
func (r RuntimePart) unseen() (all []runtimeComplaint) {
	switch {
	case r.Kind == "":
		all = append(all, runtimeComplaint{"unreadable", false, "package.json, go.mod"})
	case r.Serves && len(r.at(whereProcess)) == 0 && r.Error == "" && len(r.Programs) > 0:
		all = append(all, runtimeComplaint{"other_program", false, few(r.Programs)})
	case r.Error != "" || len(r.at(whereBuild)) == 0 || r.Serves && len(r.at(whereProcess)) == 0:
		all = append(all, runtimeComplaint{"unseen", false, cmp.Or(r.Error, "–")})
	}
	return all
}

func judgeRuntime(o Runtime, limits evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"parts": len(o.Parts), "part": "", "named": "", "today": o.Today.Format(time.DateOnly), "running": few(o.running()),
		"taken": o.Node.Taken.Format(time.DateOnly), "age": max(o.Node.AgeDays, o.Go.AgeDays)}
	var first *runtimeComplaint
	for _, p := range o.Parts {
		for _, c := range p.complaints() {
			if first == nil || c.fails && !first.fails {
				first = &c
				facts["part"], facts["named"] = p.Part, c.named
			}
		}
	}
	switch {
	case first != nil && first.fails:
		return evidence.Failed(first.reason, facts)
	case first != nil:
		return evidence.Undecided(first.reason, facts)
	case len(o.Parts) == 0 || o.Node.Taken.IsZero() || o.Go.Taken.IsZero():
		return evidence.Undecided("nothing", facts)
	case float64(max(o.Node.AgeDays, o.Go.AgeDays)) > limits["schedule_age"]:
		return evidence.Undecided("schedule_old", facts)
	}
	return evidence.Passed("supported", facts)
}

// running gives every runtime found, for a sentence.
func (o Runtime) running() []string {
	var all []string
	for _, p := range o.Parts {
		for _, r := range p.Runs {
			kind := "Node "
			if p.Kind == kindGo {
				kind = ""
			}
			all = append(all, filepath.ToSlash(p.Part)+" "+kind+r.Version)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
