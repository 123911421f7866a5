package manifest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestWalkSortsBytewiseAndSums(t *testing.T) {
	m := walk(t, plant(t, map[string]string{"a/z": "", "a.txt": "hello\n", "a-b": "", "B": ""}))
	var paths []string
	for _, e := range m {
		paths = append(paths, e.Path)
	}
	if got := strings.Join(paths, " "); got != "B a-b a.txt a/z" {
		t.Errorf("order %q", got)
	}
	e, _ := m.Find("a.txt")
	if e.Size != 6 || e.SHA256 != "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" {
		t.Errorf("entry %+v", e)
	}
}

func TestWalkNeverFollowsLinks(t *testing.T) {
	secret := plant(t, map[string]string{"secret": "outside"})
	folder := plant(t, map[string]string{"in/file": "x"})
	for name, target := range map[string]string{"out": secret, "up": "../secret", "loop": ".", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	m := walk(t, folder)
	if len(m) != 5 {
		t.Fatalf("%d entries, want one file and four links: %+v", len(m), m)
	}
	for _, e := range m {
		if (e.Link == "") != (e.Path == "in/file") || (e.Link != "" && e.SHA256 != "") {
			t.Errorf("entry %+v", e)
		}
	}
	outside := m.Links(Entry.Outside)
	if got := strings.Join(outside, " "); got != "out up" {
		t.Errorf("outside links %q", got)
	}
}

func TestWalkRefuses(t *testing.T) {
	pipe := plant(t, map[string]string{"a": "1"})
	if err := syscall.Mkfifo(filepath.Join(pipe, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	two := plant(t, map[string]string{"a": "12345", "b": "67890"})
	odd := plant(t, map[string]string{"bad\xff": "1"})
	oddFolder := plant(t, map[string]string{"bad\xff/file": "1"})
	for name, c := range map[string]struct {
		folder string
		bounds Bounds
		says   string
	}{
		"absent":     {filepath.Join(two, "absent"), DefaultBounds(), "no such file"},
		"a file":     {filepath.Join(two, "a"), DefaultBounds(), "not a directory"},
		"a pipe":     {pipe, DefaultBounds(), "neither a file nor a link"},
		"many files": {two, Bounds{1, 100}, "more than 1 files"},
		"many bytes": {two, Bounds{100, 9}, "larger than all files together may be"},
		"odd name":   {odd, DefaultBounds(), "not UTF-8"},
		"odd folder": {oddFolder, DefaultBounds(), "not UTF-8"},
	} {
		m, err := Walk(t.Context(), c.folder, c.bounds)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "manifest: ") {
			t.Errorf("%s: %d entries, error %v, want one that says %q", name, len(m), err, c.says)
		}
	}
	if m, err := Walk(t.Context(), two, Bounds{2, 10}); err != nil || len(m) != 2 {
		t.Errorf("exactly the bounds: %d entries, %v", len(m), err)
	}
}

func TestWalkStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Walk(ctx, plant(t, map[string]string{"a": "1"}), DefaultBounds()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// An unreadable file or folder must not become a shorter list. Root reads all,
// so the thread looks at the disk as nobody does (setfsuid(2)).
func TestWalkOfWhatCannotBeRead(t *testing.T) {
	for _, closed := range []string{"file", "folder"} {
		folder := plant(t, map[string]string{"file": "1", "folder/x": "2", "zz": "3"})
		for at := folder; at != filepath.Dir(os.TempDir()) && at != "/"; at = filepath.Dir(at) {
			if at == filepath.Clean(os.TempDir()) {
				break
			}
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(filepath.Join(folder, closed), 0); err != nil {
			t.Fatal(err)
		}
		m, err := asNobody(t, func() (Manifest, error) { return Walk(t.Context(), folder, DefaultBounds()) })
		if err == nil || !strings.Contains(err.Error(), closed) || !errors.Is(err, os.ErrPermission) {
			t.Errorf("closed %s: %d entries, error %v", closed, len(m), err)
		}
		if err := os.Chmod(filepath.Join(folder, closed), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func asNobody(t *testing.T, look func() (Manifest, error)) (Manifest, error) {
	t.Helper()
	if os.Geteuid() != 0 {
		return look()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setfsuid(0)
	return look()
}
