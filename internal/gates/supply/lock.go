package supply

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"listo/internal/engine/lockfile"
	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// lock asks whether the locks pin every byte, and say what the manifests ask for.
func lock() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: lockID, Class: lockID, Needs: needs(),
		Reasons: []string{"pinned", "unpinned", "foreign", "hosts", "out_of_sync", "no_lock", "unreadable", "undeclared", "nothing"},
	}, runLock, judgeLock)
}

// Lock is what the locks of all parts say.
type Lock struct {
	Found Found        `json:"found"`
	Parts []LockedPart `json:"parts,omitempty"`
}

// LockedPart is one part's lock.
type LockedPart struct {
	Part   string           `json:"part"`
	Kind   string           `json:"kind,omitempty"` // npm or go; "" when the folder holds no manifest
	File   string           `json:"file,omitempty"` // "" when there is no lock
	Format int              `json:"format,omitempty"`
	Error  string           `json:"error,omitempty"` // why it cannot be read
	Counts lockfile.Summary `json:"counts"`
	Asked  int              `json:"asked"` // what the manifest itself asks for
	// Neighbours are modules taken from a folder of the same commit, which pins them.
	Neighbours int `json:"neighbours,omitempty"`
	// Problems are the first of Total.
	Problems []LockProblem `json:"problems,omitempty"`
	Total    int           `json:"total"`
	// Reasons counts all of them under the reason that each gives.
	Reasons map[string]int `json:"reasons,omitempty"`
}

// LockProblem is one thing in a lock that weakens what it pins.
type LockProblem struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Line   int    `json:"line,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// otherLocks are locks that this room cannot read.
var otherLocks = []string{"yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}

func runLock(ctx context.Context, b *lab.Bench) (Lock, error) {
	all := parts(b)
	found, err := look(ctx, b, all, slices.Concat([]string{"package-lock.json", "npm-shrinkwrap.json", "go.mod"}, otherLocks)...)
	o := Lock{Found: found}
	if err != nil {
		return o, err
	}
	for _, p := range all {
		o.Parts = append(o.Parts, readLock(ctx, b, p))
	}
	return o, nil
}

func readLock(ctx context.Context, b *lab.Bench, p part) LockedPart {
	l := LockedPart{Part: p.Name, Kind: p.kind}
	var problems []lockfile.Problem
	var err error
	switch p.kind {
	case kindNPM:
		problems, err = l.npm(b, p)
	case kindGo:
		problems, err = l.goModule(ctx, b, p)
	default:
		err = errors.New("supply: the folder holds neither package.json nor go.mod")
	}
	if err != nil {
		l.Error = readable(err.Error())
	}
	l.Total = len(problems)
	for _, problem := range problems {
		if l.Reasons == nil {
			l.Reasons = map[string]int{}
		}
		l.Reasons[reasonOf(string(problem.Kind))]++
	}
	slices.SortStableFunc(problems, func(a, b lockfile.Problem) int { return gravity(string(a.Kind)) - gravity(string(b.Kind)) })
	for _, problem := range problems[:min(len(problems), 20)] {
		l.Problems = append(l.Problems, LockProblem{string(problem.Kind), readable(problem.Name), problem.Line, readable(problem.Detail)})
	}
	return l
}

// lockName gives the lock that npm reads: a shrinkwrap goes first
// (docs.npmjs.com, npm-shrinkwrap.json).
func lockName(folder string) string {
	for _, name := range []string{"npm-shrinkwrap.json", "package-lock.json"} {
		if exists(folder, name) {
			return name
		}
	}
	return ""
}

// npmLock reads an npm part's lock and manifest. The record names the files.
func npmLock(b *lab.Bench, p part, folder string) (*lockfile.NPM, *lockfile.Project, error) {
	name := lockName(folder)
	if name == "" {
		return nil, nil, fmt.Errorf("supply: %s has no package-lock.json: %w", p.Name, os.ErrNotExist)
	}
	touch := b.Touch("file", "cat "+shell.Quote(filepath.ToSlash(filepath.Join(p.Directory, name))))
	src, err := read(folder, name)
	if err != nil {
		touch.End(0, err)
		return nil, nil, err
	}
	touch.Capture(p.Name+" "+name, "application/json", src, true)
	touch.End(0, nil)
	lock, err := lockfile.ParseNPM(name, src)
	if err != nil {
		return nil, nil, err
	}
	src, err = read(folder, "package.json")
	if err != nil {
		return lock, nil, err
	}
	project, err := lockfile.ParseProject("package.json", src)
	return lock, project, err
}

func (l *LockedPart) npm(b *lab.Bench, p part) ([]lockfile.Problem, error) {
	if l.File = lockName(p.folder); l.File == "" {
		return nil, nil
	}
	lock, project, err := npmLock(b, p, p.folder)
	if err != nil {
		return nil, err
	}
	l.Format, l.Counts, l.Asked = lock.Format, lockfile.Summarize(lock.Packages), len(project.Wants)
	problems := append(lock.Problems(), lock.OutOfSync(project)...)
	for _, entry := range lock.Packages {
		if entry.Host != "" && !slices.Contains(settings(b).Registries, entry.Host) {
			problems = append(problems, lockfile.Problem{Kind: hostNamed, Name: entry.Name, Line: entry.Line, Detail: entry.Host})
		}
	}
	return problems, nil
}

// hostNamed is this room's own sort of problem: a lock that names a host which
// nobody allowed works nowhere else, and hides from whom the bytes come.
const hostNamed lockfile.Kind = "host"

func (l *LockedPart) goModule(ctx context.Context, b *lab.Bench, p part) ([]lockfile.Problem, error) {
	lock, err := goLock(b, p, p.folder)
	if err != nil {
		return nil, err
	}
	l.File, l.Counts, l.Asked = "go.sum", lockfile.Summarize(lock.Packages), len(lock.DependsOn)
	_, folders, err := neighbours(ctx, b, p)
	if err != nil {
		return nil, err
	}
	problems := lock.Problems()
	others := ofTheRepository(p, folders, problems)
	l.Neighbours = len(problems) - len(others)
	return others, nil
}

// goLock reads go.mod and go.sum; a module without requirements has no go.sum.
func goLock(b *lab.Bench, p part, folder string) (*lockfile.Go, error) {
	touch := b.Touch("file", "cat "+shell.Quote(filepath.ToSlash(filepath.Join(p.Directory, "go.mod")))+" "+
		shell.Quote(filepath.ToSlash(filepath.Join(p.Directory, "go.sum"))))
	mod, err := read(folder, "go.mod")
	var sum []byte
	if err == nil && exists(folder, "go.sum") {
		sum, err = read(folder, "go.sum")
	}
	if err == nil {
		touch.Capture(p.Name+" go.mod", "text/plain", mod, true)
		touch.Capture(p.Name+" go.sum", "text/plain", sum, true)
	}
	touch.End(0, err)
	if err != nil {
		return nil, err
	}
	return lockfile.ParseGo("go.mod", mod, "go.sum", sum)
}

// gravity orders the reasons: what lets foreign bytes in comes first.
func gravity(kind string) int {
	return slices.Index([]string{"unpinned", "foreign", "out_of_sync", "hosts"}, reasonOf(kind))
}

// reasonOf puts a kind of problem under a reason.
func reasonOf(kind string) string {
	switch lockfile.Kind(kind) {
	case lockfile.NoIntegrity, lockfile.WeakIntegrity, lockfile.BadIntegrity, lockfile.OldFormat:
		return "unpinned"
	case hostNamed:
		return "hosts"
	case lockfile.NotInSync, lockfile.Unresolved, lockfile.HalvesDiffer:
		return "out_of_sync"
	}
	return "foreign"
}

func judgeLock(o Lock, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"parts": len(o.Parts), "undeclared": few(o.Found.Undeclared), "part": "", "file": "", "detail": "", "named": "", "total": 0}
	entries, pinned, hosts, scripts := 0, 0, 0, 0
	for _, p := range o.Parts {
		entries, pinned, hosts, scripts = entries+p.Counts.Entries, pinned+p.Counts.WithIntegrity, hosts+p.Counts.WithHost, scripts+p.Counts.InstallScripts
	}
	facts["entries"], facts["pinned"], facts["hosts"], facts["scripts"] = entries, pinned, hosts, scripts
	var open string
	worst, found := 0, false
	for _, p := range o.Parts {
		switch {
		case p.Error != "" || p.Kind == "":
			open, facts["part"], facts["detail"] = "unreadable", p.Part, p.Error
		case p.File == "":
			facts["part"] = p.Part
			return evidence.Failed("no_lock", facts)
		case p.Total > 0 && len(p.Problems) > 0 && (!found || gravity(p.Problems[0].Kind) < worst):
			worst, found = gravity(p.Problems[0].Kind), true
			facts["part"], facts["file"], facts["total"], facts["named"] = p.Part, p.File, p.Reasons[reasonOf(p.Problems[0].Kind)], few(p.named())
		}
	}
	switch {
	case found:
		return evidence.Failed([]string{"unpinned", "foreign", "out_of_sync", "hosts"}[worst], facts)
	case open != "":
		return evidence.Undecided(open, facts)
	case len(o.Found.Undeclared) > 0:
		return evidence.Undecided("undeclared", facts)
	case len(o.Parts) == 0 || o.Found.Tracked == 0:
		return evidence.Undecided("nothing", facts)
	}
	for _, p := range o.Parts {
		if p.Total > 0 || p.Counts.Entries == 0 && p.Asked > 0 {
			return evidence.Undecided("nothing", facts)
		}
	}
	return evidence.Passed("pinned", facts)
}

// named gives the problems of the gravest reason as words for a sentence.
func (p LockedPart) named() []string {
	var all []string
	for _, problem := range p.Problems {
		if reasonOf(problem.Kind) != reasonOf(p.Problems[0].Kind) {
			continue
		}
		text := problem.Name
		if problem.Line > 0 {
			text = fmt.Sprintf("%s (%s:%d)", text, p.File, problem.Line)
		}
		if problem.Detail != "" {
			text += " " + brief(problem.Detail)
		}
		all = append(all, text)
	}
	return all
}

// brief shortens a detail for a list: the page of raw evidence has it whole.
func brief(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
