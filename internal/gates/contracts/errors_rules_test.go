package contracts

import (
	"strings"
	"testing"

	"listo/internal/lab/http"
)

// Nothing of a signature may stand in a forged credential, for no redactor knows half
// a token.
func TestForgedCredentials(t *testing.T) {
	const signature = "c2lnbmF0dXJl"
	c := strange("GET", "/x", http.Token{Value: "aGVhZA.cGF5bG9hZA." + signature})
	all := credentials(c)
	if len(all) != 5 {
		t.Errorf("%d credentials, want 5", len(all))
	}
	for _, p := range all {
		value := p.header.Get("Authorization")
		if p.token.Value != "" || value == "" || strings.Contains(value, signature[:4]) {
			t.Errorf("%s: %q with the token %q", p.name, value, p.token.Value)
		}
	}
	if all := credentials(strange("GET", "/x", http.Token{Value: "opaque"})); len(all) != 3 {
		t.Errorf("%d credentials of an opaque one, want 3", len(all))
	}
}

// Only what the document names is tried, and nothing that would take a thing away.
func TestRulesAreTheDocuments(t *testing.T) {
	document := without(shopDocument, `"201": {`, `"409": {"$ref": "#/components/responses/Problem"}, "201": {`)
	for text, want := range map[string][]string{shopDocument: nil, document: {"conflict"}} {
		s, err := begin(t.Context(), at(t, newShop(), text))
		if err != nil {
			t.Fatal(err)
		}
		s.all(t.Context())
		var names []string
		for _, p := range s.rules() {
			names = append(names, p.name)
			if p.op.Method != "POST" || p.body == nil {
				t.Errorf("%s: %s with %v", p.name, p.op.Name(), p.body)
			}
		}
		if strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("rules %v, want %v", names, want)
		}
	}
}
