package frontend

import (
	"os"
	"path/filepath"
	"testing"

	"listo/internal/evidence"
	"listo/internal/lab"
)

func TestJudgeUnchanged(t *testing.T) {
	tryJudge(t, unchanged(), []judgement[Unchanged]{
		{Unchanged{Before: "sha256:aa", After: "sha256:aa", Files: 2}, evidence.Pass, "unchanged"},
		{Unchanged{Before: "sha256:aa", After: "sha256:bb", Files: 2}, evidence.Fail, "changed"},
		{Unchanged{Before: "sha256:aa", After: "sha256:bb"}, evidence.Fail, "changed"},
		{Unchanged{Before: "sha256:aa", After: "sha256:aa", Files: 2, Added: Names{Count: 1}}, evidence.Fail, "changed"},
		{Unchanged{After: "sha256:aa", Files: 2}, evidence.Unproven, "no_beginning"},
		{Unchanged{Before: "sha256:aa", After: "sha256:aa"}, evidence.Unproven, "empty"},
	})
}

// begun gives the bench a ledger that holds what frontend.manifest sees now,
// behind an attempt that saw nothing.
func begun(t *testing.T, b *lab.Bench) {
	t.Helper()
	raw, err := recordedTree().Run(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	ledger := evidence.Ledger{Entries: []evidence.Entry{
		{Experiment: &evidence.Experiment{Check: manifestID, Attempt: 1, Err: "interrupted"}},
		{Experiment: &evidence.Experiment{Check: manifestID, Attempt: 2, Observed: raw}},
	}}
	b.Ledger = func() evidence.Ledger { return ledger }
}

func TestUnchanged(t *testing.T) {
	b := planted(t, twinFiles())
	wants(t, judged(t, unchanged(), b), evidence.Unproven, "no_beginning")
	begun(t, b)
	wants(t, judged(t, unchanged(), b), evidence.Pass, "unchanged")

	write(t, b, "dist/assets/app.js", "minified again")
	write(t, b, "dist/new.js", "")
	wants(t, judged(t, unchanged(), b), evidence.Fail, "changed")
	o, err := runUnchanged(t.Context(), b)
	if err != nil || o.Changed.Count != 1 || o.Added.Count != 1 || o.Missing.Count != 0 {
		t.Errorf("%+v, %v", o, err)
	}

	if err := os.RemoveAll(filepath.Join(b.Config.Folder, twinFolder)); err != nil {
		t.Fatal(err)
	}
	wants(t, judged(t, unchanged(), b), evidence.Fail, "changed")
}

func TestUnchangedThoughNotAsRecorded(t *testing.T) {
	b := planted(t, twinFiles())
	write(t, b, "dist/new.js", "")
	begun(t, b)
	wants(t, judged(t, unchanged(), b), evidence.Pass, "unchanged") // frontend.manifest is red for it
	if err := os.Remove(filepath.Join(b.Config.Folder, "dist/new.js")); err != nil {
		t.Fatal(err)
	}
	wants(t, judged(t, unchanged(), b), evidence.Fail, "changed") // even back to what was recorded
}
