package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/seal"
)

// Names of the files that close a bundle, below its evidence folder.
const (
	evidenceFolder = "evidence"
	ledgerFile     = "ledger.jsonl"
	blobsFolder    = "blobs"
	sumsFile       = "SHA256SUMS"
	sealFile       = "seal.dsse.json"
)

// ErrSecretInPage tells that a page would have shown a secret; it was not written.
var ErrSecretInPage = errors.New("a page holds a secret and was not written")

// Publish writes the pages of a view into a bundle, and, when the audit has
// ended, SHA256SUMS and the seal. find counts secrets in a text: a page that
// holds one is not written. A page that listo did not write is kept beside.
func Publish(bundle string, v *View, key seal.Key, now time.Time, find func([]byte) map[string]int) error {
	if err := Regather(bundle, v.Ledger); err != nil {
		return err
	}
	v.Blob = BlobsOf(bundle)
	v.KeyFingerprint = key.Fingerprint()
	pages, err := v.Pages()
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(pages)) {
		if found := find(pages[file]); len(found) > 0 {
			return fmt.Errorf("report: %s: %w (%s): this is a defect in listo", file, ErrSecretInPage, strings.Join(slices.Sorted(maps.Keys(found)), ", "))
		}
		if !strings.HasPrefix(file, evidenceFolder+"/") { // what lies there is listo's own
			if err := keepForeign(filepath.Join(bundle, file)); err != nil {
				return err
			}
		} else if err := os.MkdirAll(filepath.Join(bundle, filesFolder), 0o755); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		if err := writeWhole(filepath.Join(bundle, file), pages[file]); err != nil {
			return err
		}
	}
	if _, closed := v.Ledger.Closed(); !closed {
		return unseal(bundle)
	}
	return closeBundle(bundle, v, pages, key, now)
}

// unseal takes away the seal of an earlier state: what follows is not under it.
func unseal(bundle string) error {
	for _, name := range []string{sealFile, sumsFile} {
		if err := os.Remove(filepath.Join(bundle, evidenceFolder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("report: %w", err)
		}
	}
	return nil
}

func closeBundle(bundle string, v *View, pages map[string][]byte, key seal.Key, now time.Time) error {
	if err := shed(bundle, v); err != nil {
		return err
	}
	sums, err := sumsOf(bundle, pages)
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(bundle, evidenceFolder, sumsFile), sums); err != nil {
		return err
	}
	envelope, err := seal.Sign(seal.Contents{
		Plan: PlanDigest(v.Ledger), Ledger: v.Ledger.Head, Sums: evidence.DigestOf(sums),
		Run: v.Plan.Run, Word: v.Verdict.Word, Exit: v.Verdict.Exit, Tool: v.Plan.Tool,
	}, key, now)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(bundle, evidenceFolder, sealFile), envelope)
}

// sumsOf lists the digests of the pages and of all evidence in the form of
// sha256sum(1), relative to the bundle.
func sumsOf(bundle string, pages map[string][]byte) ([]byte, error) {
	digests := map[string]string{}
	for file, text := range pages {
		digests[file] = evidence.DigestOf(text).Hex()
	}
	err := walkEvidence(bundle, func(name string, text []byte) {
		digests[name] = evidence.DigestOf(text).Hex()
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(&out, "%s  %s\n", digests[name], name)
	}
	return out.Bytes(), nil
}

// walkEvidence gives every file of the evidence that the sums cover.
func walkEvidence(bundle string, each func(name string, text []byte)) error {
	root := filepath.Join(bundle, evidenceFolder)
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == sumsFile || d.Name() == sealFile || strings.HasPrefix(d.Name(), ".part-") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(bundle, path)
		if err == nil {
			each(filepath.ToSlash(name), text)
		}
		return err
	})
}

// KeyOf names the key that a bundle says it is sealed by; "" for no seal. It
// checks nothing: Verify does.
func KeyOf(bundle string) string {
	envelope, err := os.ReadFile(filepath.Join(bundle, evidenceFolder, sealFile))
	if err != nil {
		return ""
	}
	sealed, err := seal.Open(envelope)
	if err != nil {
		return ""
	}
	return sealed.Fingerprint
}

// keepForeign moves a page that listo did not write out of the way.
func keepForeign(path string) error {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && Ours(old)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	ending := filepath.Ext(path)
	kept := strings.TrimSuffix(path, ending) + ".previous" + ending
	if _, err := os.Stat(kept); err == nil {
		return nil // the first foreign page is the one worth keeping
	}
	if err := os.Rename(path, kept); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func writeWhole(path string, text []byte) error {
	part := filepath.Join(filepath.Dir(path), ".part-"+filepath.Base(path))
	if err := os.WriteFile(part, text, 0o644); err != nil {
		return errors.Join(fmt.Errorf("report: %w: free some space or choose another folder", err), os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
