package listo_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report"
)

// committed is the evidence of a real audit of the patient that lies in the
// repository.
const committed = "reports/dev_audit"

// Most of what anybody will ever see of listo is this folder: it must hold.
func TestCommittedEvidenceHolds(t *testing.T) {
	v := report.Verify(committed, gates.All(), evidence.Tool{})
	if err := v.Err(); err != nil {
		t.Error(err)
	}
	if v.Open || v.Plan.Subject.Dirty || v.Plan.Subject.Commit == "" {
		t.Errorf("it is not the whole audit of a clean commit: %+v", v.Plan.Subject)
	}
	for _, gate := range v.Verdict.Gates {
		for _, check := range gate.Checks {
			if check.Outcome != evidence.Pass && check.Check != "supply.advisories" {
				t.Errorf("%s is %v", check.Check, check.Outcome)
			}
		}
	}
	for _, gate := range gates.All() {
		for _, file := range gate.Reports {
			if _, err := os.Stat(filepath.Join(committed, file)); err != nil {
				t.Error(err)
			}
		}
	}
}

// Nothing in it tells where it was made, and it is small enough to be cloned.
func TestCommittedEvidenceIsFitToBeShown(t *testing.T) {
	elsewhere := regexp.MustCompile(`(/home/|/root/|/Users/|/work/)[A-Za-z0-9._-]+|PRIVATE KEY-----`)
	var size int64
	files := 0
	err := filepath.WalkDir(committed, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		size, files = size+int64(len(text)), files+1
		for _, found := range slices.Compact(elsewhere.FindAllString(string(text), -1)) {
			t.Errorf("%s tells of the machine that made it: %s", path, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 || size > 2<<20 {
		t.Errorf("%d files with %d bytes: want the whole, and at most 2 MiB", files, size)
	}
	for _, readme := range []string{"README.md", "README.es.md"} {
		if !strings.Contains(read(t, readme), committed+"/go_no_go.md") {
			t.Errorf("%s does not link to %s/go_no_go.md", readme, committed)
		}
	}
}
