package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"listo/internal/engine/manifest"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// unchanged asks, after everything else, whether the audit itself or anything
// beside it touched the frontend.
func unchanged() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: unchangedID, Class: classManifest, When: evidence.Last,
		Needs:   []evidence.Need{evidence.Setting("directory"), evidence.Setting("manifest")},
		Reasons: []string{"unchanged", "changed", "no_beginning", "empty"},
	}, runUnchanged, judgeUnchanged)
}

// Unchanged is the folder at the end of the audit beside what it was at its beginning.
type Unchanged struct {
	// Before is the digest that frontend.manifest saw first; empty when it never
	// saw the folder.
	Before string `json:"before"`
	After  string `json:"after"`
	Files  int    `json:"files"` // now
	Bytes  int64  `json:"bytes"`
	// Missing, Added and Changed are told only when the folder began as recorded:
	// of any other beginning the ledger holds the digest alone.
	Missing Names `json:"missing"`
	Added   Names `json:"added"`
	Changed Names `json:"changed"`
}

func runUnchanged(ctx context.Context, b *lab.Bench) (Unchanged, error) {
	is, err := found(ctx, b)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Unchanged{}, err
	}
	o := Unchanged{Before: beginning(b), After: is.Digest(), Files: len(is), Bytes: is.Bytes()}
	was, err := recorded(b)
	if err != nil || was.Digest() != o.Before {
		return o, nil // the manifest file may be gone by now; the digests decide
	}
	d := manifest.Compare(was, is)
	o.Missing, o.Added, o.Changed = namesOf(d.Missing), namesOf(d.Added), namesOf(d.Changed)
	return o, nil
}

// beginning gives the digest that frontend.manifest saw first.
func beginning(b *lab.Bench) string {
	for _, e := range b.Ledger().Attempts(manifestID) {
		var o Comparison
		if !e.Errored() && json.Unmarshal(e.Observed, &o) == nil {
			return o.FoundDigest
		}
	}
	return ""
}

func judgeUnchanged(o Unchanged, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"files": o.Files, "size": sizeOf(o.Bytes), "before": short(o.Before), "after": short(o.After)}
	switch {
	case o.Before == "":
		return evidence.Undecided("no_beginning", facts)
	case o.Before != o.After || o.Missing.Count+o.Added.Count+o.Changed.Count > 0:
		return evidence.Failed("changed", facts)
	case o.Files == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("unchanged", facts)
}
