package advisory

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxSummary bounds a record's title in the store, in bytes.
const maxSummary = 200

// record is what the store keeps of one OSV record: facts, no prose but the
// title. The JSON is the store's own format.
type record struct {
	ID        string     `json:"id"`
	Aliases   []string   `json:"aliases,omitempty"`
	Summary   string     `json:"summary,omitempty"`
	Modified  time.Time  `json:"modified,omitzero"`
	Withdrawn bool       `json:"-"` // never stored
	Test      bool       `json:"-"` // made for a test; the proof keeps that
	Ratings   []Rating   `json:"ratings,omitempty"`
	Affected  []affected `json:"affected"`
}

// affected says which versions of one package have the vulnerability.
type affected struct {
	Name     string   `json:"name"`
	Ranges   []events `json:"ranges,omitempty"`
	Versions []string `json:"versions,omitempty"` // exactly these
	// Imports are the Go packages of the module that have the vulnerability;
	// none when the record does not say.
	Imports []string `json:"imports,omitempty"`
}

// events are the boundaries of one range as OSV writes them: each one a single
// pair of introduced, fixed, last_affected or limit with a version.
type events []map[string]string

// osv is the part of the OSV schema that is read (ossf.github.io/osv-schema).
// Unknown fields are no error: a new schema must not empty the store.
type osv struct {
	ID        string
	Aliases   []string
	Summary   string
	Modified  string
	Withdrawn string
	Severity  []osvSeverity
	Affected  []struct {
		Package  struct{ Ecosystem, Name string }
		Severity []osvSeverity
		Ranges   []struct {
			Type   string
			Events []map[string]string
		}
		Versions  []string
		Ecosystem json.RawMessage `json:"ecosystem_specific"`
	}
	DatabaseSpecific json.RawMessage `json:"database_specific"`
}

type osvSeverity struct{ Type, Score string }

// readRecord reads one OSV record and keeps what concerns the ecosystem.
func readRecord(src []byte, ecosystem string) (record, error) {
	var o osv
	if err := json.Unmarshal(src, &o); err != nil {
		return record{}, err
	}
	if o.ID == "" {
		return record{}, errors.New("it has no id")
	}
	if len(o.Affected) == 0 && o.Withdrawn == "" {
		return record{}, errors.New("it names no affected package")
	}
	r := record{ID: o.ID, Aliases: o.Aliases, Summary: short(o.Summary), Withdrawn: o.Withdrawn != ""}
	if o.Modified != "" {
		modified, err := time.Parse(time.RFC3339, o.Modified)
		if err != nil {
			return record{}, fmt.Errorf("its modified date %q is none", o.Modified)
		}
		if modified.Year() > 1 { // the Go database's source says year 1 for "not yet published"
			r.Modified = modified.UTC()
		}
	}
	r.rateAs(o.Severity)
	var own struct {
		Severity string
		Test     bool `json:"listo_test"`
	}
	_ = json.Unmarshal(o.DatabaseSpecific, &own) // of another shape: then it rates nothing
	r.Test = own.Test
	if own.Severity != "" {
		r.Ratings = append(r.Ratings, Rating{Record: r.ID, Source: "database", Level: levelNamed(own.Severity)})
	}
	for _, a := range o.Affected {
		// A suffix as in "Debian:12" narrows the ecosystem.
		if base, _, _ := strings.Cut(a.Package.Ecosystem, ":"); base != ecosystem || a.Package.Name == "" {
			continue
		}
		r.rateAs(a.Severity)
		kept := affected{Name: a.Package.Name, Versions: a.Versions, Imports: readImports(a.Ecosystem)}
		for _, ranged := range a.Ranges {
			if ranged.Type == "SEMVER" || ranged.Type == "ECOSYSTEM" {
				kept.Ranges = append(kept.Ranges, ranged.Events)
			}
		}
		r.Affected = append(r.Affected, kept)
	}
	return r, nil
}

// readImports reads where in a Go module the vulnerability lies
// (go.dev/doc/security/vuln/database). An import without a path could be any.
func readImports(src json.RawMessage) (paths []string) {
	var specific struct{ Imports []struct{ Path string } }
	if json.Unmarshal(src, &specific) != nil {
		return nil
	}
	for _, i := range specific.Imports {
		if i.Path == "" {
			return nil
		}
		paths = append(paths, i.Path)
	}
	return paths
}

func (r *record) rateAs(severities []osvSeverity) {
	for _, s := range severities {
		r.Ratings = append(r.Ratings, rate(r.ID, s.Type, s.Score))
	}
}

// malicious tells of a package made to do harm.
func (r record) malicious() bool { return strings.HasPrefix(r.ID, "MAL-") }

// rated tells whether some source knows the severity.
func (r record) rated() bool {
	for _, rating := range r.Ratings {
		if rating.Level != LevelUnknown {
			return true
		}
	}
	return false
}

func short(text string) string {
	if len(text) <= maxSummary {
		return text
	}
	text = text[:maxSummary]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}
