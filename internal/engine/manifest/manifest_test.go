package manifest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// plant makes a folder with these files.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func walk(t *testing.T, folder string) Manifest {
	t.Helper()
	m, err := Walk(t.Context(), folder, DefaultBounds())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCompareTellsMissingAddedAndChanged(t *testing.T) {
	recorded := walk(t, plant(t, map[string]string{"index.html": "a", "assets/x.js": "b", "gone.css": "c"}))
	found := walk(t, plant(t, map[string]string{"index.html": "a", "assets/x.js": "B", "new.svg": "d"}))
	d := Compare(recorded, found)
	if !slices.Equal(d.Missing, []string{"gone.css"}) || !slices.Equal(d.Added, []string{"new.svg"}) || !slices.Equal(d.Changed, []string{"assets/x.js"}) {
		t.Errorf("difference %+v", d)
	}
	if d.None() || !Compare(recorded, recorded).None() {
		t.Error("None does not tell equal trees from others")
	}
	if recorded.Digest() == found.Digest() {
		t.Error("different trees have the same digest")
	}
}

func TestTimesAndModesAreNoDifference(t *testing.T) {
	files := map[string]string{"a.js": "1", "b/c.js": "2"}
	first, second := plant(t, files), plant(t, files)
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(second, "a.js"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(second, "b", "c.js"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(second, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if a, b := walk(t, first), walk(t, second); a.Digest() != b.Digest() || !Compare(a, b).None() {
		t.Errorf("equal bytes compare as %+v", Compare(a, b))
	}
}

func TestALinkInPlaceOfAFileIsAChange(t *testing.T) {
	folder := plant(t, map[string]string{"a.js": "1", "b.js": "1"})
	recorded := walk(t, folder)
	if err := os.Remove(filepath.Join(folder, "b.js")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.js", filepath.Join(folder, "b.js")); err != nil {
		t.Fatal(err)
	}
	if d := Compare(recorded, walk(t, folder)); !slices.Equal(d.Changed, []string{"b.js"}) {
		t.Errorf("difference %+v", d)
	}
}

func TestOutsideLinks(t *testing.T) {
	for link, want := range map[string]bool{
		"b.js": false, "../b.js": false, "../../b.js": true, "/etc/passwd": true, "..": false, "../..": true, "x/../../..": true, "": false,
	} {
		if got := (Entry{Path: "assets/a.js", Link: link}).Outside(); got != want {
			t.Errorf("a link to %q: outside %v, want %v", link, got, want)
		}
	}
}

func TestFindAndBytes(t *testing.T) {
	m := walk(t, plant(t, map[string]string{"a.b": "12", "a-b": "345", "a/b": ""}))
	if m.Bytes() != 5 {
		t.Errorf("bytes %d, want 5", m.Bytes())
	}
	for _, name := range []string{"a.b", "a-b", "a/b"} {
		if e, ok := m.Find(name); !ok || e.Path != name {
			t.Errorf("Find(%q) gives %+v, %v", name, e, ok)
		}
	}
	if _, ok := m.Find("a"); ok {
		t.Error("a folder is no entry")
	}
}

func TestEmptyManifestHasADigest(t *testing.T) {
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := (Manifest)(nil).Digest(); got != "sha256:"+nothing {
		t.Errorf("digest %s", got)
	}
	if !strings.HasPrefix((Manifest{}).Digest(), "sha256:") {
		t.Error("no digest")
	}
}
