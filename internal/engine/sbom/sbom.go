// Package sbom writes a software bill of materials in CycloneDX 1.6 JSON and
// checks one. The same input gives the same bytes.
//
// It holds no vulnerabilities: BSI TR-03183-2 keeps them out of a bill. It does
// not know lock files or how a dependency was found.
package sbom

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// Document is what a bill says.
type Document struct {
	Name     string // of the service
	Version  string
	Supplier string    // who answers for the service
	Tool     string    // the program that wrote the bill
	ToolVer  string    // its version
	Time     time.Time // of the commit, so that two bills of it are equal
	Parts    []Part
}

// Part is one program of the service, such as its backend or its frontend.
type Part struct {
	Name    string // unique in the document
	Version string
	// DependsOn are the Paths of the packages that it asks for itself.
	DependsOn []string
	Packages  []Package
}

// Package is one package of a part. Several with the same ecosystem, name and
// version become one component, which keeps all their paths.
type Package struct {
	Ecosystem string // npm or Go
	Name      string
	Version   string // "" when nobody knows it
	Path      string // unique in its part: where it is installed, or the module path
	Use       Use
	Local     bool              // source of this project
	Digests   map[string]string // of the distributed archive: sha512 to the raw digest
	H1        string            // Go's sum of the module's tree, which is no digest of an archive
	Licence   string            // as its author declares it
	Supplier  string            // "" when nobody knows; then npm's scope or Go's module path tells the owner
	DependsOn []string          // paths in the same part
}

// Use says whether production gets a package.
type Use int

// The uses. When a package is used in several ways, the lowest counts.
const (
	Required Use = iota // production has it
	Optional            // production works without it
	Excluded            // production never gets it
)

func (u Use) scope() cdx.Scope {
	return []cdx.Scope{cdx.ScopeRequired, cdx.ScopeOptional, cdx.ScopeExcluded}[min(max(u, Required), Excluded)]
}

// rootRef names the service in the bill.
const rootRef = "service"

func partRef(name string) string { return "part:" + name }

// Write gives the bill's bytes.
func Write(d Document) ([]byte, error) {
	if d.Name == "" || d.Time.IsZero() || len(d.Parts) == 0 {
		return nil, fmt.Errorf("sbom: a bill needs a name, a time and a part: give all three")
	}
	b := builder{components: map[string]*component{}, edges: map[string][]string{}}
	for _, part := range d.Parts {
		if err := b.part(part); err != nil {
			return nil, err
		}
	}
	bom := d.bom(&b)
	draft, err := encode(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = serialNumber(draft)
	return encode(bom)
}

// bom lays the gathered components out in a fixed order.
func (d Document) bom(b *builder) *cdx.BOM {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp:  d.Time.UTC().Format(time.RFC3339),
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhaseBuild}},
		Tools:      &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: d.Tool, Version: d.ToolVer}}},
		Component:  &cdx.Component{Type: cdx.ComponentTypeApplication, BOMRef: rootRef, Name: d.Name, Version: d.Version, Supplier: entity(d.Supplier)},
		Supplier:   entity(d.Supplier),
	}
	var all []cdx.Component
	for _, part := range d.Parts {
		b.edges[rootRef] = append(b.edges[rootRef], partRef(part.Name))
		all = append(all, cdx.Component{Type: cdx.ComponentTypeApplication, BOMRef: partRef(part.Name),
			Name: part.Name, Version: cmp.Or(part.Version, d.Version), Supplier: entity(d.Supplier)})
	}
	for _, c := range b.components {
		all = append(all, c.cdx())
	}
	slices.SortFunc(all, func(x, y cdx.Component) int { return strings.Compare(x.BOMRef, y.BOMRef) })
	bom.Components = &all
	var dependencies []cdx.Dependency
	for _, ref := range slices.Sorted(maps.Keys(b.edges)) {
		to := slices.Compact(slices.Sorted(slices.Values(b.edges[ref])))
		dependency := cdx.Dependency{Ref: ref}
		if len(to) > 0 {
			dependency.Dependencies = &to
		}
		dependencies = append(dependencies, dependency)
	}
	bom.Dependencies = &dependencies
	return bom
}

func entity(name string) *cdx.OrganizationalEntity {
	if name == "" {
		return nil
	}
	return &cdx.OrganizationalEntity{Name: name}
}

func encode(bom *cdx.BOM) ([]byte, error) {
	var out bytes.Buffer
	encoder := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON)
	encoder.SetEscapeHTML(false)
	if err := encoder.EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return nil, fmt.Errorf("sbom: writing the bill: %w", err)
	}
	// One value a line, for who compares two bills; blanks before it would be a
	// third of the file.
	var lines bytes.Buffer
	if err := json.Indent(&lines, out.Bytes(), "", ""); err != nil {
		return nil, fmt.Errorf("sbom: writing the bill: %w", err)
	}
	return lines.Bytes(), nil
}

// serialNumber names the bill by its content, as a UUID of version 8 (RFC 9562).
func serialNumber(content []byte) string {
	sum := sha256.Sum256(content)
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	h := hex.EncodeToString(u)
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
