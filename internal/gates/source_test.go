package gates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Law 15: no init, no package-level mutable state, no registry by side effect.
// The laws are read out of the module's own source, tests left aside.

// source parses the packages of the module, by folder.
func source(t *testing.T) map[string][]*ast.File {
	t.Helper()
	packages := map[string][]*ast.File{}
	root, files := filepath.Join("..", ".."), token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && slices.Contains([]string{".git", "build", "bin", "examples", "node_modules", "reports", "testdata"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 {
		t.Fatalf("found %d packages: the law would be held against nothing", len(packages))
	}
	return packages
}

func TestPackagesHoldNoState(t *testing.T) {
	for folder, files := range source(t) {
		for _, complaint := range state(folder, files) {
			t.Errorf("%s: %s", folder, complaint)
		}
	}
}

func TestStateIsFound(t *testing.T) {
	for text, bad := range map[string]bool{
		"func init() {}":    true,
		"var n int":         true,
		"var n = 1":         true,
		"var mu sync.Mutex": true,
		"var m = map[string]int{}\nfunc f() { m[\"x\"] = 1 }":    true,
		"var m = map[string]int{}\nfunc f() { delete(m, \"\") }": true,
		"var l = []int{1}\nfunc f() { l[0]++ }":                  true,
		"var l = []int{1}\nfunc f() *int { return &l[0] }":       true,
		"var p = &T{}":     true,
		"var t = T{}":      true,
		"var d = load()":   true,
		"var l = []int{1}": false,
		"var l = []int{1}\nfunc f() { l := l; l[0] = 2 }": false,
		"var m = map[string]int{\"a\": 1}":                false,
		"var e = errors.New(\"x\")":                       false,
		"var r = regexp.MustCompile(\"x\")":               false,
		"//go:embed x\nvar s string":                      false,
		"var _ I = (*T)(nil)":                             false,
		"type T struct{}\nfunc (T) init() {}":             false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := state("x", []*ast.File{file}); (len(got) > 0) != bad {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// state lists what a package keeps or does beyond being called.
func state(folder string, files []*ast.File) (complaints []string) {
	variables := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				complaints = append(complaints, "it has a func init")
			}
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for _, name := range v.Names {
					variables[name.Name] = true
				}
				if !constant(g, v) && !setByLinker(folder, v) {
					complaints = append(complaints, "var "+v.Names[0].Name+" is no table, pattern, error or embedded file: make it a value that is handed on")
				}
			}
		}
	}
	for _, f := range files {
		complaints = append(complaints, writes(f, variables)...)
	}
	return complaints
}

// constant tells that nobody can want to write to the variable: a literal table,
// a compiled pattern, a sentinel error, an embedded file, an assertion on types.
func constant(g *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{g.Doc, v.Doc} {
		if doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
			return true
		}
	}
	if len(v.Names) == 1 && v.Names[0].Name == "_" {
		return true
	}
	for _, value := range v.Values {
		switch value := value.(type) {
		case *ast.CompositeLit:
			switch value.Type.(type) {
			case *ast.ArrayType, *ast.MapType:
				continue
			}
			return false
		case *ast.CallExpr:
			if !slices.Contains([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer"}, called(value)) {
				return false
			}
		default:
			return false
		}
	}
	return len(v.Values) > 0
}

func called(call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

// setByLinker excuses the one variable that a release build sets.
func setByLinker(folder string, v *ast.ValueSpec) bool {
	return filepath.Base(folder) == "cli" && len(v.Names) == 1 && v.Names[0].Name == "Version"
}

// writes lists what could change a variable of the package.
func writes(f *ast.File, variables map[string]bool) (complaints []string) {
	check := func(target ast.Expr) {
		if name := base(target); name != nil && variables[name.Name] && (name.Obj == nil || slices.Contains(f.Decls, declaring(f, name.Obj))) {
			complaints = append(complaints, name.Name+" is written to: package-level state may not change")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, target := range n.Lhs {
					check(target)
				}
			}
		case *ast.IncDecStmt:
			check(n.X)
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") {
				check(n.Args[0])
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				check(n.X) // its address goes where nobody can see who writes
			}
		}
		return true
	})
	return complaints
}

// base gives the variable at the root of what is assigned to.
func base(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.IndexExpr:
		return base(e.X)
	case *ast.SelectorExpr:
		return base(e.X)
	case *ast.StarExpr:
		return base(e.X)
	case *ast.ParenExpr:
		return base(e.X)
	}
	return nil
}

// declaring gives the top-level declaration that makes the object; nil when it
// is a local one.
func declaring(f *ast.File, o *ast.Object) ast.Decl {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, spec := range g.Specs {
				if spec == o.Decl {
					return d
				}
			}
		}
	}
	return nil
}
