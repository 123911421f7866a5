package listo_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"listo/internal/engine/advisory"
)

// preferSupportedNode puts the Node that scripts/install.sh brings in front of
// the machine's, as scripts/demo.sh does: the patient's frontend is built with it.
func preferSupportedNode() {
	folder, err := filepath.Abs("build/node/node_modules/.bin")
	if err != nil {
		panic(err)
	}
	if _, err := os.Stat(folder); err == nil {
		if err := os.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
			panic(err)
		}
	}
}

// syntheticStore is a whole and fresh store of advisories that holds the canaries
// alone. Verdicts that lean on it carry the word TEST.
func syntheticStore(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, ecosystem := range []string{advisory.NPM, advisory.Go} {
		export, err := advisory.Synthetic(ecosystem, time.Now())
		if err == nil {
			_, err = advisory.Import(t.Context(), folder, export, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// known is a record about one package: versions below fixed have it.
type known struct{ id, ecosystem, name, fixed, severity string }

// storeThatKnows is a synthetic store of npm or Go that knows of one more
// vulnerability. It is marked as a test.
func storeThatKnows(t *testing.T, folder string, k known) {
	t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	listing := advisory.Listing{}
	now := time.Now().UTC()
	add := func(k known) {
		listing[k.id] = now
		w, err := archive.Create(k.id + ".json")
		if err == nil {
			err = json.NewEncoder(w).Encode(map[string]any{
				"id": k.id, "modified": now.Format(time.RFC3339), "summary": "made for a test",
				"database_specific": map[string]any{"severity": k.severity, "listo_test": true},
				"affected": []any{map[string]any{
					"package": map[string]string{"ecosystem": k.ecosystem, "name": k.name},
					"ranges":  []any{map[string]any{"type": "SEMVER", "events": []map[string]string{{"introduced": "0"}, {"fixed": k.fixed}}}},
				}},
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range advisory.Canaries() {
		if c.Ecosystem == k.ecosystem {
			add(known{c.ID, c.Ecosystem, c.Name, trimV(c.Safe), "HIGH"})
		}
	}
	add(k)
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := advisory.Import(t.Context(), folder, advisory.Export{Ecosystem: k.ecosystem, Zip: bytes.NewReader(packed.Bytes()),
		Size: int64(packed.Len()), Listing: listing, Source: "made for a test", Test: true}, now)
	if err != nil {
		t.Fatal(err)
	}
}

func trimV(version string) string {
	if version[0] == 'v' {
		return version[1:]
	}
	return version
}

// npmArchive packs a package.json as npm packs a package.
func npmArchive(t *testing.T, manifest string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	out := tar.NewWriter(zipped)
	if err := out.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(manifest))}); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte(manifest)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
