package frontend

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab"
)

func TestJudgeHistory(t *testing.T) {
	good := History{Git: true, Repository: true, Base: "v1", Commit: "abc", Fixed: true, Ancestor: true, Sources: []Source{{"dist", 3}}}
	with := func(change func(*History)) History { o := good; change(&o); return o }
	tryJudge(t, history(), []judgement[History]{
		{good, evidence.Pass, "unchanged"},
		{with(func(o *History) { o.Changed = Names{1, []string{"M dist/a"}} }), evidence.Fail, "changed"},
		{with(func(o *History) { o.Untracked = Names{1, []string{"dist/a"}} }), evidence.Fail, "changed"},
		{with(func(o *History) { o.Ancestor = false }), evidence.Fail, "unrelated"},
		{with(func(o *History) { o.Ancestor, o.Shallow = false, true }), evidence.Unproven, "shallow"},
		{with(func(o *History) { o.Commit, o.Shallow = "", true }), evidence.Unproven, "shallow"},
		{with(func(o *History) { o.Shallow = true }), evidence.Pass, "unchanged"}, // deep enough
		{with(func(o *History) { o.Commit = "" }), evidence.Unproven, "no_revision"},
		{with(func(o *History) { o.Fixed = false }), evidence.Unproven, "moving"},
		{with(func(o *History) { o.Git = false }), evidence.Unproven, "no_git"},
		{with(func(o *History) { o.Repository = false }), evidence.Unproven, "no_repository"},
		{with(func(o *History) { o.Hidden = Names{1, []string{"dist/a"}} }), evidence.Unproven, "hidden"},
		{with(func(o *History) { o.Sources = append(o.Sources, Source{"src", 0}) }), evidence.Unproven, "untracked"},
		{with(func(o *History) { o.Sources = nil }), evidence.Unproven, "untracked"},
	})
}

// committed gives a planted frontend in a repository, recorded by a tag.
func committed(t *testing.T) *lab.Bench {
	t.Helper()
	b := planted(t, twinFiles())
	if err := recordInGit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// git runs git as a user would.
func gitDo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.invalid", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.invalid")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestHistoryOfARealRepository(t *testing.T) {
	for name, c := range map[string]struct {
		then    func(t *testing.T, b *lab.Bench, dir string)
		outcome evidence.Outcome
		reason  string
	}{
		"untouched": {func(*testing.T, *lab.Bench, string) {}, evidence.Pass, "unchanged"},
		"the backend moved on": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, "main.go", "package main\n")
			gitDo(t, dir, "add", "-A")
			gitDo(t, dir, "commit", "-qm", "backend")
			write(t, b, "stray.txt", "")
		}, evidence.Pass, "unchanged"},
		"by its hash": {func(t *testing.T, b *lab.Bench, dir string) {
			settings(b).BaseRevision = gitDo(t, dir, "rev-parse", "HEAD")
		}, evidence.Pass, "unchanged"},
		"by a short hash": {func(t *testing.T, b *lab.Bench, dir string) {
			settings(b).BaseRevision = strings.ToUpper(gitDo(t, dir, "rev-parse", "--short", "HEAD"))
		}, evidence.Pass, "unchanged"},
		"by an annotated tag": {func(t *testing.T, b *lab.Bench, dir string) {
			gitDo(t, dir, "tag", "-a", "-m", "approved", "v1")
			settings(b).BaseRevision = "tags/v1"
		}, evidence.Pass, "unchanged"},
		"touched, same bytes": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, "dist/assets/app.js", twinFiles()["assets/app.js"])
		}, evidence.Pass, "unchanged"},
		"ignored files": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, ".gitignore", ".DS_Store\n")
			write(t, b, "dist/.DS_Store", "x")
		}, evidence.Pass, "unchanged"},
		"edited": {func(t *testing.T, b *lab.Bench, dir string) { write(t, b, "dist/index.html", "x") }, evidence.Fail, "changed"},
		"edited and staged": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, "dist/index.html", "x")
			gitDo(t, dir, "add", "-A")
		}, evidence.Fail, "changed"},
		"edited and committed": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, "dist/index.html", "x")
			gitDo(t, dir, "commit", "-qam", "ui")
		}, evidence.Fail, "changed"},
		"added and committed": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, "dist/new.js", "x")
			gitDo(t, dir, "add", "-A")
			gitDo(t, dir, "commit", "-qm", "ui")
		}, evidence.Fail, "changed"},
		"removed":   {func(t *testing.T, b *lab.Bench, dir string) { gitDo(t, dir, "rm", "-q", "dist/assets/app.css") }, evidence.Fail, "changed"},
		"untracked": {func(t *testing.T, b *lab.Bench, dir string) { write(t, b, "dist/new.js", "x") }, evidence.Fail, "changed"},
		"edited behind git's back": {func(t *testing.T, b *lab.Bench, dir string) {
			gitDo(t, dir, "update-index", "--assume-unchanged", "dist/index.html")
			write(t, b, "dist/index.html", "x")
		}, evidence.Unproven, "hidden"},
		"left out of the work tree": {func(t *testing.T, b *lab.Bench, dir string) {
			gitDo(t, dir, "update-index", "--skip-worktree", "dist/index.html")
			write(t, b, "dist/index.html", "x")
		}, evidence.Unproven, "hidden"},
		"a replaced base": {func(t *testing.T, b *lab.Bench, dir string) {
			old := gitDo(t, dir, "rev-parse", "HEAD")
			write(t, b, "dist/index.html", "x")
			gitDo(t, dir, "commit", "-qam", "ui")
			gitDo(t, dir, "replace", old, "HEAD")
		}, evidence.Fail, "changed"},
		"a diff driver that sees nothing": {func(t *testing.T, b *lab.Bench, dir string) {
			write(t, b, ".gitattributes", "* diff=blind\n")
			gitDo(t, dir, "config", "diff.blind.command", "true")
			gitDo(t, dir, "config", "diff.blind.textconv", "true")
			write(t, b, "dist/index.html", "x")
		}, evidence.Fail, "changed"},
		"another branch": {func(t *testing.T, b *lab.Bench, dir string) {
			gitDo(t, dir, "checkout", "-q", "--orphan", "other")
			gitDo(t, dir, "commit", "-qm", "from scratch")
		}, evidence.Fail, "unrelated"},
		"a branch as base": {func(t *testing.T, b *lab.Bench, dir string) {
			gitDo(t, dir, "branch", "stable")
			settings(b).BaseRevision = "stable"
		}, evidence.Unproven, "moving"},
		"HEAD as base":     {func(t *testing.T, b *lab.Bench, dir string) { settings(b).BaseRevision = "HEAD" }, evidence.Unproven, "moving"},
		"no such revision": {func(t *testing.T, b *lab.Bench, dir string) { settings(b).BaseRevision = "v9" }, evidence.Unproven, "no_revision"},
		"a file's hash": {func(t *testing.T, b *lab.Bench, dir string) {
			settings(b).BaseRevision = gitDo(t, dir, "rev-parse", "HEAD:dist/index.html")
		}, evidence.Unproven, "no_revision"},
		"a source not tracked": {func(t *testing.T, b *lab.Bench, dir string) { settings(b).Sources = []string{"dist", "src"} }, evidence.Unproven, "untracked"},
		"the source of a source": {func(t *testing.T, b *lab.Bench, dir string) {
			settings(b).Sources = []string{"dist/assets", "dist/index.html"}
			write(t, b, "dist/robots.txt", "not watched")
		}, evidence.Pass, "unchanged"},
		"a name like a pattern": {func(t *testing.T, b *lab.Bench, dir string) { settings(b).Sources = []string{"di*"} }, evidence.Unproven, "untracked"},
	} {
		t.Run(name, func(t *testing.T) {
			b := committed(t)
			c.then(t, b, b.Config.Folder)
			before := gitDo(t, b.Config.Folder, "ls-files", "--stage", "-v")
			wants(t, judged(t, history(), b), c.outcome, c.reason)
			if after := gitDo(t, b.Config.Folder, "ls-files", "--stage", "-v"); after != before {
				t.Error("the index was changed")
			}
		})
	}
}

// listo.yaml often lies below the top of the repository, the frontend beside it.
func TestHistoryFromASubfolder(t *testing.T) {
	b := committed(t)
	write(t, b, "backend/main.go", "package main\n")
	below := with(b, filepath.Join(b.Config.Folder, "backend"), Settings{Directory: "../dist", BaseRevision: twinRevision})
	wants(t, judged(t, history(), below), evidence.Pass, "unchanged")
	write(t, b, "dist/index.html", "x")
	wants(t, judged(t, history(), below), evidence.Fail, "changed")
	o, err := runHistory(t.Context(), below)
	if err != nil || o.Sources[0].Files != 3 || len(o.Changed.First) != 1 || !strings.HasPrefix(o.Changed.First[0], "M ") {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestHistoryOfAShallowClone(t *testing.T) {
	b := committed(t)
	write(t, b, "main.go", "package main\n")
	gitDo(t, b.Config.Folder, "add", "-A")
	gitDo(t, b.Config.Folder, "commit", "-qm", "backend")
	clone := t.TempDir()
	gitDo(t, clone, "clone", "-q", "--depth=1", "file://"+b.Config.Folder, ".")
	shallow := with(b, clone, *settings(b))
	wants(t, judged(t, history(), shallow), evidence.Unproven, "shallow")
	gitDo(t, clone, "fetch", "-q", "--depth=1", "origin", "tag", twinRevision) // there, but with no path to it
	wants(t, judged(t, history(), shallow), evidence.Unproven, "shallow")
	gitDo(t, clone, "fetch", "-q", "--unshallow", "--tags")
	wants(t, judged(t, history(), shallow), evidence.Pass, "unchanged")
}

func TestHistoryWithoutARepository(t *testing.T) {
	b := planted(t, twinFiles())
	f := judged(t, history(), b)
	wants(t, f, evidence.Unproven, "no_repository")
	if detail, _ := f.Facts["detail"].(string); !strings.Contains(detail, "not a git repository") {
		t.Errorf("detail %q", detail)
	}
	gitDo(t, b.Config.Folder, "init", "-q") // no commit yet
	wants(t, judged(t, history(), b), evidence.Unproven, "no_revision")
}

func TestHistoryWithoutGit(t *testing.T) {
	b := committed(t)
	t.Setenv("PATH", t.TempDir())
	wants(t, judged(t, history(), b), evidence.Unproven, "no_git")
}

func TestHistoryRefusesAnOptionAsRevision(t *testing.T) {
	b := committed(t)
	settings(b).BaseRevision = "--output=" + filepath.Join(b.Config.Folder, "dist", "x")
	if _, err := runHistory(t.Context(), b); err == nil || !strings.Contains(err.Error(), "base_revision") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(b.Config.Folder, "dist", "x")); err == nil {
		t.Error("git took the revision for an option")
	}
}

func TestSourceOutsideTheRepositoryCannotBeMeasured(t *testing.T) {
	b := committed(t)
	settings(b).Sources = []string{t.TempDir()}
	if _, err := runHistory(t.Context(), b); err == nil {
		t.Error("no error")
	}
}

func TestEditedFileIsCaught(t *testing.T) {
	b := committed(t)
	twin, away, err := editedFile(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, judged(t, history(), twin), evidence.Fail, "changed")
	o, err := runHistory(t.Context(), twin)
	if err != nil || !slices.Equal(o.Changed.First, []string{"M dist/assets/app.css"}) || o.Untracked.Count != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	away()
	leavesNothing(t, b)
	wants(t, judged(t, history(), b), evidence.Pass, "unchanged")
}
