package frontend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"strings"

	"listo/internal/lab"
	"listo/internal/lab/command"
)

// git asks one work tree. It only reads: it takes no lock, writes no index, runs
// no hook and reaches no network.
type git struct {
	b   *lab.Bench
	dir string
	env map[string]string // beside its own
}

// run runs git with these arguments; want are the exit codes that are answers.
func (g git) run(ctx context.Context, want []int, args ...string) (command.Result, error) {
	env := map[string]string{
		"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
		// A replaced object (git replace) could rewrite the base.
		"GIT_NO_REPLACE_OBJECTS": "1",
	}
	maps.Copy(env, g.env)
	all := append([]string{"git", "--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false"}, args...)
	result, err := command.Run(ctx, g.b.Recorder, command.Command{Args: all, Dir: g.dir, Env: env})
	if err != nil {
		return result, err
	}
	if result.StdoutCut > 0 { // a list without its end would hide what stands there
		return result, fmt.Errorf("git %s: its answer is %d bytes too long to be read whole: name fewer sources", args[0], result.StdoutCut)
	}
	for _, code := range want {
		if result.Exit == code {
			return result, nil
		}
	}
	return result, fmt.Errorf("git %s: it ended with %d: %s", args[0], result.Exit, command.FirstLine(result.Stderr))
}

// place looks whether there is git and a work tree.
func (g git) place(ctx context.Context, o *History) error {
	result, err := g.run(ctx, []int{0, 128}, "rev-parse", "--is-inside-work-tree")
	if errors.Is(err, exec.ErrNotFound) {
		return nil
	}
	o.Git = err == nil
	o.Repository = result.Exit == 0 && answer(result) == "true"
	if !o.Repository { // none, or one of another owner, which git will not open
		o.Detail = strings.ToValidUTF8(command.FirstLine(result.Stderr), "�")
	}
	return err
}

// base finds out what the base revision is.
func (g git) base(ctx context.Context, o *History) (err error) {
	if err := (&Settings{BaseRevision: o.Base}).Validate(); err != nil {
		return fmt.Errorf("frontend: %w", err)
	}
	if o.Shallow, err = g.tells(ctx, "rev-parse", "--is-shallow-repository"); err != nil {
		return err
	}
	if o.Commit, err = g.commit(ctx, o.Base); err != nil || o.Commit == "" {
		return err
	}
	tag, err := g.commit(ctx, "refs/tags/"+strings.TrimPrefix(strings.TrimPrefix(o.Base, "refs/"), "tags/"))
	if err != nil {
		return err
	}
	o.Fixed = tag == o.Commit || strings.HasPrefix(o.Commit, strings.ToLower(o.Base))
	head, err := g.commit(ctx, "HEAD")
	if err != nil || head == "" {
		return err
	}
	result, err := g.run(ctx, []int{0, 1}, "merge-base", "--is-ancestor", o.Commit, head)
	o.Ancestor = err == nil && result.Exit == 0
	return err
}

// since compares the work tree with the base, below the sources.
func (g git) since(ctx context.Context, o *History, sources []string) error {
	for _, source := range sources {
		at, err := g.lines(ctx, "ls-tree", "-r", "--name-only", o.Commit, "--", source)
		if err != nil {
			return err
		}
		o.Sources = append(o.Sources, Source{source, len(at)})
	}
	changed, err := g.lines(ctx, append([]string{"diff", "--exit-code", "--name-status", "--no-renames", "--no-ext-diff",
		"--no-textconv", "--ignore-submodules=none", o.Commit, "--"}, sources...)...)
	if err != nil {
		return err
	}
	untracked, err := g.lines(ctx, append([]string{"ls-files", "--others", "--exclude-standard", "--"}, sources...)...)
	if err != nil {
		return err
	}
	tagged, err := g.lines(ctx, append([]string{"ls-files", "-v", "--"}, sources...)...)
	if err != nil {
		return err
	}
	o.Changed, o.Untracked, o.Hidden = namesOf(spaced(changed)), namesOf(untracked), namesOf(hidden(tagged))
	return nil
}

// hidden picks the files that git was told not to look at: in ls-files -v these
// have a small letter (assume-unchanged) or an S (skip-worktree).
func hidden(tagged []string) []string {
	var paths []string
	for _, line := range tagged {
		tag, path, ok := strings.Cut(line, " ")
		if ok && (tag == "S" || tag != strings.ToUpper(tag)) {
			paths = append(paths, path)
		}
	}
	return paths
}

// commit gives the hash of the commit that a revision names; "" for none.
func (g git) commit(ctx context.Context, revision string) (string, error) {
	result, err := g.run(ctx, []int{0, 1, 128}, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil || result.Exit != 0 {
		return "", err
	}
	return answer(result), nil
}

func (g git) tells(ctx context.Context, args ...string) (bool, error) {
	result, err := g.run(ctx, []int{0}, args...)
	return answer(result) == "true", err
}

// lines gives the output of a command whose exit codes 0 and 1 are answers.
func (g git) lines(ctx context.Context, args ...string) ([]string, error) {
	result, err := g.run(ctx, []int{0, 1}, args...)
	if err != nil || len(result.Stdout) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimRight(strings.ToValidUTF8(string(result.Stdout), "�"), "\n"), "\n"), nil
}

func answer(r command.Result) string { return strings.TrimSpace(string(r.Stdout)) }

// spaced writes git's letter and the path with a space between them.
func spaced(lines []string) []string {
	for i, line := range lines {
		lines[i] = strings.Replace(line, "\t", " ", 1)
	}
	return lines
}
