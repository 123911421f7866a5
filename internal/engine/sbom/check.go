package sbom

import (
	"bytes"
	"fmt"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// MaxBytes is the longest bill that is read.
const MaxBytes = 64 << 20

// Report counts what a bill says. The seven elements are those that the NTIA
// asks for ("The Minimum Elements For a Software Bill of Materials", 2021):
// supplier, name, version, unique identifier, dependency relationship, author
// of the bill and timestamp.
type Report struct {
	Format       string `json:"format"` // specVersion
	Components   int    `json:"components"`
	WithSupplier int    `json:"withSupplier"`
	WithName     int    `json:"withName"`
	WithVersion  int    `json:"withVersion"`
	WithID       int    `json:"withId"` // a package URL, or a reference of its own for local source
	WithLicence  int    `json:"withLicence"`
	WithHash     int    `json:"withHash"`
	Edges        int    `json:"edges"`
	Reached      int    `json:"reached"` // components that the service leads to
	HasAuthor    bool   `json:"hasAuthor"`
	HasTime      bool   `json:"hasTime"`
	// Faults are what makes the bill contradict itself: a reference given
	// twice, or one that leads nowhere.
	Faults []string `json:"faults,omitempty"`
}

// Check reads a bill as anybody would and counts.
func Check(bill []byte) (Report, error) {
	if len(bill) > MaxBytes {
		return Report{}, fmt.Errorf("sbom: the bill has more than %d bytes: it is none", MaxBytes)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(bill), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return Report{}, fmt.Errorf("sbom: the bill cannot be read: %w: write it again", err)
	}
	if bom.BOMFormat != cdx.BOMFormat || bom.Components == nil || bom.Metadata == nil || bom.Metadata.Component == nil {
		return Report{}, fmt.Errorf("sbom: the bill is no CycloneDX bill of a service: write it again")
	}
	r := Report{Format: bom.SpecVersion.String(), HasTime: bom.Metadata.Timestamp != ""}
	r.HasAuthor = bom.Metadata.Tools != nil && bom.Metadata.Tools.Components != nil && len(*bom.Metadata.Tools.Components) > 0
	refs := map[string]bool{bom.Metadata.Component.BOMRef: true}
	for _, c := range *bom.Components {
		r.count(c)
		if refs[c.BOMRef] || c.BOMRef == "" {
			r.Faults = append(r.Faults, fmt.Sprintf("the reference %q names two components", c.BOMRef))
		}
		refs[c.BOMRef] = true
	}
	edges := r.edges(&bom, refs)
	r.Reached = len(reach(bom.Metadata.Component.BOMRef, edges)) - 1
	return r, nil
}

func (r *Report) count(c cdx.Component) {
	add := func(n *int, has bool) {
		if has {
			*n++
		}
	}
	add(&r.Components, true)
	add(&r.WithSupplier, c.Supplier != nil && c.Supplier.Name != "")
	add(&r.WithName, c.Name != "")
	add(&r.WithVersion, c.Version != "")
	add(&r.WithID, c.BOMRef != "")
	add(&r.WithLicence, c.Licenses != nil && len(*c.Licenses) > 0)
	add(&r.WithHash, c.Hashes != nil && len(*c.Hashes) > 0)
}

// edges gives the dependency graph and notes what is wrong with it.
func (r *Report) edges(bom *cdx.BOM, refs map[string]bool) map[string][]string {
	edges := map[string][]string{}
	if bom.Dependencies == nil {
		return edges
	}
	for _, d := range *bom.Dependencies {
		if _, twice := edges[d.Ref]; twice {
			r.Faults = append(r.Faults, fmt.Sprintf("the dependencies of %q stand there twice", d.Ref))
		}
		edges[d.Ref] = []string{}
		to := []string{}
		if d.Dependencies != nil {
			to = *d.Dependencies
		}
		for _, ref := range append([]string{d.Ref}, to...) {
			if !refs[ref] {
				r.Faults = append(r.Faults, fmt.Sprintf("%q depends on or is %q, which is no component", d.Ref, ref))
			}
		}
		edges[d.Ref] = append(edges[d.Ref], to...)
		r.Edges += len(to)
	}
	return edges
}

// reach gives everything that a reference leads to, itself included.
func reach(from string, edges map[string][]string) map[string]bool {
	seen, queue := map[string]bool{from: true}, []string{from}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, to := range edges[next] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}
