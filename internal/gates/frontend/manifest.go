package frontend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"listo/internal/engine/manifest"
	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// recordedTree asks whether the folder holds the recorded bytes. It runs before
// anything else, so that frontend.unchanged knows what the audit began with.
func recordedTree() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: manifestID, Class: classManifest, When: evidence.First,
		Needs:   []evidence.Need{evidence.Setting("directory"), evidence.Setting("manifest")},
		Reasons: []string{"exact", "differs", "outside", "empty"},
	}, runManifest, judgeManifest)
}

// Comparison is the folder beside its recorded manifest.
type Comparison struct {
	Directory      string `json:"directory"` // as listo.yaml names it
	Manifest       string `json:"manifest"`
	RecordedFiles  int    `json:"recorded_files"`
	RecordedDigest string `json:"recorded_digest"` // of the manifest as sha256sum would write it, sorted
	FoundFiles     int    `json:"found_files"`
	FoundBytes     int64  `json:"found_bytes"`
	FoundDigest    string `json:"found_digest"`
	Missing        Names  `json:"missing"`
	Added          Names  `json:"added"`
	Changed        Names  `json:"changed"`
	// Outside are links that lead out of the folder, to bytes nobody recorded.
	Outside Names `json:"outside"`
}

// Replay is how a sceptic compares the folder without listo. sha256sum does not
// see what was added: that is what the count is for.
func (o Comparison) Replay() string {
	folder := shell.Join(o.Directory)
	return fmt.Sprintf("(cd %s && sha256sum --check --quiet) < %s\n(cd %s && find . -type f | wc -l)  # %d",
		folder, shell.Join(o.Manifest), folder, o.RecordedFiles)
}

func runManifest(ctx context.Context, b *lab.Bench) (Comparison, error) {
	was, err := recorded(b)
	if err != nil {
		return Comparison{}, err
	}
	is, err := found(ctx, b)
	if err != nil {
		return Comparison{}, err
	}
	d := manifest.Compare(was, is)
	return Comparison{
		Directory: settings(b).Directory, Manifest: settings(b).Manifest,
		RecordedFiles: len(was), RecordedDigest: was.Digest(),
		FoundFiles: len(is), FoundBytes: is.Bytes(), FoundDigest: is.Digest(),
		Missing: namesOf(d.Missing), Added: namesOf(d.Added), Changed: namesOf(d.Changed),
		Outside: namesOf(is.Links(manifest.Entry.Outside)),
	}, nil
}

func judgeManifest(o Comparison, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{
		"files": o.FoundFiles, "recorded": o.RecordedFiles, "size": sizeOf(o.FoundBytes), "digest": short(o.FoundDigest),
		"missing": o.Missing.Count, "added": o.Added.Count, "changed": o.Changed.Count,
		"names": some(o.Changed, o.Missing, o.Added), "links": some(o.Outside),
	}
	switch {
	case o.RecordedFiles == 0:
		return evidence.Undecided("empty", facts)
	case o.FoundDigest != o.RecordedDigest || o.Missing.Count+o.Added.Count+o.Changed.Count > 0:
		return evidence.Failed("differs", facts)
	case o.Outside.Count > 0:
		return evidence.Undecided("outside", facts)
	}
	return evidence.Passed("exact", facts)
}

// flippedByte is the sick twin: a folder of which one byte was changed by one
// bit after it was recorded.
func flippedByte(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, away, err := smallFrontend(ctx, b)
	if err != nil {
		return nil, away, err
	}
	file := filepath.Join(twin.Config.Folder, twinFolder, "assets", "app.js")
	body, err := os.ReadFile(file)
	if err == nil {
		body[len(body)/2] ^= 1
		err = os.WriteFile(file, body, 0o644)
	}
	if err != nil {
		away()
		return nil, func() {}, err
	}
	return twin, away, nil
}
