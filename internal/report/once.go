package report

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// A file that a gate publishes is a kept blob under a name for people. In a bundle that
// is closed it stands once, under that name, and is found by its digest there: half of a
// bundle that is to be committed would otherwise be the other half again.

// BlobsOf reads kept raw bytes of a bundle by their digest: from its blobs, or else from
// the published file that has this digest. What was changed has another one, and is not
// found.
func BlobsOf(bundle string) func(evidence.Digest) ([]byte, error) {
	return func(d evidence.Digest) ([]byte, error) {
		kept, err := os.ReadFile(blobFile(bundle, d))
		if !errors.Is(err, fs.ErrNotExist) {
			return kept, err
		}
		for _, file := range publishedFiles(bundle) {
			if text, err := os.ReadFile(file); err == nil && evidence.DigestOf(text) == d {
				return text, nil
			}
		}
		return nil, err
	}
}

func blobFile(bundle string, d evidence.Digest) string {
	return filepath.Join(bundle, evidenceFolder, blobsFolder, filepath.Base(d.Hex()))
}

// publishedFiles are the files of a bundle that may be blobs: those below filesFolder,
// and those beside the pages that are none.
func publishedFiles(bundle string) []string {
	var all []string
	for _, folder := range []string{filepath.Join(bundle, filepath.FromSlash(filesFolder)), bundle} {
		entries, _ := os.ReadDir(folder) // without the folder there are none
		for _, e := range entries {
			if e.Type().IsRegular() && (folder != bundle || !isPage(e.Name())) {
				all = append(all, filepath.Join(folder, e.Name()))
			}
		}
	}
	return all
}

// Regather puts back among the blobs what stands as a published file alone. It is to be
// called before such a file is written anew, or left behind: a ledger's blobs must not
// go with it.
func Regather(bundle string, ledger evidence.Ledger) error {
	named := map[evidence.Digest]bool{}
	for _, e := range ledger.Entries {
		for _, s := range stepsOf(e) {
			for _, b := range s.Raw {
				named[b.Digest] = true
			}
		}
	}
	for _, file := range publishedFiles(bundle) {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		d := evidence.DigestOf(text)
		if _, err := os.Stat(blobFile(bundle, d)); !named[d] || err == nil {
			continue
		}
		if err := writeWhole(blobFile(bundle, d), text); err != nil {
			return err
		}
	}
	return nil
}

// shed takes the blobs away that stand among the published files, too.
func shed(bundle string, v *View) error {
	for d, file := range v.publishedPaths() {
		text, err := os.ReadFile(filepath.Join(bundle, filepath.FromSlash(file)))
		if err != nil || evidence.DigestOf(text) != d {
			return fmt.Errorf("report: %s is not the file that was published (%v): this is a defect in listo, or somebody writes to the reports folder", file, err)
		}
		if err := os.Remove(blobFile(bundle, d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("report: %w", err)
		}
	}
	return nil
}

// publishedPaths gives where published blobs stand in a bundle, by their digest.
func (v *View) publishedPaths() map[evidence.Digest]string {
	paths := map[evidence.Digest]string{}
	for _, gate := range v.Gates {
		for _, file := range gate.Files {
			if blob, found := v.newest(gate, file); found {
				paths[blob.Digest] = path.Join(filesFolder, file)
			}
		}
		for _, file := range gate.Reports {
			if blob, found := v.newest(gate, file); found && !isPage(file) {
				paths[blob.Digest] = file
			}
		}
	}
	return paths
}

// Where gives the place of a blob in its bundle, with slashes.
func (v *View) Where(d evidence.Digest) string { return whereIn(v.publishedPaths(), d) }

func whereIn(published map[evidence.Digest]string, d evidence.Digest) string {
	if file, found := published[d]; found {
		return file
	}
	return path.Join(evidenceFolder, blobsFolder, d.Hex())
}

// kept says how large a raw answer was, how much of it is here, and where.
func (b *builder) kept(blob evidence.Blob) markdown.Safe {
	facts := map[string]any{"size": words.Bytes(blob.TrueSize)}
	switch {
	case blob.Left():
		text, _ := shortDigest(blob.TrueDigest)
		facts["digest"] = text
		return b.say("detail.left", facts)
	case blob.TrueSize > 0:
		return b.say("detail.cut", facts) + " · " + b.blobLink(blob.Digest)
	}
	return b.num(words.Bytes(blob.Size)) + " · " + b.blobLink(blob.Digest)
}

// shortDigest begins a digest; well tells that it is hex and needs no escaping. A ledger
// that listo did not write may hold anything in its place.
func shortDigest(d evidence.Digest) (text markdown.Safe, well bool) {
	if raw, err := hex.DecodeString(d.Hex()); err != nil || len(raw) != sha256.Size {
		return markdown.Code(string(d)), false
	}
	return markdown.Safe("`" + d.Hex()[:12] + "`"), true
}

// blobLink links to kept bytes.
func (p *page) blobLink(d evidence.Digest) markdown.Safe {
	text, well := shortDigest(d)
	if !well {
		return text
	}
	if p.at == nil {
		p.at = p.view.publishedPaths()
	}
	return "[" + text + "](" + markdown.Safe(whereIn(p.at, d)) + ")"
}
