package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/words"
)

// The frozen audits below testdata were made by testdata/freeze from a real one:
// what their checks observed was observed.
//
//	healthy   everything proved but supply.advisories, which had no data; the whole
//	          bundle, sealed
//	failures  twins' observations in place of the patient's; an excused check, an
//	          errored one, a control that was never shown, a human's confirmation
//	waiting   a secret is missing, nothing that loads was run
//	planned   the plan alone, as an audit begins
//
// format1 is the first bundle of format version 1, of three gates: it is kept as
// it was made.
func frozenAudits() []string { return []string{"healthy", "failures", "waiting", "planned"} }

// frozen reads the ledger of a frozen audit; every call gives one of its own.
func frozen(t testing.TB, name string) evidence.Ledger {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name, "evidence", "ledger.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil || ledger.Torn > 0 {
		t.Fatalf("%s: %v, %d bytes torn", name, err, ledger.Torn)
	}
	return ledger
}

// viewOf gives the view of a ledger, its blobs those of a frozen audit.
func viewOf(t testing.TB, ledger evidence.Ledger, blobs string, lang words.Lang) *View {
	t.Helper()
	v, err := NewView(gates.All(), ledger, lang)
	if err != nil {
		t.Fatal(err)
	}
	v.Blob = BlobsOf(filepath.Join("testdata", blobs))
	v.KeyFingerprint = "SHA256:the-fingerprint-of-a-key"
	return v
}

func frozenView(t testing.TB, name string, lang words.Lang) *View {
	t.Helper()
	return viewOf(t, frozen(t, name), name, lang)
}

func pagesOf(t testing.TB, v *View) map[string][]byte {
	t.Helper()
	pages, err := v.Pages()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// chained writes entries as a ledger, with its chain, and reads it again.
func chained(t testing.TB, entries []evidence.Entry) (evidence.Ledger, []byte) {
	t.Helper()
	var ledger evidence.Ledger
	var src bytes.Buffer
	for _, e := range entries {
		if err := ledger.Append(&src, e); err != nil {
			t.Fatal(err)
		}
	}
	return ledger, src.Bytes()
}

// outcomeOf gives what became of one check.
func outcomeOf(t testing.TB, v *View, check string) evidence.CheckVerdict {
	t.Helper()
	c, ok := v.checkVerdict(check)
	if !ok {
		t.Fatalf("the plan holds no check %s", check)
	}
	return c
}

// These are the verdicts of the frozen audits. They may not change: what was
// once proved by an observation stays proved by it.
func TestFrozenVerdicts(t *testing.T) {
	for name, want := range map[string]struct {
		exit                       int
		passed, failed, unproven   int
		closed, waiting, confirmed bool
	}{
		"healthy":  {evidence.ExitUnproven, 100, 0, 1, true, false, false},
		"failures": {evidence.ExitFailed, 91, 4, 5, true, false, true},
		"waiting":  {evidence.ExitWaiting, 71, 0, 30, true, true, false},
		"planned":  {evidence.ExitUnproven, 0, 0, 101, false, false, false},
	} {
		v := frozenView(t, name, words.English)
		got := want
		got.exit, got.waiting, got.passed, got.failed, got.unproven = v.Verdict.Exit, v.Verdict.Waiting, 0, 0, 0
		for _, g := range v.Verdict.Gates {
			got.passed += g.Count(evidence.Pass)
			got.failed += g.Count(evidence.Fail)
			got.unproven += g.Count(evidence.Unproven)
		}
		_, got.closed = v.Ledger.Closed()
		got.confirmed = v.Ledger.Confirmed("secrets.present")
		if got != want || v.Verdict.Word != evidence.NoGo {
			t.Errorf("%s: %s %+v, want NO-GO %+v", name, v.Verdict.Word, got, want)
		}
	}
}
