package supply

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/advisory"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// advisories asks whether a known vulnerability of high or critical severity is
// in any package, and whether the store is fit to answer that.
func advisories() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: advisoriesID, Class: advisoriesID, Needs: needs(),
		Limits:  []evidence.Limit{{Name: "age", Default: 7, Unit: "days", Direction: evidence.AtMost}},
		Reasons: []string{"clean", "blocked", "no_store", "broken", "partial", "stale", "undecided", "not_read", "nothing"},
	}, runAdvisories, judgeAdvisories)
}

// Advisories is what the store says of all packages, and what the store is worth.
type Advisories struct {
	At     time.Time      `json:"at"` // the audit's clock
	Parts  []AskedPart    `json:"parts,omitempty"`
	Asked  int            `json:"asked"`            // releases looked up, each once
	Held   int            `json:"held"`             // records held against them
	Absent bool           `json:"absent"`           // there is no store
	Broken string         `json:"broken,omitempty"` // why it cannot be used
	Proof  advisory.Proof `json:"proof"`
	// Ecosystems are those that the parts need.
	Ecosystems []string             `json:"ecosystems,omitempty"`
	Doubts     []Doubt              `json:"doubts,omitempty"` // beside its age, which the judge weighs
	Vulnerable []Vulnerable         `json:"vulnerable,omitempty"`
	Total      int                  `json:"total"` // of Vulnerable, which holds the first
	Blocking   int                  `json:"blocking"`
	Unlinked   []advisory.Unlinked  `json:"unlinked,omitempty"`
	Undecided  []advisory.Undecided `json:"undecided,omitempty"`
}

// Doubt is one reason why the store may miss a vulnerability.
type Doubt struct {
	Kind      string `json:"kind"` // of engine/advisory, with _ for -
	Ecosystem string `json:"ecosystem"`
	Detail    string `json:"detail"`
}

// AskedPart is one part whose packages were looked up.
type AskedPart struct {
	Part     string `json:"part"`
	Kind     string `json:"kind,omitempty"`
	Entries  int    `json:"entries"`  // of the lock, and the standard library
	Asked    int    `json:"asked"`    // looked up
	Excluded int    `json:"excluded"` // the project's own source: no registry's advisory speaks of it
	Error    string `json:"error,omitempty"`
}

func runAdvisories(ctx context.Context, b *lab.Bench) (Advisories, error) {
	o := Advisories{At: b.Now().UTC()}
	var all []asked
	linked := advisory.Linked(nil)
	for _, p := range parts(b) {
		found, imports, err := askPart(ctx, b, p)
		part := AskedPart{Part: p.Name, Kind: p.kind, Entries: len(found)}
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if err != nil {
			part.Error = readable(err.Error())
		}
		for _, a := range found {
			if a.excluded {
				part.Excluded++
				continue
			}
			part.Asked++
			all = append(all, a)
			if !slices.Contains(o.Ecosystems, a.pkg.Ecosystem) {
				o.Ecosystems = append(o.Ecosystems, a.pkg.Ecosystem)
			}
		}
		linked = joined(linked, imports)
		o.Parts = append(o.Parts, part)
	}
	return o, o.consult(ctx, b, all, linked)
}

func joined(linked advisory.Linked, imports []string) advisory.Linked {
	if linked == nil && len(imports) > 0 {
		linked = advisory.Linked{}
	}
	for _, path := range imports {
		linked[path] = true
	}
	return linked
}

// consult opens the store, proves what it is worth, and looks everything up.
func (o *Advisories) consult(ctx context.Context, b *lab.Bench, all []asked, linked advisory.Linked) error {
	folder, err := store(b)
	var open *advisory.Store
	touch := b.Touch("file", "listo db status")
	if err == nil {
		open, err = advisory.Open(folder)
	}
	if err != nil {
		if o.Absent = errors.Is(err, fs.ErrNotExist); !o.Absent {
			o.Broken = readable(err.Error())
		}
		touch.End(0, nil)
		return nil
	}
	defer open.Close()
	if err = open.Verify(); err == nil {
		o.Proof, err = open.Prove()
	}
	touch.End(0, err)
	if err != nil {
		o.Broken = readable(err.Error())
		return nil
	}
	for i := range o.Proof.Ecosystems { // where it came from may be a folder of this machine
		o.Proof.Ecosystems[i].Source = readable(filepath.Base(o.Proof.Ecosystems[i].Source))
	}
	for _, p := range o.Proof.Problems(o.At, time.Duration(1<<62), o.Ecosystems...) {
		o.Doubts = append(o.Doubts, Doubt{strings.ReplaceAll(string(p.Doubt), "-", "_"), p.Ecosystem, readable(p.Detail)})
	}
	var packages []advisory.Package
	for _, a := range all {
		packages = append(packages, a.pkg)
	}
	result, err := open.Match(ctx, packages, linked)
	if err != nil {
		return err
	}
	o.Asked, o.Held = result.Packages, result.Records
	o.Undecided, o.Unlinked = result.Undecided, result.Unlinked
	return o.place(open, result.Findings, all)
}
