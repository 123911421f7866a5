package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"listo/internal/words"
)

func TestForeignPagesAreKept(t *testing.T) {
	bundle := t.TempDir()
	const file = "pool_config_evidence.md"
	path, kept := filepath.Join(bundle, file), "pool_config_evidence.previous.md"
	if err := keepForeign(path); err != nil {
		t.Errorf("no page: %v", err)
	}
	write(t, bundle, file, []byte("# by hand, first\n"))
	publishOpen(t, bundle, nothingFound)
	if got := string(read(t, bundle, kept)); got != "# by hand, first\n" {
		t.Errorf("kept is %q", got)
	}
	if !Ours(read(t, bundle, file)) {
		t.Error("the page is not listo's")
	}
	publishOpen(t, bundle, nothingFound) // our own page is simply written anew
	if got := string(read(t, bundle, kept)); got != "# by hand, first\n" {
		t.Errorf("after another audit kept is %q", got)
	}
	write(t, bundle, file, []byte("# by hand, second\n"))
	publishOpen(t, bundle, nothingFound)
	if got := string(read(t, bundle, kept)); got != "# by hand, first\n" || !Ours(read(t, bundle, file)) {
		t.Errorf("the first foreign page is the one to keep, kept is %q", got)
	}
}

// publishOpen publishes the audit that has not ended.
func publishOpen(t *testing.T, bundle string, find func([]byte) map[string]int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(bundle, "evidence"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Publish(bundle, frozenView(t, "planned", words.English), newKey(t), time.Unix(0, 0), find); err != nil {
		t.Fatal(err)
	}
}

func TestPageWithASecretIsNotWritten(t *testing.T) {
	bundle := t.TempDir()
	const secret = "gastos"
	find := func(text []byte) map[string]int {
		if n := strings.Count(string(text), "`"+secret+"`"); n > 0 {
			return map[string]int{"JWT_SECRET": n}
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Join(bundle, "evidence"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := Publish(bundle, frozenView(t, "healthy", words.English), newKey(t), time.Unix(0, 0), find)
	if !errors.Is(err, ErrSecretInPage) || !strings.Contains(err.Error(), "JWT_SECRET") || strings.Contains(err.Error(), "`"+secret) {
		t.Errorf("published: %v", err)
	}
	for _, name := range []string{ClosingFile, sealPath, sumsPath} {
		if _, err := os.Stat(filepath.Join(bundle, name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// An audit that goes on takes the seal of its earlier state away.
func TestSealGoesWhenTheAuditGoesOn(t *testing.T) {
	bundle, _ := sealedBundle(t)
	publishOpen(t, bundle, nothingFound)
	for _, name := range []string{sealPath, sumsPath} {
		if _, err := os.Stat(filepath.Join(bundle, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s still lies there: %v", name, err)
		}
	}
}

func TestNothingHalfWrittenStays(t *testing.T) {
	bundle := t.TempDir()
	if err := writeWhole(filepath.Join(bundle, "no", "x.md"), []byte("x")); err == nil {
		t.Error("a page was written into no folder")
	}
	if err := writeWhole(filepath.Join(bundle, "x.md"), []byte("whole")); err != nil {
		t.Fatal(err)
	}
	if left := globbed(t, bundle, "*"); len(left) != 1 || string(read(t, bundle, "x.md")) != "whole" {
		t.Errorf("left are %v", left)
	}
	if hidden, _ := filepath.Glob(filepath.Join(bundle, ".*")); len(hidden) > 0 { // the pattern is a constant
		t.Errorf("left are %v", hidden)
	}
}
