package gates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"listo/internal/words"
)

// Whatever a phrase quotes is a fact that its room makes, or a limit of its check: a
// misspelt placeholder is found without waiting for the finding that would show it.
func TestEveryPlaceholderIsMadeSomewhere(t *testing.T) {
	quoted := 0
	for _, g := range All() {
		b, made := bookOf(t, g), factNames(t, g.ID)
		for _, c := range g.Checks {
			known := limits(c)["default limits"]
			for _, l := range c.Limits {
				known[l.Name] = l.Default
			}
			for _, key := range b.Keys() {
				if !strings.HasPrefix(key, c.ID+".got.") && !strings.HasPrefix(key, c.ID+".remedy.") {
					continue
				}
				for _, name := range words.Placeholders(b.Raw(words.English, key)) {
					quoted++
					if _, limit := known[name]; !limit && !made[name] {
						t.Errorf("%s quotes {%s}, which %s makes nowhere", key, name, g.ID)
					}
				}
			}
		}
	}
	if quoted < 300 {
		t.Errorf("only %d placeholders were looked at", quoted)
	}
}

var factName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// factNames gives what may name a fact in a room's source: the keys of composite
// literals, what something is indexed by, and texts that have a name of their own.
func factNames(t *testing.T, room string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(room, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", room, len(files), err)
	}
	names := map[string]bool{}
	take := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if name, err := strconv.Unquote(lit.Value); err == nil && factName.MatchString(name) {
				names[name] = true
			}
		}
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				take(n.Key)
			case *ast.IndexExpr:
				take(n.Index)
			case *ast.ValueSpec: // a name that is written once
				for _, value := range n.Values {
					take(value)
				}
			}
			return true
		})
	}
	return names
}
