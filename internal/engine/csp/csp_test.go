package csp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// strong is a policy without a weakness; cases below change one thing in it.
const strong = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"

func TestWeaknesses(t *testing.T) {
	for policy, want := range map[string]string{
		strong: "",
		"default-src 'self'; base-uri 'self'; frame-ancestors https://app.example; object-src 'none'":                                          "",
		"DEFAULT-SRC 'NONE'; Base-URI 'None'; frame-ancestors 'none'":                                                                          "",
		"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-abcdefgh1234' 'strict-dynamic' 'unsafe-inline' https:": "",
		"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-x=' 'unsafe-inline'":                                  "",
		"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; img-src * data:":                              "",
		"script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'none'; object-src 'none'; " +
			"child-src 'none'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'": "",
		strong + "; upgrade-insecure-requests; report-uri /csp; sandbox allow-scripts; trusted-types default":              "",
		"default-src 'none'; script-src http://localhost:5173 http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'none'": "",
		strong + "; script-src *": "", // the second is ignored
		"default-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'":                                     "inline script-src 'unsafe-inline'",
		"default-src 'none'; script-src 'self' 'unsafe-eval'; base-uri 'none'; frame-ancestors 'none'":                    "eval script-src 'unsafe-eval'",
		"default-src 'none'; script-src *; base-uri 'none'; frame-ancestors 'none'":                                       "anywhere script-src *",
		"default-src 'none'; script-src https:; base-uri 'none'; frame-ancestors 'none'":                                  "anywhere script-src https:",
		"default-src 'none'; script-src https://*; base-uri 'none'; frame-ancestors 'none'":                               "anywhere script-src https://*",
		"default-src 'none'; script-src *:443; base-uri 'none'; frame-ancestors 'none'":                                   "anywhere script-src *:443",
		"default-src 'none'; script-src data:; base-uri 'none'; frame-ancestors 'none'":                                   "anywhere script-src data:",
		"default-src 'none'; script-src http://cdn.example; base-uri 'none'; frame-ancestors 'none'":                      "insecure script-src http://cdn.example",
		"default-src 'none'; script-src 'self'; script-src-attr 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'": "inline script-src-attr 'unsafe-inline'",
		"script-src 'self'; base-uri 'none'; frame-ancestors 'none'":                                                      "missing default-src, missing object-src",
		"default-src 'none'; script-src 'self'; frame-ancestors 'none'":                                                   "missing base-uri",
		"default-src 'none'; script-src 'self'; base-uri 'none'":                                                          "missing frame-ancestors",
		"default-src 'none'; base-uri 'none'; frame-ancestors *":                                                          "anywhere frame-ancestors *",
		"default-src 'self'; object-src *; base-uri 'none'; frame-ancestors 'none'":                                       "anywhere object-src *",
		"default-src self; base-uri 'none'; frame-ancestors 'none'":                                                       "unquoted default-src self",
		"default-src 'none' script-src 'self'; base-uri 'none'; frame-ancestors 'none'":                                   "glued default-src script-src",
		strong + "; scirpt-src 'self'":                                                                                    "unknown scirpt-src",
		"img-src 'self'":                                                                                                  "missing base-uri, missing default-src, missing frame-ancestors, missing object-src, missing script-src",
	} {
		if got := written(Weaknesses(Parse([]string{policy}))); got != want {
			t.Errorf("%s\n got %q\nwant %q", policy, got, want)
		}
	}
}

func written(all []Weakness) string {
	var texts []string
	for _, w := range all {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s %s", w.Kind, w.Directive, w.Source)))
	}
	return strings.Join(texts, ", ")
}

// A browser enforces all policies it is sent: what one closes is closed.
func TestSeveralPolicies(t *testing.T) {
	open := "default-src *; script-src * 'unsafe-inline'"
	for name, values := range map[string][]string{
		"two headers": {open, strong}, "the other way round": {strong, open}, "one header with a comma": {open + ", " + strong},
	} {
		if got := written(Weaknesses(Parse(values))); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := written(Weaknesses(Parse([]string{open, open}))); !strings.Contains(got, "inline script-src") {
		t.Errorf("two open ones: %s", got)
	}
	if len(Weaknesses(nil)) != 0 || len(Parse([]string{"", " ; ; ", ","})) != 0 {
		t.Error("no policy has no weakness of its own: the caller must see that there is none")
	}
}

func TestNonces(t *testing.T) {
	p := Parse([]string{"script-src 'nonce-b' 'self'; style-src 'nonce-b' 'NONCE-a'"})[0]
	if got := p.Nonces(); !slices.Equal(got, []string{"'NONCE-a'", "'nonce-b'"}) {
		t.Errorf("%q", got)
	}
}
