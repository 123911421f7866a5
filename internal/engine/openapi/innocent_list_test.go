package openapi

import (
	"strings"
	"testing"
)

// I19 of docs/innocents.md: where one alternative asks for nothing, no credential is
// needed, and the operation is asked without.
func TestOptionalSecurity(t *testing.T) {
	const schemes = `"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}},`
	for security, needed := range map[string]bool{
		`[{"bearer":[]}]`:    true,
		`[{},{"bearer":[]}]`: false,
		`[{"bearer":[]},{}]`: false,
		`[{}]`:               false,
		`[]`:                 false,
	} {
		text := strings.Replace(small("3.1.0", "", "", "", ""), `"operationId"`, `"security":`+security+`,"operationId"`, 1)
		d := right(t, strings.Replace(text, `"components":{`, schemes, 1))
		if d.Operations[0].Secured != needed {
			t.Errorf("%s needs a credential: %v", security, !needed)
		}
	}
}
