package frontend

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/manifest"
	"listo/internal/evidence"
	"listo/internal/lab"
)

func TestJudgeManifest(t *testing.T) {
	good := Comparison{RecordedFiles: 2, RecordedDigest: "sha256:aa", FoundFiles: 2, FoundBytes: 9, FoundDigest: "sha256:aa"}
	differs, lying, empty, outside := good, good, good, good
	differs.FoundDigest, differs.Changed = "sha256:bb", Names{1, []string{"a.js"}}
	lying.Added = Names{1, []string{"b.js"}}
	empty.RecordedFiles = 0
	outside.Outside = Names{1, []string{"c"}}
	tryJudge(t, recordedTree(), []judgement[Comparison]{
		{good, evidence.Pass, "exact"},
		{differs, evidence.Fail, "differs"},
		{lying, evidence.Fail, "differs"},
		{outside, evidence.Unproven, "outside"},
		{empty, evidence.Unproven, "empty"},
	})
}

func TestManifestOfARealFolder(t *testing.T) {
	for name, c := range map[string]struct {
		hurt    func(t *testing.T, b *lab.Bench)
		outcome evidence.Outcome
		reason  string
	}{
		"healthy": {func(*testing.T, *lab.Bench) {}, evidence.Pass, "exact"},
		"touched, made executable": {func(t *testing.T, b *lab.Bench) {
			file := filepath.Join(b.Config.Folder, "dist/index.html")
			old := time.Date(1999, 1, 2, 3, 4, 5, 0, time.UTC)
			if err := os.Chtimes(file, old, old); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, 0o755); err != nil {
				t.Fatal(err)
			}
		}, evidence.Pass, "exact"},
		"windows manifest": {func(t *testing.T, b *lab.Bench) {
			raw, err := os.ReadFile(filepath.Join(b.Config.Folder, twinManifest))
			if err != nil {
				t.Fatal(err)
			}
			write(t, b, twinManifest, strings.NewReplacer("  ", " *", "\n", "\r\n").Replace(string(raw))+"\r\n")
		}, evidence.Pass, "exact"},
		"sha256sum's own, unsorted": {func(t *testing.T, b *lab.Bench) {
			sum := exec.Command("sh", "-c", "cd dist && find . -type f | sort -r | xargs sha256sum > ../frontend.sha256")
			sum.Dir = b.Config.Folder
			if out, err := sum.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}, evidence.Pass, "exact"},
		"edited": {func(t *testing.T, b *lab.Bench) { write(t, b, "dist/assets/app.js", "x") }, evidence.Fail, "differs"},
		"added":  {func(t *testing.T, b *lab.Bench) { write(t, b, "dist/assets/more.js", "x") }, evidence.Fail, "differs"},
		"removed": {func(t *testing.T, b *lab.Bench) {
			if err := os.Remove(filepath.Join(b.Config.Folder, "dist/assets/app.css")); err != nil {
				t.Fatal(err)
			}
		}, evidence.Fail, "differs"},
		"links out": {func(t *testing.T, b *lab.Bench) {
			if err := os.Symlink("/etc/hostname", filepath.Join(b.Config.Folder, "dist/host")); err != nil {
				t.Fatal(err)
			}
			m, err := manifest.Walk(t.Context(), filepath.Join(b.Config.Folder, "dist"), manifest.DefaultBounds())
			if err != nil {
				t.Fatal(err)
			}
			write(t, b, twinManifest, string(text(m)))
		}, evidence.Unproven, "outside"},
		"nothing recorded": {func(t *testing.T, b *lab.Bench) { write(t, b, twinManifest, "# soon\n") }, evidence.Unproven, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			b := planted(t, twinFiles())
			c.hurt(t, b)
			wants(t, judged(t, recordedTree(), b), c.outcome, c.reason)
			if got := len(steps(t, b)); got != 2 {
				t.Errorf("%d steps, want the manifest and the tree", got)
			}
		})
	}
}

func TestManifestThatCannotBeMeasured(t *testing.T) {
	for name, c := range map[string]struct {
		hurt func(t *testing.T, b *lab.Bench)
		says string
	}{
		"no folder":   {func(t *testing.T, b *lab.Bench) { settings(b).Directory = "nowhere" }, "build the frontend"},
		"no manifest": {func(t *testing.T, b *lab.Bench) { settings(b).Manifest = "nowhere" }, "no such file"},
		"garbage":     {func(t *testing.T, b *lab.Bench) { write(t, b, twinManifest, "\x00\xff") }, "not UTF-8 text"},
		"bad line":    {func(t *testing.T, b *lab.Bench) { write(t, b, twinManifest, "\nabc  index.html\n") }, "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			b := planted(t, twinFiles())
			c.hurt(t, b)
			_, err := recordedTree().Run(t.Context(), b)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), b.Config.Folder) {
				t.Errorf("error %v, want one that says %q and not where on this machine", err, c.says)
			}
		})
	}
}

func TestNamesAreCappedAndCounted(t *testing.T) {
	b := planted(t, twinFiles())
	for i := range 3 * mostNames {
		write(t, b, "dist/new/"+string(rune('a'+i%26))+strings.Repeat("x", i), "")
	}
	o, err := runManifest(t.Context(), b)
	if err != nil || o.Added.Count != 3*mostNames || len(o.Added.First) != mostNames {
		t.Errorf("%d added, %d named, %v", o.Added.Count, len(o.Added.First), err)
	}
}

func TestFlippedByteIsCaught(t *testing.T) {
	b := planted(t, map[string]string{"index.html": "healthy"})
	twin, away, err := flippedByte(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, judged(t, recordedTree(), twin), evidence.Fail, "differs")
	o, err := runManifest(t.Context(), twin)
	if err != nil || !slices.Equal(o.Changed.First, []string{"assets/app.js"}) || o.Missing.Count+o.Added.Count != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	away()
	leavesNothing(t, b)
	wants(t, judged(t, recordedTree(), b), evidence.Pass, "exact")
}

// leavesNothing demands that a twin has put everything away.
func leavesNothing(t *testing.T, b *lab.Bench) {
	t.Helper()
	left, err := os.ReadDir(b.Scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The replay line must say what the check says.
func TestReplayRuns(t *testing.T) {
	b := planted(t, twinFiles())
	o, err := runManifest(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	replay := func() (string, error) {
		cmd := exec.Command("sh", "-ec", o.Replay())
		cmd.Dir = b.Config.Folder
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if out, err := replay(); err != nil || out != "3" {
		t.Errorf("healthy: %q, %v", out, err)
	}
	write(t, b, "dist/index.html", "edited")
	if out, err := replay(); err == nil {
		t.Errorf("edited: %q", out)
	}
}
