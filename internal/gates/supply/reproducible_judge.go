package supply

import (
	"cmp"
	"strings"

	"listo/internal/engine/shell"
	"listo/internal/evidence"
)

// verdict names what became of one part; "" when all is identical.
func (o BuiltPart) verdict() (reason string, fails bool) {
	for _, built := range []Built{o.First, o.Second} {
		switch {
		case o.Kind == "" || o.Command == "":
			return "no_build", false
		case built.Offline:
			return "unreachable", false
		case built.Ran && built.Exit != 0:
			return "build_failed", true
		case !built.Ran:
			return "not_built", false
		}
	}
	switch {
	case o.Total > 0 || o.First.Digest != o.Second.Digest:
		return "differs", true
	case o.First.Files == 0 || o.Second.Files == 0:
		return "empty", false
	case o.StaleTotal > 0:
		return "stale", true
	}
	return "", false
}

func judgeReproducible(o Builds, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"parts": len(o.Parts), "part": "", "detail": "", "named": "", "count": 0, "undeclared": few(o.Found.Undeclared)}
	files, committed, reason, failed := 0, 0, "", false
	for _, p := range o.Parts {
		files, committed = files+p.First.Files, committed+p.Committed
		v, fails := p.verdict()
		if v == "" || failed || (reason != "" && !fails) {
			continue
		}
		reason, failed = v, fails
		facts["part"], facts["detail"] = p.Part, cmp.Or(p.First.Detail, p.Second.Detail)
		facts["named"], facts["count"] = few(names(p.Diff)), p.Total
		if v == "stale" {
			facts["named"], facts["count"] = few(names(p.Stale)), p.StaleTotal
		}
	}
	facts["files"], facts["committed"] = files, committed
	switch {
	case failed:
		return evidence.Failed(reason, facts)
	case reason != "":
		return evidence.Undecided(reason, facts)
	case len(o.Found.Undeclared) > 0:
		return evidence.Undecided("undeclared", facts)
	case len(o.Parts) == 0 || files == 0 || o.Found.Tracked == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("identical", facts)
}

func names(all []Changed) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Path)
	}
	return names
}

// Replay gives the lines with which anybody builds the part in a clean clone.
func (o BuiltPart) Replay() string {
	lines := []string{shell.Join("cd", o.Folder)}
	if o.Kind == kindNPM {
		lines = append(lines, "npm ci --ignore-scripts")
	}
	where := o.Output
	if where == "$OUTPUT" {
		lines, where = append(lines, "export OUTPUT=$(mktemp -d)"), `"$OUTPUT"`
	}
	if o.Command != "npm ci" {
		lines = append(lines, o.Command)
	}
	return strings.Join(append(lines, "(cd "+where+" && find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum"), "\n")
}
