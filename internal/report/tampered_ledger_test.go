package report

import (
	"bytes"
	"os"
	"slices"
	"sync"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// Every byte of the ledger counts: each is changed in turn, and the chain or its
// head, which is under the seal, tells.
func TestEveryChangedByteOfTheLedgerIsFound(t *testing.T) {
	bundle, tool := shortBundle(t)
	src := read(t, bundle, ledgerPath)
	v := Verify(bundle, gates.All(), tool)
	if err := v.Err(); err != nil || v.Entries < 50 {
		t.Fatalf("the untouched bundle: %d lines, %v", v.Entries, err)
	}
	var workers sync.WaitGroup
	const share = 4
	for worker := range share {
		workers.Go(func() {
			mine := bytes.Clone(src)
			for at := worker; at < len(mine); at += share {
				was := mine[at]
				mine[at] ^= 1 << (at % 8)
				if !brokenBefore(mine, at) && sealedOver(mine, v.Seal.Ledger) {
					t.Errorf("byte %d, %q: the change is not found", at, was)
				}
				mine[at] = was
			}
		})
	}
	workers.Wait()
}

// brokenBefore reads the chain as far as the line after the one of byte at: the
// rest cannot heal it.
func brokenBefore(src []byte, at int) bool {
	end := at + 1
	for range 2 {
		if next := bytes.IndexByte(src[end:], '\n'); next >= 0 {
			end += next + 1
		}
	}
	_, err := evidence.ReadLedger(src[:end])
	return err != nil
}

func sealedOver(src []byte, head evidence.Digest) bool {
	l, err := evidence.ReadLedger(src)
	return err == nil && l.Torn == 0 && l.Head == head
}

// The same through Verify, for a sample of bytes, and for every line dropped,
// doubled and swapped.
func TestVerifyFindsAChangedLedger(t *testing.T) {
	bundle, tool := shortBundle(t)
	src := read(t, bundle, ledgerPath)
	try := func(what string, changed []byte) {
		t.Helper()
		write(t, bundle, ledgerPath, changed)
		found(t, what, bundle, tool)
	}
	for at := 0; at < len(src); at += 307 {
		changed := bytes.Clone(src)
		changed[at] ^= 1 << (at % 8)
		try("one byte", changed)
	}
	lines := bytes.SplitAfter(src, []byte("\n"))
	lines = lines[:len(lines)-1]
	for i := range lines {
		try("a dropped line", bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil))
		try("a doubled line", bytes.Join(slices.Insert(slices.Clone(lines), i, lines[i]), nil))
		swapped := slices.Clone(lines)
		j := (i + 1) % len(lines)
		swapped[i], swapped[j] = swapped[j], swapped[i]
		try("swapped lines", bytes.Join(swapped, nil))
	}
	try("all but the plan dropped", lines[0])
	try("half a line more", append(bytes.Clone(src), `{"prev":`...))
	try("nothing left", nil)
	write(t, bundle, ledgerPath, src)
	if err := Verify(bundle, gates.All(), tool).Err(); err != nil {
		t.Errorf("put back: %v", err)
	}
}

// Who rewrites the chain gets one that holds, and a verdict that follows from
// it; the seal is over another.
func TestRewrittenVerdictIsFound(t *testing.T) {
	bundle, tool := sealedBundle(t)
	rewrite := func(what string, change func([]evidence.Entry)) {
		t.Helper()
		entries := frozen(t, "healthy").Entries
		change(entries)
		_, src := chained(t, entries)
		write(t, bundle, ledgerPath, src)
		found(t, what, bundle, tool)
	}
	last := func(entries []evidence.Entry) *evidence.Closing { return entries[len(entries)-1].Closing }
	rewrite("the word of the closing line", func(all []evidence.Entry) { last(all).Word, last(all).Exit = evidence.Go, 0 })
	rewrite("an outcome of the closing line", func(all []evidence.Entry) { last(all).Checks[3].Outcome = evidence.Fail })
	rewrite("a check less in the closing line", func(all []evidence.Entry) { last(all).Checks = last(all).Checks[1:] })
	rewrite("a limit of the plan", func(all []evidence.Entry) { all[0].Plan.Gates[2].Checks[0].Limits[0].Value++ })
	rewrite("a gate less in the plan", func(all []evidence.Entry) { all[0].Plan.Gates = all[0].Plan.Gates[:9] })
	rewrite("the operator", func(all []evidence.Entry) { all[0].Plan.Operator = "somebody else" })
	rewrite("an observed number, and the verdict that follows", func(all []evidence.Entry) {
		for i, e := range all {
			if e.Experiment != nil && e.Experiment.Check == "frontend.served" {
				all[i].Experiment.Observed = bytes.Replace(e.Experiment.Observed, []byte(`"differing":0`), []byte(`"differing":1`), 1)
			}
		}
		open, _ := chained(t, all[:len(all)-1])
		all[len(all)-1].Closing = closingOf(open)
	})
}

// A line changed with the verdict kept: the closing line no longer follows.
func TestClosingThatDoesNotFollowIsFound(t *testing.T) {
	ledger := frozen(t, "failures")
	v := evidence.Decide(gates.All(), ledger)
	closing, _ := ledger.Closed()
	if err := sameVerdict(closing, v); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*evidence.Closing){
		"word":    func(c *evidence.Closing) { c.Word = evidence.Go },
		"exit":    func(c *evidence.Closing) { c.Exit = 0 },
		"outcome": func(c *evidence.Closing) { c.Checks[0].Outcome = evidence.Fail },
		"reason":  func(c *evidence.Closing) { c.Checks[0].Reason = "other" },
		"more":    func(c *evidence.Closing) { c.Checks = append(c.Checks, evidence.ClosingResult{}) },
		"none":    func(c *evidence.Closing) { c.Checks = nil },
	} {
		changed := closing
		changed.Checks = slices.Clone(closing.Checks)
		change(&changed)
		if sameVerdict(changed, v) == nil {
			t.Errorf("another %s is not found", what)
		}
	}
}

// Who takes the end and the seal away has an audit that is not over: it holds,
// but nobody can take it for one that was sealed.
func TestAuditWithoutEndIsOpen(t *testing.T) {
	bundle, tool := shortBundle(t)
	src := read(t, bundle, ledgerPath)
	write(t, bundle, ledgerPath, src[:bytes.LastIndexByte(src[:len(src)-1], '\n')+1])
	found(t, "the closing line dropped", bundle, tool)
	remove(t, bundle, sealPath)
	found(t, "the closing line dropped and the seal taken away", bundle, tool)
	remove(t, bundle, sumsPath)
	if v := Verify(bundle, gates.All(), tool); v.Err() != nil || !v.Open || v.Seal.Fingerprint != "" {
		t.Errorf("open %v, sealed by %q, %v", v.Open, v.Seal.Fingerprint, v.Err())
	}
}

// A ledger that listo did not write makes an error, never a panic.
func TestStrangeLedgersAreRefusedInPeace(t *testing.T) {
	t.Parallel()
	for _, digest := range []evidence.Digest{"", "sha256:", "sha256:ab", "x", "sha256:../../../etc/passwd", evidence.Digest(hostile)} {
		entries := frozen(t, "healthy").Entries
		for _, e := range entries {
			if e.Experiment != nil && len(e.Experiment.Steps) > 0 {
				e.Experiment.Steps[0].Raw = []evidence.Blob{{Digest: digest}}
			}
		}
		bundle := t.TempDir()
		if err := os.CopyFS(bundle, os.DirFS("testdata/healthy")); err != nil {
			t.Fatal(err)
		}
		_, src := chained(t, entries)
		write(t, bundle, ledgerPath, src)
		found(t, "a digest "+string(digest), bundle, entries[0].Plan.Tool)
	}
}
