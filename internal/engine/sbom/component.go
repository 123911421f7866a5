package sbom

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// builder gathers the components and edges of all parts.
type builder struct {
	components map[string]*component // by reference
	edges      map[string][]string
}

// component is a release with every place where it stands.
type component struct {
	Package
	ref   string
	parts []string
	paths []string
}

func (b *builder) part(part Part) error {
	refs := map[string]string{}
	for _, p := range part.Packages {
		if refs[p.Path] != "" || p.Path == "" || p.Name == "" {
			return fmt.Errorf("sbom: the part %q has the path %q twice, or a package without path or name: correct the list", part.Name, p.Path)
		}
		refs[p.Path] = b.add(part.Name, p)
	}
	if _, taken := b.edges[partRef(part.Name)]; taken || part.Name == "" {
		return fmt.Errorf("sbom: a part is named %q: give each one a name of its own", part.Name)
	}
	b.edges[partRef(part.Name)] = []string{}
	if err := b.connect(partRef(part.Name), part.DependsOn, refs); err != nil {
		return err
	}
	for _, p := range part.Packages {
		if err := b.connect(refs[p.Path], p.DependsOn, refs); err != nil {
			return err
		}
	}
	return nil
}

// add puts a package to its component and gives the component's reference.
func (b *builder) add(part string, p Package) string {
	ref := purl(p)
	if p.Local {
		ref = "local:" + part + "/" + p.Path
	}
	c, known := b.components[ref]
	if !known {
		c = &component{Package: p, ref: ref}
		b.components[ref] = c
		b.edges[ref] = []string{}
	}
	c.Use = min(c.Use, p.Use)
	if c.Licence == "" {
		c.Licence = p.Licence
	}
	if c.Supplier == "" {
		c.Supplier = p.Supplier
	}
	if len(c.Digests) == 0 {
		c.Digests = p.Digests
	}
	c.parts, c.paths = append(c.parts, part), append(c.paths, p.Path)
	return ref
}

func (b *builder) connect(from string, paths []string, refs map[string]string) error {
	for _, path := range paths {
		to, known := refs[path]
		if !known {
			return fmt.Errorf("sbom: %s depends on %q, which is not in its part: list it", from, path)
		}
		if to != from { // two places of one release may load each other
			b.edges[from] = append(b.edges[from], to)
		}
	}
	return nil
}

func (c *component) cdx() cdx.Component {
	out := cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: c.ref, Name: c.Name, Version: c.Version,
		Scope: c.Use.scope(), Supplier: entity(c.supplier()), Licenses: licences(c.Licence)}
	if !c.Local {
		out.PackageURL = c.ref
	}
	if scope, name, scoped := strings.Cut(c.Name, "/"); c.Ecosystem == "npm" && scoped {
		out.Group, out.Name = scope, name
	}
	var hashes []cdx.Hash
	for _, algorithm := range slices.Sorted(maps.Keys(c.Digests)) {
		if name := hashNamed(algorithm); name != "" {
			hashes = append(hashes, cdx.Hash{Algorithm: name, Value: hex.EncodeToString([]byte(c.Digests[algorithm]))})
		}
	}
	if len(hashes) > 0 {
		out.Hashes = &hashes
	}
	var properties []cdx.Property
	if c.H1 != "" {
		properties = append(properties, cdx.Property{Name: "listo:go.sum", Value: c.H1})
	}
	for _, part := range slices.Compact(slices.Sorted(slices.Values(c.parts))) {
		properties = append(properties, cdx.Property{Name: "listo:part", Value: part})
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(c.paths))) {
		properties = append(properties, cdx.Property{Name: "listo:path", Value: path})
	}
	out.Properties = &properties
	return out
}

// hashNamed gives CycloneDX's name of a digest that npm uses, "" for others.
func hashNamed(algorithm string) cdx.HashAlgorithm {
	switch algorithm {
	case "md5":
		return cdx.HashAlgoMD5
	case "sha1":
		return cdx.HashAlgoSHA1
	case "sha256":
		return cdx.HashAlgoSHA256
	case "sha384":
		return cdx.HashAlgoSHA384
	case "sha512":
		return cdx.HashAlgoSHA512
	}
	return ""
}

// supplier gives who offers the package. Where nobody said, an npm scope names
// its owner, and so does a Go module's path: github.com/jackc/pgx/v5 ->
// github.com/jackc.
func (c *component) supplier() string {
	if c.Supplier != "" || c.Local {
		return c.Supplier
	}
	if scope, _, scoped := strings.Cut(c.Name, "/"); c.Ecosystem != "Go" && scoped {
		return scope
	} else if c.Ecosystem != "Go" {
		return ""
	}
	host, rest, found := strings.Cut(c.Name, "/")
	if !found {
		return "The Go Authors" // stdlib
	}
	owner, _, deeper := strings.Cut(rest, "/")
	if !deeper {
		return host
	}
	return host + "/" + owner
}

// purl is the package URL (github.com/package-url/purl-spec). Its type golang
// wants lower case.
func purl(p Package) string {
	kind, name := "npm", p.Name
	if p.Ecosystem == "Go" {
		kind, name = "golang", strings.ToLower(p.Name)
	}
	segments := strings.Split(name, "/")
	for i, s := range segments {
		segments[i] = escape(s)
	}
	out := "pkg:" + kind + "/" + strings.Join(segments, "/")
	if p.Version != "" {
		out += "@" + escape(p.Version)
	}
	return out
}

// escape percent-encodes as purl wants: a space is %20, and @ and + are encoded.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// expression tells of text that has the shape of an SPDX licence expression.
var expression = regexp.MustCompile(`^\(*[A-Za-z0-9.-]+\+?( (AND|OR|WITH) \(*[A-Za-z0-9.-]+\+?\)*)*\)*$`)

// licences says what the author declares: as an expression where it is one, as a
// name where it is other text, such as SEE LICENSE IN FILE.
func licences(declared string) *cdx.Licenses {
	acknowledged := cdx.LicenseAcknowledgementDeclared
	switch {
	case declared == "":
		return nil
	case expression.MatchString(declared) && strings.Count(declared, "(") == strings.Count(declared, ")") && declared != "UNLICENSED":
		return &cdx.Licenses{{Expression: declared, Acknowledgement: &acknowledged}}
	}
	return &cdx.Licenses{{License: &cdx.License{Name: declared, Acknowledgement: acknowledged}}}
}
