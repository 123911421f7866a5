package checkout

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/lab"
)

func recorder(t *testing.T) *lab.Recorder {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return lab.NewRecorder(blobs, redact.New(nil), time.Now)
}

// repository plants files and commits them.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		write(t, folder, name, text)
	}
	git(t, folder, "init", "-q")
	git(t, folder, "add", "-A")
	git(t, folder, "commit", "-q", "-m", "first")
	return folder
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	file := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.invalid"}, args...)...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestCopyHoldsWhatGitTracksAsItLies(t *testing.T) {
	folder := repository(t, map[string]string{"a": "1", "b/c": "2", "gone": "3", "ñ x\ty": "4", ".gitignore": "ignored\n"})
	write(t, folder, "a", "changed")
	write(t, folder, "untracked", "5")
	write(t, folder, "ignored", "6")
	for _, err := range []error{os.Remove(filepath.Join(folder, "gone")), os.Chmod(filepath.Join(folder, "b/c"), 0o755), os.Symlink("a", filepath.Join(folder, "link"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	git(t, folder, "add", "link")
	to := filepath.Join(t.TempDir(), "below", "copy")
	names, err := Lay(t.Context(), recorder(t), folder, to)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	if err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(to, path)
		found[rel] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "changed", "b/c": "2", "ñ x\ty": "4", ".gitignore": "ignored\n", "link": "changed"}
	if !maps.Equal(found, want) {
		t.Errorf("the copy holds %v", found)
	}
	slices.Sort(names)
	if !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
		t.Errorf("it names %v", names)
	}
	if info, err := os.Stat(filepath.Join(to, "b/c")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the executable bit is lost: %v %v", info, err)
	}
	if info, err := os.Lstat(filepath.Join(to, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none: %v %v", info, err)
	}
}

func TestPartOfARepository(t *testing.T) {
	folder := repository(t, map[string]string{"a": "1", "b/c": "2"})
	names, err := Tracked(t.Context(), recorder(t), filepath.Join(folder, "b"))
	if err != nil || !slices.Equal(names, []string{"c"}) {
		t.Errorf("%v %v", names, err)
	}
}

func TestNoRepositoryIsSaid(t *testing.T) {
	if _, err := Tracked(t.Context(), recorder(t), t.TempDir()); err == nil || !strings.Contains(err.Error(), "clone") {
		t.Errorf("%v", err)
	}
	if _, err := Commit(t.Context(), recorder(t), t.TempDir()); err == nil {
		t.Error("a folder has a commit")
	}
}

func TestCommitHasItsTime(t *testing.T) {
	r := recorder(t)
	c, err := Commit(t.Context(), r, repository(t, map[string]string{"a": "1"}))
	if err != nil || len(c.Hash) != 40 || time.Since(c.At) > time.Hour {
		t.Errorf("%+v %v", c, err)
	}
	if steps, err := r.Steps(); err != nil || len(steps) != 1 || !strings.HasPrefix(steps[0].Replay, "git ") {
		t.Errorf("%+v %v", steps, err)
	}
}

// A link that leads out of the source is copied as a link: nothing outside is read.
func TestLinkThatLeadsOut(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	write(t, filepath.Dir(outside), "secret", "1")
	folder := repository(t, map[string]string{"a": "1"})
	if err := os.Symlink(outside, filepath.Join(folder, "out")); err != nil {
		t.Fatal(err)
	}
	git(t, folder, "add", "out")
	to := filepath.Join(t.TempDir(), "copy")
	if _, err := Lay(t.Context(), recorder(t), folder, to); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(to, "out")); err != nil || target != outside {
		t.Errorf("%q %v", target, err)
	}
}
