package database

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"listo/internal/engine/goose"
	"listo/internal/engine/manifest"
	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	digestsID    = "database.digests"
	classDigests = "database.digests"
)

// digests asks whether the migrations that were applied are still the ones that
// lie in the folder. goose keeps no digest, so the manifest does.
func digests() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: digestsID, Class: classDigests,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("migrations"), evidence.Setting("migrations_manifest")},
		Reasons: []string{"recorded", "edited", "changed", "missing", "unrecorded", "none"},
	}, runDigests, judgeDigests)
}

// Digests is the folder of migrations beside its manifest.
type Digests struct {
	Folder   string   `json:"folder"`
	Manifest string   `json:"manifest"`
	Recorded int      `json:"recorded"`
	Found    int      `json:"found"`
	Applied  []int64  `json:"applied"` // versions in force, by the ledger
	Changed  []string `json:"changed"`
	Missing  []string `json:"missing"` // recorded and not found
	Added    []string `json:"added"`   // found and not recorded
}

// Replay compares the folder without listo.
func (o Digests) Replay() string {
	return fmt.Sprintf("(cd %s && sha256sum --check) < %s", shell.Join(o.Folder), shell.Join(o.Manifest))
}

// Edited are changed files whose version is in force.
func (o Digests) Edited() []string {
	return slices.DeleteFunc(slices.Clone(o.Changed), func(name string) bool {
		version, _ := goose.Migration(name)
		return !slices.Contains(o.Applied, version)
	})
}

func runDigests(ctx context.Context, b *lab.Bench) (Digests, error) {
	o := Digests{Folder: settings(b).Migrations, Manifest: settings(b).MigrationsManifest}
	recorded, err := manifest.Load(path(b, o.Manifest))
	if err != nil {
		return o, fmt.Errorf("database: migrations_manifest %s: %w: write it with (cd %s && sha256sum *.sql)", o.Manifest, err, shell.Join(o.Folder))
	}
	touch := b.Touch("file", o.Replay())
	found, err := o.digest(b)
	touch.Capture("sha256", "text/plain", listing(found), false)
	touch.End(0, err)
	if err != nil {
		return o, err
	}
	d := manifest.Compare(recorded, found)
	o.Recorded, o.Found = len(recorded), len(found)
	o.Changed, o.Missing, o.Added = bounded(d.Changed), bounded(d.Missing), bounded(d.Added)
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	l := Ledger{Table: settings(b).ledgerTable()}
	if err := l.read(ctx, s); err != nil {
		return o, err
	}
	o.Applied = l.Compare().Applied
	return o, nil
}

// digest reads the migrations; other files in the folder are none of them.
func (o Digests) digest(b *lab.Bench) (manifest.Manifest, error) {
	m, err := digestFolder(path(b, o.Folder))
	if err != nil {
		return nil, fmt.Errorf("database: migrations %s: %w: name the folder of the migrations", o.Folder, err)
	}
	return m, nil
}

func digestFolder(folder string) (manifest.Manifest, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var m manifest.Manifest
	for _, e := range entries {
		if _, ok := goose.Migration(e.Name()); !ok || e.IsDir() {
			continue
		}
		body, err := readBounded(folder, e.Name(), maxMigration)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		m = append(m, manifest.Entry{Path: e.Name(), SHA256: hex.EncodeToString(sum[:]), Size: int64(len(body))})
	}
	return m, nil
}

func listing(m manifest.Manifest) []byte {
	var out []byte
	for _, e := range m {
		out = fmt.Appendf(out, "%s  %s\n", e.SHA256, e.Path)
	}
	return out
}

// bounded keeps the first names; a folder of migrations that all differ is
// described well enough by them.
func bounded(all []string) []string { return all[:min(len(all), 10*maxShown)] }

// readBounded reads a file of at most limit bytes.
func readBounded(folder, name string, limit int64) ([]byte, error) {
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return b, err
}

func judgeDigests(o Digests, _ evidence.Limits) evidence.Finding {
	first := func(all []string) []string { return append([]string{}, all[:min(len(all), maxShown)]...) }
	facts := evidence.Facts{"recorded": o.Recorded, "found": o.Found, "applied": len(o.Applied), "manifest": o.Manifest,
		"edited": first(o.Edited()), "changed": first(o.Changed), "missing": first(o.Missing), "added": first(o.Added)}
	switch {
	case o.Recorded == 0 || o.Found == 0 && len(o.Missing) == 0:
		return evidence.Undecided("none", facts)
	case len(o.Edited()) > 0:
		return evidence.Failed("edited", facts)
	case len(o.Changed) > 0:
		return evidence.Failed("changed", facts)
	case len(o.Missing) > 0:
		return evidence.Failed("missing", facts)
	case len(o.Added) > 0:
		return evidence.Failed("unrecorded", facts)
	}
	return evidence.Passed("recorded", facts)
}
