package report

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/words"
)

// sumsAnew writes SHA256SUMS as sha256sum would for what lies there now.
func sumsAnew(t *testing.T, bundle string) {
	t.Helper()
	pages := map[string][]byte{}
	for _, path := range globbed(t, bundle, "*.md") {
		pages[filepath.Base(path)] = read(t, bundle, filepath.Base(path))
	}
	sums, err := sumsOf(bundle, pages)
	if err != nil {
		t.Fatal(err)
	}
	write(t, bundle, sumsPath, sums)
}

func TestVerifyFindsChangedFiles(t *testing.T) {
	pristine, tool := sealedBundle(t)
	try := func(what string, change func(t *testing.T, bundle string)) {
		t.Run(what, func(t *testing.T) {
			bundle := t.TempDir()
			if err := os.CopyFS(bundle, os.DirFS(pristine)); err != nil {
				t.Fatal(err)
			}
			change(t, bundle)
			found(t, what, bundle, tool)
			if !bytes.Equal(read(t, pristine, sumsPath), sumsOrNone(bundle)) {
				return // it was the sums that changed
			}
			sumsAnew(t, bundle)
			found(t, what+", with the sums made anew", bundle, tool)
		})
	}
	for _, path := range globbed(t, pristine, "*.md") {
		page := filepath.Base(path)
		try("a number on "+page, func(t *testing.T, bundle string) {
			text := string(read(t, bundle, page))
			at := regexp.MustCompile(`[0-9]`).FindStringIndex(text)
			write(t, bundle, page, []byte(text[:at[0]]+"7"+text[at[0]:]))
		})
	}
	try("a page taken away", func(t *testing.T, bundle string) { remove(t, bundle, ClosingFile) })
	for _, path := range globbed(t, pristine, "evidence/blobs/*")[:3] {
		blob := filepath.Join("evidence", "blobs", filepath.Base(path))
		try("a changed blob "+filepath.Base(path)[:8], func(t *testing.T, bundle string) {
			write(t, bundle, blob, append(read(t, bundle, blob), ' '))
		})
		try("a blob taken away "+filepath.Base(path)[:8], func(t *testing.T, bundle string) { remove(t, bundle, blob) })
	}
	try("a blob more", func(t *testing.T, bundle string) {
		write(t, bundle, filepath.Join("evidence", "blobs", evidence.DigestOf([]byte("x")).Hex()), []byte("x"))
	})
	try("a file more beside the ledger", func(t *testing.T, bundle string) { write(t, bundle, "evidence/more.txt", nil) })
	try("the seal taken away", func(t *testing.T, bundle string) { remove(t, bundle, sealPath) })
	try("the sums taken away", func(t *testing.T, bundle string) { remove(t, bundle, sumsPath) })
	try("the sums emptied", func(t *testing.T, bundle string) { write(t, bundle, sumsPath, nil) })
	try("a line of the sums taken away", func(t *testing.T, bundle string) {
		_, rest, _ := bytes.Cut(read(t, bundle, sumsPath), []byte("\n"))
		write(t, bundle, sumsPath, rest)
		remove(t, bundle, sealPath)
	})
	try("sums that lead out of the bundle", func(t *testing.T, bundle string) {
		write(t, bundle, sumsPath, []byte(strings.Repeat("0", 64)+"  ../../etc/passwd\n"))
	})
	try("the ledger taken away", func(t *testing.T, bundle string) { remove(t, bundle, ledgerPath) })
}

func sumsOrNone(bundle string) []byte {
	text, _ := os.ReadFile(filepath.Join(bundle, sumsPath)) // none is what the caller asks about
	return text
}

// Every byte of the sums and of the seal counts; the sample is walked through
// all of Verify, as package seal walks all of them.
func TestVerifyFindsAChangedSeal(t *testing.T) {
	bundle, tool := shortBundle(t)
	another := evidence.Tool{Version: "another"}
	for name, step := range map[string]int{sealPath: 5, sumsPath: 23} {
		src := read(t, bundle, name)
		for at := 0; at < len(src); at += step {
			changed := bytes.Clone(src)
			changed[at] ^= 1 << (at % 8)
			write(t, bundle, name, changed)
			if Verify(bundle, gates.All(), another).Err() == nil {
				t.Errorf("%s, byte %d, %q: not found", name, at, src[at])
			}
		}
		write(t, bundle, name, src)
	}
	if err := Verify(bundle, gates.All(), tool).Err(); err != nil {
		t.Errorf("put back: %v", err)
	}
}

// A seal of another audit holds by itself and is no seal of this one.
func TestVerifyFindsAnotherAuditsSeal(t *testing.T) {
	bundle, tool := shortBundle(t)
	other, _ := sealedBundle(t)
	write(t, bundle, sealPath, read(t, other, sealPath))
	found(t, "another audit's seal", bundle, tool)
}

// Who seals a rewritten audit anew needs a key of his own: the bundle holds, and
// tells whose it is. Whom to believe is for the reader, by the fingerprint.
func TestAnotherKeyShows(t *testing.T) {
	bundle, tool := shortBundle(t)
	before := Verify(bundle, gates.All(), tool)
	src := read(t, bundle, ledgerPath)
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		t.Fatal(err)
	}
	forger := newKey(t)
	publish(t, bundle, ledger, forger)
	after := Verify(bundle, gates.All(), tool)
	if before.Err() != nil || after.Err() != nil || after.Seal.Fingerprint != forger.Fingerprint() || after.Seal.Fingerprint == before.Seal.Fingerprint {
		t.Errorf("before %q %v, after %q %v", before.Seal.Fingerprint, before.Err(), after.Seal.Fingerprint, after.Err())
	}
}

// What the sums and the seal both cover is looked at on its own too: a bundle
// under another's seal is caught by what the ledger says.
func TestSealNamesWhatItIsOver(t *testing.T) {
	bundle, tool := shortBundle(t)
	sums := read(t, bundle, sumsPath)
	for want, change := range map[string]func(*Verification, *evidence.Ledger, *[]byte){
		"":                     func(*Verification, *evidence.Ledger, *[]byte) {},
		"over another ledger":  func(_ *Verification, l *evidence.Ledger, _ *[]byte) { l.Head = evidence.DigestOf(nil) },
		"over another plan":    func(_ *Verification, l *evidence.Ledger, _ *[]byte) { l.Entries[1].Prev = evidence.DigestOf(nil) },
		"over another SHA256":  func(_ *Verification, _ *evidence.Ledger, s *[]byte) { *s = append(*s, '\n') },
		"says something else":  func(v *Verification, _ *evidence.Ledger, _ *[]byte) { v.Plan.Run += "x" },
		"something else than ": func(v *Verification, _ *evidence.Ledger, _ *[]byte) { v.Verdict.Exit = 0 },
	} {
		ledger, err := evidence.ReadLedger(read(t, bundle, ledgerPath))
		if err != nil {
			t.Fatal(err)
		}
		v, text := Verify(bundle, gates.All(), tool), bytes.Clone(sums)
		v.Steps = nil
		change(&v, &ledger, &text)
		v.sealed(bundle, ledger, text)
		if err := v.Err(); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// A changed blob is found by the ledger alone, also while there are no sums yet.
func TestLedgerKnowsItsBlobs(t *testing.T) {
	bundle, _ := sealedBundle(t)
	ledger := frozen(t, "healthy")
	if _, note, err := blobs(bundle, ledger); err != nil || note == "0 blobs" {
		t.Fatalf("%s: %v", note, err)
	}
	blob := filepath.Join("evidence", "blobs", blobsNamed(ledger)[0])
	text := read(t, bundle, blob)
	for what, changed := range map[string][]byte{"changed": append([]byte("x"), text[1:]...), "longer": append(bytes.Clone(text), 'x'), "empty": nil} {
		write(t, bundle, blob, changed)
		if _, _, err := blobs(bundle, ledger); err == nil {
			t.Errorf("%s: not found", what)
		}
	}
	remove(t, bundle, blob)
	if _, _, err := blobs(bundle, ledger); err == nil {
		t.Error("taken away: not found")
	}
}

// Who changes a page and seals all anew is caught by the listo that made it: the
// page does not follow from the ledger.
func TestForgedPageIsFound(t *testing.T) {
	bundle, tool := sealedBundle(t)
	v, forger := frozenView(t, "healthy", words.Spanish), newKey(t)
	v.KeyFingerprint = forger.Fingerprint()
	pages := pagesOf(t, v)
	pages[ClosingFile] = bytes.Replace(pages[ClosingFile], []byte("# NO LISTO"), []byte("# LISTO PARA PROMOVER"), 1)
	for file, text := range pages {
		write(t, bundle, file, text)
	}
	if err := closeBundle(bundle, v, pages, forger, v.Plan.Made); err != nil {
		t.Fatal(err)
	}
	got := Verify(bundle, gates.All(), tool)
	if err := got.Err(); err == nil || !strings.Contains(err.Error(), "pages: go_no_go.md is not the page") || strings.Contains(err.Error(), "seal") {
		t.Errorf("the forged page: %v", err)
	}
}
