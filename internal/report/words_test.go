package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
)

// literals gives every string in the source of the packages that speak, tests
// left aside, and every string in a template.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, folder := range []string{".", "../term", "../cli"} {
		for _, path := range globbed(t, folder, "*.go") {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value) // the parser has read it
					all[text] = true
				}
				return true
			})
		}
	}
	quoted := regexp.MustCompile(`"([^"]+)"`)
	for _, path := range append(globbed(t, ".", "*.tmpl"), globbed(t, "../gates", "*/*.tmpl")...) {
		for _, m := range quoted.FindAllStringSubmatch(string(read(t, filepath.Dir(path), filepath.Base(path))), -1) {
			all[m[1]] = true
		}
	}
	return all
}

// families are the keys that are put together: a prefix in the source and the
// word of an outcome or a cause.
func families() (words []string) {
	for _, o := range []evidence.Outcome{evidence.Unproven, evidence.Fail, evidence.Pass} {
		words = append(words, "outcome."+o.String())
	}
	for _, c := range []evidence.Cause{evidence.NeverTried, evidence.HeldBack, evidence.Lacking, evidence.ErroredOut,
		evidence.Unreadable, evidence.NoSuchCheck, evidence.ControlOpen} {
		word := strings.ReplaceAll(string(c), " ", "_")
		words = append(words, "cause."+word, "remedy."+word)
	}
	return words
}

func TestReportsOwnWordsAreSaidAndThere(t *testing.T) {
	book, said := frozenView(t, "planned", words.English).Book(""), literals(t)
	for _, key := range families() {
		if !book.Has(key) {
			t.Errorf("no phrase %q", key)
		}
		said[key] = true
	}
	sections := map[string]bool{}
	for _, key := range book.Keys() {
		if !said[key] {
			t.Errorf("nobody says %q: delete it or mend its name", key)
		}
		section, _, _ := strings.Cut(key, ".")
		sections[section] = true
	}
	dotted := regexp.MustCompile(`^([a-z_]+)(\.[a-z_]+)+$`)
	room := regexp.MustCompile(`^page\.[a-z]+(_[a-z]+)*\.`)
	for text := range said {
		m := dotted.FindStringSubmatch(text)
		if m == nil || !sections[m[1]] || book.Has(text) || strings.HasSuffix(text, ".tmpl") {
			continue
		}
		if room.MatchString(text) && !strings.HasPrefix(text, "page.go_no_go.") {
			continue // a room's own: the laws of the gates look after it
		}
		t.Errorf("%q is said, but is no phrase", text)
	}
	for _, key := range book.Keys() {
		es, en := words.Placeholders(book.Raw(words.Spanish, key)), words.Placeholders(book.Raw(words.English, key))
		for _, name := range append(es, en...) {
			if strings.Count(strings.Join(es, " ")+" ", name+" ") == 0 || strings.Count(strings.Join(en, " ")+" ", name+" ") == 0 {
				t.Errorf("%s: {%s} is not quoted in both languages", key, name)
			}
		}
	}
}
