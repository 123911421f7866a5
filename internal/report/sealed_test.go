package report

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/seal"
	"listo/internal/words"
)

// sealedBundle publishes the frozen healthy audit anew, with pages as this
// listo makes them, under a key of the test's own.
func sealedBundle(t *testing.T) (bundle string, tool evidence.Tool) {
	t.Helper()
	bundle = t.TempDir()
	if err := os.CopyFS(filepath.Join(bundle, "evidence"), os.DirFS("testdata/healthy/evidence")); err != nil {
		t.Fatal(err)
	}
	publish(t, bundle, frozen(t, "healthy"), newKey(t))
	plan, _ := frozen(t, "healthy").Plan()
	holds(t, bundle, plan.Tool)
	return bundle, plan.Tool
}

func newKey(t *testing.T) seal.Key {
	t.Helper()
	key, _, err := seal.LoadOrCreateKey(filepath.Join(t.TempDir(), "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publish(t *testing.T, bundle string, ledger evidence.Ledger, key seal.Key) {
	t.Helper()
	plan, _ := ledger.Plan()
	v, err := NewView(gates.All(), ledger, words.Lang(plan.Language))
	if err != nil {
		t.Fatal(err)
	}
	if err := Publish(bundle, v, key, time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC), nothingFound); err != nil {
		t.Fatal(err)
	}
}

func nothingFound([]byte) map[string]int { return nil }

func read(t *testing.T, bundle, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bundle, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, bundle, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(bundle, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	ledgerPath = "evidence/ledger.jsonl"
	sumsPath   = "evidence/SHA256SUMS"
	sealPath   = "evidence/seal.dsse.json"
)

func TestUntouchedBundleHolds(t *testing.T) {
	bundle, tool := sealedBundle(t)
	v := Verify(bundle, gates.All(), tool)
	if err := v.Err(); err != nil || v.Open || v.Entries < 50 {
		t.Fatalf("the untouched bundle: open %v, %d lines, %v", v.Open, v.Entries, err)
	}
	var steps []string
	for _, s := range v.Steps {
		steps = append(steps, s.Name)
	}
	if got := strings.Join(steps, " "); got != "chain plan blobs verdict sums seal pages" {
		t.Errorf("checked were %s", got)
	}
	if v.Verdict.Word != evidence.NoGo || v.Verdict.Exit != evidence.ExitUnproven || v.Seal.Fingerprint == "" {
		t.Errorf("verdict %+v by %q", v.Verdict.Word, v.Seal.Fingerprint)
	}
}

// The bundle of format version 1 holds for ever. When this test turns red, a
// change made old evidence unreadable: an observation's type, a check's ID, a
// judge. Such a change wants a new format version that still reads the old one.
func TestFrozenBundleVerifiesForEver(t *testing.T) {
	v := Verify("testdata/format1", gates.All(), evidence.Tool{Version: "another"})
	for _, s := range v.Steps {
		if s.Err != nil {
			t.Errorf("%s: %v", s.Name, s.Err)
		}
	}
	if v.Open || v.Plan.Format != 1 || v.Seal.Word != evidence.NoGo || v.Seal.Tool.Version != "frozen" {
		t.Errorf("open %v, format %d, seal %+v", v.Open, v.Plan.Format, v.Seal.Contents)
	}
	if named := blobsNamed(frozen(t, "format1")); len(named) < 5 {
		t.Errorf("it holds %d blobs: too few to prove anything", len(named))
	}
}

func blobsNamed(l evidence.Ledger) (digests []string) {
	for _, e := range l.Entries {
		for _, s := range stepsOf(e) {
			for _, b := range s.Raw {
				digests = append(digests, b.Digest.Hex())
			}
		}
	}
	return digests
}

// shortBundle seals an audit of more than fifty short lines, so that each of its
// bytes can be changed in turn: the first gate of the frozen one.
func shortBundle(t *testing.T) (bundle string, tool evidence.Tool) {
	t.Helper()
	var entries []evidence.Entry
	for _, e := range frozen(t, "healthy").Entries {
		first := e.Experiment != nil && strings.HasPrefix(e.Experiment.Check, "secrets.")
		if first || e.Plan != nil || e.Handling != nil {
			entries = append(entries, e)
		}
	}
	for len(entries) < 54 {
		entries = append(entries, evidence.Entry{At: entries[len(entries)-1].At, Resumed: &evidence.Resumed{}})
	}
	return sealAnew(t, entries)
}

// sealAnew closes the entries with the verdict that follows from them and
// publishes them as a bundle, with the blobs that they name.
func sealAnew(t *testing.T, entries []evidence.Entry) (string, evidence.Tool) {
	t.Helper()
	bundle := t.TempDir()
	open, _ := chained(t, entries)
	entries = append(entries, evidence.Entry{At: entries[len(entries)-1].At, Closing: closingOf(open)})
	ledger, src := chained(t, entries)
	if err := os.MkdirAll(filepath.Join(bundle, "evidence", "blobs"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, bundle, ledgerPath, src)
	for _, digest := range blobsNamed(ledger) {
		name := filepath.Join("evidence", "blobs", digest)
		write(t, bundle, name, read(t, "testdata/healthy", name))
	}
	publish(t, bundle, ledger, newKey(t))
	plan, _ := ledger.Plan()
	holds(t, bundle, plan.Tool)
	return bundle, plan.Tool
}

func closingOf(l evidence.Ledger) *evidence.Closing {
	v := evidence.Decide(gates.All(), l)
	c := &evidence.Closing{Word: v.Word, Exit: v.Exit}
	for _, g := range v.Gates {
		for _, check := range g.Checks {
			c.Checks = append(c.Checks, evidence.ClosingResult{Check: check.Check, Outcome: check.Outcome, Reason: check.Finding.Reason})
		}
	}
	return c
}

// holds makes sure that there is nothing to find before a bundle is tampered
// with: otherwise every change would seem to be found.
func holds(t *testing.T, bundle string, tool evidence.Tool) {
	t.Helper()
	if err := Verify(bundle, gates.All(), tool).Err(); err != nil {
		t.Fatalf("the untouched bundle: %v", err)
	}
}

// found fails unless Verify finds that a bundle was tampered with.
func found(t *testing.T, what, bundle string, tool evidence.Tool) {
	t.Helper()
	if v := Verify(bundle, gates.All(), tool); v.Err() == nil {
		t.Errorf("%s: not found by the listo that made it", what)
	}
	if v := Verify(bundle, gates.All(), evidence.Tool{Version: "another"}); v.Err() == nil {
		t.Errorf("%s: not found by another listo", what)
	}
}

func globbed(t *testing.T, bundle, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(bundle, pattern))
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: %v, %d files", pattern, err, len(all))
	}
	return all
}

func remove(t *testing.T, bundle, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(bundle, name)); err != nil {
		t.Fatal(err)
	}
}

// What was written to SHA256SUMS is what sha256sum(1) reads: a digest, two
// blanks, a path beside; every file of the bundle but the sums and the seal.
func TestSumsCoverTheBundle(t *testing.T) {
	bundle, _ := sealedBundle(t)
	listed := map[string]bool{}
	for line := range strings.Lines(string(read(t, bundle, sumsPath))) {
		m := regexp.MustCompile(`^([0-9a-f]{64})  ([a-zA-Z0-9_./-]+)\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%q is no line of sha256sum", line)
		}
		if got := evidence.DigestOf(read(t, bundle, m[2])).Hex(); got != m[1] {
			t.Errorf("%s has the digest %s, listed is %s", m[2], got, m[1])
		}
		listed[m[2]] = true
	}
	err := fs.WalkDir(os.DirFS(bundle), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && name != sumsPath && name != sealPath && !listed[name] {
			t.Errorf("%s is under no sum", name)
		}
		return err
	})
	if err != nil || len(listed) < 15 {
		t.Errorf("%v, %d files listed", err, len(listed))
	}
}
