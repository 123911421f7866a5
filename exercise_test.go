package listo_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNewcomersExercise does what CONTRIBUTING.md asks of a newcomer, word for
// word, in a copy of the repository.
func TestNewcomersExercise(t *testing.T) {
	t.Parallel()
	_, section, found := strings.Cut(read(t, "CONTRIBUTING.md"), "## The newcomer's exercise")
	section, _, ends := strings.Cut(section, "\n## ")
	if !found || !ends {
		t.Fatal("CONTRIBUTING.md has no newcomer's exercise")
	}
	script := "set -euo pipefail\n"
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, -1) {
		script += block[1]
	}
	// Always the same folder: what was compiled there is found again the next time.
	copied := filepath.Join("build", "exercise")
	if err := errors.Join(os.RemoveAll(copied), os.MkdirAll(copied, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"go.mod", "go.sum", "cmd", "internal", "harden", "gateway"} {
		copyTo(t, part, filepath.Join(copied, part))
	}
	bash := exec.Command("bash", "-c", script)
	bash.Dir = copied
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("the exercise does not work: %v\n%s", err, out)
	}
	for _, want := range []string{"ok  \tlisto/internal/gates/frontend", "### `frontend.size`", "`frontend.size.total` = 2 MiB"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the exercise does not show %q:\n%s", want, out)
		}
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err == nil && info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else if err == nil {
		err = os.WriteFile(to, []byte(read(t, from)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
