package supply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/sbom"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/checkout"
	"listo/internal/words"
)

// bill writes the bill of materials of all parts and asks whether it is whole.
func bill() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: sbomID, Class: sbomID, Needs: needs(),
		Limits: []evidence.Limit{
			{Name: "suppliers", Default: 90, Unit: "%", Direction: evidence.AtLeast},
			{Name: "licences", Default: 90, Unit: "%", Direction: evidence.AtLeast},
		},
		Reasons: []string{"complete", "incomplete", "invalid", "anonymous", "unlicensed", "unreachable", "not_made", "nothing"},
	}, runBill, judgeBill)
}

// Materials is the account of the bill.
type Materials struct {
	Parts  []BilledPart `json:"parts,omitempty"`
	SHA256 string       `json:"sha256,omitempty"` // of sbom.json
	Bytes  int          `json:"bytes"`
	// Invalid is what the official schema of CycloneDX 1.6 has against it.
	Invalid string      `json:"invalid,omitempty"`
	Report  sbom.Report `json:"report"`
	// Licensable and Licensed count npm packages: Go modules declare no licence in
	// a manifest.
	Licensable int `json:"licensable"`
	Licensed   int `json:"licensed"`
	// Suppliable and Supplied count the components whose supplier can be known: an
	// optional package of another platform is not installed and tells nothing.
	Suppliable int `json:"suppliable"`
	Supplied   int `json:"supplied"`
	// Missing are packages of a lock that the bill does not hold.
	Missing []string `json:"missing,omitempty"`
	// Unnamed are components without a version or an identity.
	Unnamed []string `json:"unnamed,omitempty"`
}

// BilledPart is one part as the bill has it.
type BilledPart struct {
	Part     string `json:"part"`
	Kind     string `json:"kind,omitempty"`
	Packages int    `json:"packages"` // places of the lock, the standard library too
	Shipped  int    `json:"shipped"`  // of them in production
	// Left counts those that nobody can ask for their supplier: optional, of another
	// platform and not installed here, with a name that tells no owner.
	Left    int    `json:"left"`
	Offline bool   `json:"offline"`
	Error   string `json:"error,omitempty"` // why it could not be read
}

func runBill(ctx context.Context, b *lab.Bench) (Materials, error) {
	var o Materials
	doc, err := o.document(ctx, b)
	if err != nil {
		return o, err
	}
	for _, p := range parts(b) {
		billed, part, err := billPart(ctx, b, p)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, billed)
		o.count(part)
		doc.Parts = append(doc.Parts, part)
	}
	if len(doc.Parts) == 0 || slices.ContainsFunc(o.Parts, func(p BilledPart) bool { return p.Error != "" }) {
		return o, nil // a bill without a part would look like a whole one
	}
	out, err := sbom.Write(doc)
	if err != nil {
		return o, err
	}
	return o, o.examine(b, doc, out)
}

// document begins the bill: what the service is called and when it was made. The
// date is the commit's, so that two bills of one commit are equal.
func (o *Materials) document(ctx context.Context, b *lab.Bench) (sbom.Document, error) {
	commit, err := checkout.Commit(ctx, b.Recorder, b.Config.Folder)
	if err != nil {
		return sbom.Document{}, err
	}
	s := settings(b)
	plan, _ := b.Ledger().Plan()
	return sbom.Document{Name: b.Config.Name, Version: cmp.Or(s.Version, commit.Hash), Supplier: s.Supplier,
		Tool: "listo", ToolVer: plan.Tool.Version, Time: commit.At}, nil
}

// billPart reads one part in a clean copy, its packages installed.
func billPart(ctx context.Context, b *lab.Bench, p part) (BilledPart, sbom.Part, error) {
	billed := BilledPart{Part: p.Name, Kind: p.kind}
	folder, away, err := room(b)
	defer away()
	if err != nil {
		return billed, sbom.Part{}, err
	}
	c, err := layOut(ctx, b, p, filepath.Join(folder, "copy"))
	if err != nil {
		return billed, sbom.Part{}, err
	}
	var found sbom.Part
	switch p.kind {
	case kindNPM:
		found, billed.Offline, billed.Left, err = npmMaterials(ctx, b, c)
	case kindGo:
		found, err = goMaterials(ctx, b, c)
	default:
		err = errors.New("supply: the folder holds neither package.json nor go.mod")
	}
	if ctx.Err() != nil {
		return billed, found, ctx.Err()
	}
	if err != nil {
		billed.Error = readable(err.Error())
		billed.Offline = billed.Offline || offline(err.Error())
	}
	billed.Packages = len(found.Packages)
	for _, pkg := range found.Packages {
		if pkg.Use != sbom.Excluded {
			billed.Shipped++
		}
	}
	return billed, found, nil
}

func (o *Materials) count(part sbom.Part) {
	for _, p := range part.Packages {
		if p.Ecosystem != "npm" || p.Local {
			continue
		}
		o.Licensable++
		if p.Licence != "" {
			o.Licensed++
		}
	}
}

// examine reads the bill as anybody would and keeps it under its name.
func (o *Materials) examine(b *lab.Bench, doc sbom.Document, out []byte) error {
	touch := b.Touch("file", "jq '.components | length' "+Bill)
	touch.Capture(Bill, "application/vnd.cyclonedx+json", out, false)
	touch.End(0, nil)
	o.SHA256, o.Bytes = evidence.DigestOf(out).Hex(), len(out)
	if err := sbom.Validate(out); err != nil {
		o.Invalid = readable(err.Error())
	}
	var err error
	if o.Report, err = sbom.Check(out); err != nil {
		return err
	}
	o.Suppliable, o.Supplied = o.Report.Components, o.Report.WithSupplier
	for _, p := range o.Parts {
		o.Suppliable -= p.Left
	}
	for _, part := range doc.Parts {
		for _, p := range part.Packages {
			if !strings.Contains(string(out), jsonPath(p.Path)) {
				o.Missing = append(o.Missing, readable(part.Name+": "+p.Path))
			}
			if p.Version == "" && !p.Local {
				o.Unnamed = append(o.Unnamed, readable(part.Name+": "+p.Name))
			}
		}
	}
	return nil
}

// jsonPath is how the bill writes the place of a package.
func jsonPath(path string) string { return fmt.Sprintf("%q", path) }

func judgeBill(o Materials, limits evidence.Limits) evidence.Finding {
	r := o.Report
	share := func(n, of int) float64 {
		if of == 0 {
			return 0
		}
		return 100 * float64(n) / float64(of)
	}
	facts := evidence.Facts{"components": r.Components, "parts": len(o.Parts), "format": r.Format, "supplied": o.Supplied, "suppliable": o.Suppliable,
		"licensable": o.Licensable, "licensed": o.Licensed, "size": words.Bytes(o.Bytes), "part": "", "detail": o.Invalid,
		"named": few(slices.Concat(o.Missing, o.Unnamed, r.Faults)), "hashes": r.WithHash}
	for _, p := range o.Parts {
		if p.Error != "" {
			facts["part"], facts["detail"] = p.Part, p.Error
			if p.Offline {
				return evidence.Undecided("unreachable", facts)
			}
			return evidence.Undecided("not_made", facts)
		}
	}
	whole := r.WithName == r.Components && r.WithVersion == r.Components && r.WithID == r.Components && r.HasAuthor && r.HasTime &&
		r.Reached == r.Components && len(o.Missing)+len(o.Unnamed)+len(r.Faults) == 0
	packages := 0
	for _, p := range o.Parts {
		packages += p.Packages
	}
	switch {
	case o.SHA256 == "" || r.Components == 0 || packages == 0:
		return evidence.Undecided("nothing", facts)
	case o.Invalid != "" || r.Format != "1.6":
		return evidence.Failed("invalid", facts)
	case !whole:
		return evidence.Failed("incomplete", facts)
	case share(o.Supplied, o.Suppliable) < limits["suppliers"]:
		return evidence.Failed("anonymous", facts)
	case o.Licensable > 0 && share(o.Licensed, o.Licensable) < limits["licences"]:
		return evidence.Failed("unlicensed", facts)
	}
	return evidence.Passed("complete", facts)
}
