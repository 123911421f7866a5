package report

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
)

// In the pseudo-language every phrase of a Book stands in ⟦…⟧. What is left
// outside belongs to no language: IDs and file names, which are code, numbers
// with their units, punctuation, and what was captured.

// neutral are the words that are the same in every language, beside code.
var neutral = regexp.MustCompile(`\b(\d+(\.\d+)*(ms|s|min)|ms|s|min|B|KiB|MiB|GiB|UTC|p50|p95|p99|RPS|\dxx|go_no_go\.md|listo|Accept-Encoding|Content-Encoding|Vary|HSTS|CSP|nosniff|Referrer-Policy|Permissions-Policy|Access-Control-Allow-Origin|http|sql|command|service|file|load|log|wire|browser|fault|prometheus|process|checkout)\b`)

// notProse is what Markdown and HTML themselves are made of, and code.
var notProse = []*regexp.Regexp{
	regexp.MustCompile("(?ms)^ *(`{3,})[a-z]*\n.*?^ *`{3,}$"), // a fenced block: evidence, commands
	regexp.MustCompile("``[^\n]+?``"),                         // code that holds a backtick itself
	regexp.MustCompile("`[^`\n]+`"),                           // code: an ID, a name
	regexp.MustCompile(`\]\([^)\n]*\)`),                       // where a link leads
	regexp.MustCompile(`<a id="[^"]*"></a>|</?details>|</?summary>|<!-- listo:report [^>]*-->`),
}

// outside gives the words of a page that came from no Book and are not neutral.
func outside(page string, captured []string) []string {
	for _, p := range notProse {
		page = p.ReplaceAllString(page, " ")
	}
	page = unmarked(page)
	for _, text := range captured {
		page = strings.ReplaceAll(page, text, " ")
	}
	page = neutral.ReplaceAllString(page, " ")
	return regexp.MustCompile(`\p{L}[\p{L}\p{N}_]*`).FindAllString(page, -1)
}

// unmarked leaves out what stands between ⟦ and ⟧, also where phrases stand in
// phrases.
func unmarked(page string) string {
	var out strings.Builder
	depth := 0
	for _, c := range page {
		switch {
		case c == '⟦':
			depth++
		case c == '⟧':
			depth--
		case depth == 0:
			out.WriteRune(c)
		}
	}
	return out.String()
}

func TestEveryWordOfAPageComesFromABook(t *testing.T) {
	for _, name := range frozenAudits() {
		v := frozenView(t, name, words.Pseudo)
		for file, text := range pagesOf(t, v) {
			if !strings.Contains(string(text), "⟦") {
				t.Errorf("%s/%s says nothing", name, file)
			}
			if strings.Count(string(text), "⟦") != strings.Count(string(text), "⟧") {
				t.Errorf("%s/%s cuts a phrase", name, file)
			}
			if left := outside(string(text), captured(v.Plan)); len(left) > 0 {
				t.Errorf("%s/%s says, in no language: %q", name, file, left)
			}
		}
	}
}

// captured is what a plan quotes of the world outside of code.
func captured(p evidence.Plan) []string {
	return []string{p.Operator, p.Machine.System, p.Machine.CPU}
}

// Frozen audits do not walk every branch of every template; their text does not
// depend on any.
func TestTemplatesHoldNoProse(t *testing.T) {
	texts := map[string]string{}
	for _, name := range []string{"go_no_go.md.tmpl", "not_built.md.tmpl"} {
		text, err := own.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for _, pages := range frozenView(t, "planned", words.English).pages {
		maps.Copy(texts, pages.Templates)
	}
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	for name, text := range texts {
		if left := outside(action.ReplaceAllString(text, "0"), nil); len(left) > 0 {
			t.Errorf("%s says, in no language: %q", name, left)
		}
	}
}

func TestProseIsFound(t *testing.T) {
	for page, want := range map[string]int{
		"⟦a phrase⟧ `id` 12 ms · [x.md](x.md)": 2, // a file name that is not code
		"⟦a ⟦phrase⟧ in one⟧ word":             1,
		"| Check | ⟦wanted⟧ |":                 1,
		"```sh\ncurl it\n```\n⟦so⟧":            0,
		"1. 10:00:33.000 · http · 1.5 ms":      0,
		"<details><summary>⟦x⟧</summary>":      0,
		"✔ ⟦proved⟧ · hecho":                   1,
	} {
		if got := outside(page, nil); len(got) != want {
			t.Errorf("%q: found %q, want %d words", page, got, want)
		}
	}
}
