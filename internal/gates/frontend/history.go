package frontend

import (
	"context"

	"listo/internal/evidence"
	"listo/internal/lab"
)

// history asks git whether the frontend is what it was at a named revision.
func history() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: historyID, Class: classHistory,
		Needs: []evidence.Need{evidence.NeedGit, evidence.Setting("directory"), evidence.Setting("base_revision")},
		Reasons: []string{"unchanged", "changed", "unrelated", "no_git", "no_repository", "no_revision",
			"shallow", "moving", "untracked", "hidden"},
	}, runHistory, judgeHistory)
}

// History is what git tells of the frontend since the base revision.
type History struct {
	Git        bool   `json:"git"`        // the program is there
	Repository bool   `json:"repository"` // listo.yaml lies in a work tree that git opens
	Detail     string `json:"detail,omitempty"`
	Base       string `json:"base"`   // as set
	Commit     string `json:"commit"` // what it names; empty when it names none
	// Fixed tells that the base is a tag or a commit's own hash. A branch moves
	// along with the work and would compare it with itself.
	Fixed    bool     `json:"fixed"`
	Shallow  bool     `json:"shallow"`  // the clone lacks older commits
	Ancestor bool     `json:"ancestor"` // the base lies in the past of HEAD
	Sources  []Source `json:"sources,omitempty"`
	// Changed are paths that differ from the base, with git's letter before them;
	// Untracked are files that git does not know and does not ignore; Hidden are
	// files that git was told not to look at (assume-unchanged, skip-worktree).
	Changed   Names `json:"changed"`
	Untracked Names `json:"untracked"`
	Hidden    Names `json:"hidden"`
}

// Source is one path whose history counts.
type Source struct {
	Path  string `json:"path"`
	Files int    `json:"files"` // at the base revision
}

func runHistory(ctx context.Context, b *lab.Bench) (History, error) {
	g := git{b: b, dir: b.Config.Folder}
	o := History{Base: settings(b).BaseRevision}
	if err := g.place(ctx, &o); err != nil || !o.Repository {
		return o, err
	}
	if err := g.base(ctx, &o); err != nil || o.Commit == "" {
		return o, err
	}
	return o, g.since(ctx, &o, settings(b).sources())
}

func judgeHistory(o History, _ evidence.Limits) evidence.Finding {
	files, unknown := 0, Names{}
	for _, s := range o.Sources {
		files += s.Files
		if s.Files == 0 {
			unknown.First = append(unknown.First, s.Path)
		}
	}
	facts := evidence.Facts{
		"base": o.Base, "commit": short(o.Commit), "detail": o.Detail, "files": files, "sources": sourcePaths(o.Sources),
		"changed": o.Changed.Count, "untracked": o.Untracked.Count, "hidden": some(o.Hidden),
		"names": some(o.Changed, o.Untracked), "unknown": some(unknown),
	}
	switch {
	case !o.Git:
		return evidence.Undecided("no_git", facts)
	case !o.Repository:
		return evidence.Undecided("no_repository", facts)
	case o.Shallow && (o.Commit == "" || !o.Ancestor):
		return evidence.Undecided("shallow", facts)
	case o.Commit == "":
		return evidence.Undecided("no_revision", facts)
	case !o.Fixed:
		return evidence.Undecided("moving", facts)
	case !o.Ancestor:
		return evidence.Failed("unrelated", facts)
	case o.Changed.Count+o.Untracked.Count > 0:
		return evidence.Failed("changed", facts)
	case o.Hidden.Count > 0:
		return evidence.Undecided("hidden", facts)
	case len(o.Sources) == 0 || len(unknown.First) > 0:
		return evidence.Undecided("untracked", facts)
	}
	return evidence.Passed("unchanged", facts)
}

func sourcePaths(all []Source) []string {
	var paths []string
	for _, s := range all {
		paths = append(paths, s.Path)
	}
	return paths
}
