package sbom

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are the official schemas of CycloneDX 1.6 and of SPDX's licence names,
// byte for byte as CycloneDX publishes them (Apache-2.0; see schema/README.md).
//
//go:embed schema/*.json
var schemas embed.FS

// schemaHome is where the schemas say that they live. Nothing is fetched from it.
const schemaHome = "http://cyclonedx.org/schema/"

// Validate holds a bill against the official schema of CycloneDX 1.6, formats of
// dates and addresses included. The schema of signatures is not among the
// embedded ones: a bill of listo holds none, and one that does is refused.
func Validate(bill []byte) error {
	if len(bill) > MaxBytes {
		return fmt.Errorf("sbom: the bill has more than %d bytes: it is none", MaxBytes)
	}
	schema, err := compile()
	if err != nil {
		return fmt.Errorf("sbom: the schema: %w: this is a defect in listo", err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(bill))
	if err != nil {
		return fmt.Errorf("sbom: the bill is no JSON: %w: write it again", err)
	}
	if err := schema.Validate(instance); err != nil {
		return fmt.Errorf("sbom: the bill is not valid CycloneDX 1.6: %w", err)
	}
	return nil
}

func compile() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range []string{"bom-1.6.schema.json", "spdx.schema.json"} {
		src, err := schemas.ReadFile("schema/" + name)
		if err != nil {
			return nil, err
		}
		loaded, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
		if err == nil {
			err = c.AddResource(schemaHome+name, loaded)
		}
		if err != nil {
			return nil, err
		}
	}
	unsigned := map[string]any{"definitions": map[string]any{"signature": false}}
	if err := c.AddResource(schemaHome+"jsf-0.82.schema.json", unsigned); err != nil {
		return nil, err
	}
	return c.Compile(schemaHome + "bom-1.6.schema.json")
}
