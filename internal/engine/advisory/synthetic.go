package advisory

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Synthetic makes an export that is complete and fresh and holds nothing but the
// ecosystem's canaries, all dated as told. It shows that a healthy store is
// accepted and a vulnerable package found, without the network. It is marked as
// a test, the export and every record, and the mark stays in the proof by whatever
// way the records come.
func Synthetic(ecosystem string, dated time.Time) (Export, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	listing := Listing{}
	for _, c := range Canaries() {
		if c.Ecosystem != ecosystem {
			continue
		}
		listing[c.ID] = dated.UTC()
		w, err := archive.Create(c.ID + ".json")
		if err == nil {
			err = json.NewEncoder(w).Encode(c.osv(dated))
		}
		if err != nil {
			return Export{}, err
		}
	}
	if err := archive.Close(); err != nil {
		return Export{}, err
	}
	return Export{Ecosystem: ecosystem, Zip: bytes.NewReader(packed.Bytes()), Size: int64(packed.Len()),
		Listing: listing, Source: "synthetic, for tests", Test: true}, nil
}

// osv writes a canary as an OSV record.
func (c Canary) osv(dated time.Time) map[string]any {
	return map[string]any{
		"id": c.ID, "modified": dated.UTC().Format(time.RFC3339), "summary": "canary, for tests",
		"database_specific": map[string]any{"severity": "HIGH", "listo_test": true},
		"affected": []any{map[string]any{
			"package": map[string]string{"ecosystem": c.Ecosystem, "name": c.Name},
			"ranges":  []any{map[string]any{"type": "SEMVER", "events": events{{"introduced": "0"}, {"fixed": strings.TrimPrefix(c.Safe, "v")}}}},
		}},
	}
}
