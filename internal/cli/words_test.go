package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"listo/internal/words"
)

// TestEveryPhraseExistsAndIsUsed reads the keys out of the source, so that also
// what no test provokes has its words, and no word is left over.
func TestEveryPhraseExistsAndIsUsed(t *testing.T) {
	book, err := words.Read("words.yaml", doctorWords)
	if err != nil {
		t.Fatal(err)
	}
	used := []string{}
	for _, s := range states() {
		used = append(used, "doctor.state."+string(s))
	}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources", err)
	}
	for _, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := phraseOf(n); ok {
				used = append(used, key)
			}
			return true
		})
	}
	for _, key := range slices.Compact(slices.Sorted(slices.Values(used))) {
		if !book.Has(key) {
			t.Errorf("words.yaml has no %q", key)
		}
		if section, _, below := strings.Cut(strings.TrimPrefix(key, "doctor."), "."); below && section != "state" && !book.Has("doctor.section."+section) {
			t.Errorf("words.yaml has no section %q", section)
		}
	}
	for _, key := range book.Keys() {
		if !slices.Contains(used, key) && !strings.HasPrefix(key, "doctor.section.") {
			t.Errorf("%q is never said", key)
		}
		es, en := words.Placeholders(book.Raw(words.Spanish, key)), words.Placeholders(book.Raw(words.English, key))
		slices.Sort(es)
		slices.Sort(en)
		if !slices.Equal(es, en) {
			t.Errorf("%q: placeholders %v and %v", key, es, en)
		}
	}
}

// phraseOf gives the key in a call such as x.ok("machine.cores", …).
func phraseOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"ok", "cannot", "broken", "say"}, method.Sel.Name) {
		return "", false
	}
	if receiver, ok := method.X.(*ast.Ident); !ok || receiver.Name != "x" {
		return "", false
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	key, err := strconv.Unquote(lit.Value)
	return "doctor." + key, err == nil
}

func TestProgramsOf(t *testing.T) {
	for line, want := range map[string]string{
		"exec node src/server.js":                  "node",
		"npm ci && npm run build":                  "npm npm",
		"A=1 env B=2 exec ./bin/x serve":           "./bin/x",
		"cd web && ./build.sh; make all | tee log": "make tee",
		"$BIN serve":              "",
		"if [ -x a ]; then a; fi": "",
		"goose -dir m postgres \"$DATABASE_URL\" up": "goose",
	} {
		if got := strings.Join(programsOf(line), " "); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}
