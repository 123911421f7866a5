package report

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/words"
)

// publishedAnew publishes the frozen healthy audit, in which the gate pool publishes a
// raw answer as a file, and gives the blobs that stand as files.
func publishedAnew(t *testing.T) (bundle string, all []evidence.Gate, tool evidence.Tool, files map[evidence.Digest]string) {
	t.Helper()
	bundle, all = t.TempDir(), gates.All()
	if err := os.CopyFS(filepath.Join(bundle, "evidence"), os.DirFS("testdata/healthy/evidence")); err != nil {
		t.Fatal(err)
	}
	ledger := frozen(t, "healthy")
	for i, g := range all {
		if g.ID == "pool" {
			all[i].Files = append(slices.Clone(g.Files), wholeBlobOf(t, ledger, "pool.effective"))
		}
	}
	publishAs(t, bundle, all, ledger)
	plan, _ := ledger.Plan()
	v, err := NewView(all, ledger, words.Lang(plan.Language))
	if err != nil {
		t.Fatal(err)
	}
	return bundle, all, plan.Tool, v.publishedPaths()
}

func publishAs(t *testing.T, bundle string, all []evidence.Gate, ledger evidence.Ledger) {
	t.Helper()
	plan, _ := ledger.Plan()
	v, err := NewView(all, ledger, words.Lang(plan.Language))
	if err == nil {
		err = Publish(bundle, v, newKey(t), plan.Made, nothingFound)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wholeBlobOf(t *testing.T, ledger evidence.Ledger, check string) string {
	t.Helper()
	for _, e := range ledger.Attempts(check) {
		for _, s := range e.Steps {
			for _, b := range s.Raw {
				if b.TrueSize == 0 && filepath.Base(b.Name) == b.Name {
					return b.Name
				}
			}
		}
	}
	t.Fatalf("%s has kept nothing whole", check)
	return ""
}

func TestAPublishedFileStandsOnce(t *testing.T) {
	bundle, all, tool, files := publishedAnew(t)
	below := 0
	for d, file := range files {
		if filepath.Dir(file) != "." {
			below++
		}
		if _, err := os.Stat(blobFile(bundle, d)); !os.IsNotExist(err) {
			t.Errorf("%s stands as a blob, too: %v", file, err)
		}
		if text, err := BlobsOf(bundle)(d); err != nil || evidence.DigestOf(text) != d {
			t.Errorf("%s is not found by its digest: %v", file, err)
		}
	}
	if len(files) == 0 || below == 0 {
		t.Fatalf("published are %v: too few to prove anything", files)
	}
	if err := Verify(bundle, all, tool).Err(); err != nil {
		t.Error(err)
	}
	if err := Verify(bundle, all, evidence.Tool{Version: "another"}).Err(); err != nil {
		t.Error(err)
	}
	publishAs(t, bundle, all, frozen(t, "healthy")) // as a resumed audit does
	if err := Verify(bundle, all, tool).Err(); err != nil {
		t.Errorf("published again: %v", err)
	}
}

// The file is evidence as its blob was: changed, taken away or under another name, it is
// found, by the ledger or by the sums, whichever listo looks.
func TestVerifyFindsAChangedPublishedFile(t *testing.T) {
	pristine, all, tool, files := publishedAnew(t)
	for _, file := range files {
		for what, change := range map[string]func(path string) error{
			"changed": func(path string) error {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				text[len(text)/2] ^= 1
				return os.WriteFile(path, text, 0o644)
			},
			"taken away": os.Remove,
			"renamed":    func(path string) error { return os.Rename(path, path+".bak") },
			"moved":      func(path string) error { return os.Rename(path, filepath.Join(filepath.Dir(path), "other.json")) },
		} {
			bundle := t.TempDir()
			if err := os.CopyFS(bundle, os.DirFS(pristine)); err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(bundle, file)); err != nil {
				t.Fatal(err)
			}
			for _, by := range []evidence.Tool{tool, {Version: "another"}} {
				if Verify(bundle, all, by).Err() == nil {
					t.Errorf("%s %s: not found by listo %q", file, what, by.Version)
				}
			}
			if _, _, err := blobs(bundle, frozen(t, "healthy")); err == nil && what != "renamed" && what != "moved" {
				t.Errorf("%s %s: not found by the ledger alone", file, what)
			}
		}
	}
}

// What the next audit writes over or leaves behind is put back among the blobs first.
func TestRegatherPutsBlobsBack(t *testing.T) {
	bundle, _, _, files := publishedAnew(t)
	ledger := frozen(t, "healthy")
	write(t, bundle, "foreign.json", []byte("{}"))
	if err := Regather(bundle, ledger); err != nil {
		t.Fatal(err)
	}
	for d, file := range files {
		if err := os.Remove(filepath.Join(bundle, file)); err != nil {
			t.Fatal(err)
		}
		if text, err := BlobsOf(bundle)(d); err != nil || evidence.DigestOf(text) != d {
			t.Errorf("%s went with its file: %v", file, err)
		}
	}
	if _, err := os.Stat(blobFile(bundle, evidence.DigestOf([]byte("{}")))); !os.IsNotExist(err) {
		t.Errorf("a file that is no blob was taken for one: %v", err)
	}
}
