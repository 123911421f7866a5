package routes

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The bounds of one search.
const (
	mostFiles = 20_000
	mostFile  = 4 << 20 // bytes
)

// Source is what was found in the source of a program.
type Source struct {
	Files    int // parsed
	Unparsed int
	Routes   []Route
}

// Go searches a folder of Go source. Tests, testdata, vendored and hidden folders
// are left out. Names of files are relative to base.
func Go(ctx context.Context, base, folder string) (Source, error) {
	var s Source
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || ctx.Err() != nil:
			return max2(err, ctx.Err())
		case d.IsDir() && path != folder && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		if s.Files++; s.Files > mostFiles {
			return fmt.Errorf("routes: more than %d files: name the folder of the service itself", mostFiles)
		}
		if info, err := d.Info(); err != nil || info.Size() > mostFile {
			s.Unparsed++
			return nil
		}
		name, err := filepath.Rel(base, path)
		if err != nil {
			name = path
		}
		if !s.file(path, filepath.ToSlash(name)) {
			s.Unparsed++
		}
		return nil
	})
	s.Routes = Distinct(s.Routes)
	return s, err
}

func max2(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func skipped(name string) bool {
	return name == "vendor" || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func (s *Source) file(path, name string) bool {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	p := parse{files: files, name: name, taken: map[ast.Node]bool{}}
	p.walk(parsed, "")
	p.literals(parsed)
	s.Routes = append(s.Routes, p.found...)
	return true
}

// parse looks at one file.
type parse struct {
	files *token.FileSet
	name  string
	taken map[ast.Node]bool // literals that are part of a registration
	found []Route
}

// walk finds registering calls and tables; prefix is that of the enclosing
// router (chi's Route, gin's Group in a chain).
func (p *parse) walk(node ast.Node, prefix string) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !p.call(n, prefix)
		case *ast.CompositeLit:
			p.table(n)
		}
		return true
	})
}

// call takes a registering call; true when it has walked what is inside.
func (p *parse) call(call *ast.CallExpr, prefix string) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) < 2 {
		return false
	}
	first, lit := text(call.Args[0])
	name := selector.Sel.Name
	upper := strings.ToUpper(name)
	switch {
	case lit == nil:
		return false
	case name == "Handle" || name == "HandleFunc":
		if !p.pattern(first, prefix, lit) { // gin and others: Handle("GET", "/path", …)
			p.methodThenPath(call, first, prefix)
		}
	case name == "Method" || name == "MethodFunc" || name == "Add":
		p.methodThenPath(call, first, prefix)
	case slices.Contains(Methods(), upper) && strings.HasPrefix(first, "/"):
		p.add(upper, join(prefix, first), lit)
	case name == "Any" && strings.HasPrefix(first, "/"):
		p.add("", join(prefix, first), lit)
	case name == "Route" && strings.HasPrefix(first, "/"):
		p.taken[lit] = true
		for _, arg := range call.Args[1:] {
			p.walk(arg, join(prefix, first))
		}
		return true
	}
	return false
}

// pattern takes a pattern of http.ServeMux: [METHOD ][HOST]/[PATH].
func (p *parse) pattern(pattern, prefix string, lit *ast.BasicLit) bool {
	method, path, spaced := strings.Cut(pattern, " ")
	if !spaced {
		method, path = "", pattern
	}
	path = strings.TrimLeft(path, " \t")
	if !strings.HasPrefix(path, "/") || (spaced && !slices.Contains(Methods(), method)) {
		return false
	}
	p.add(method, join(prefix, path), lit)
	return true
}

func (p *parse) methodThenPath(call *ast.CallExpr, method, prefix string) {
	path, lit := text(call.Args[1])
	if lit != nil && strings.HasPrefix(path, "/") && slices.Contains(Methods(), strings.ToUpper(method)) {
		p.add(strings.ToUpper(method), join(prefix, path), lit)
	}
}

// table takes an entry such as {"GET", "/path", …} or {Method: "GET", Path: "/path"}.
func (p *parse) table(lit *ast.CompositeLit) {
	method := ""
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		value, own := text(element)
		if own == nil {
			if selector, ok := element.(*ast.SelectorExpr); ok && strings.HasPrefix(selector.Sel.Name, "Method") {
				method = strings.ToUpper(strings.TrimPrefix(selector.Sel.Name, "Method"))
			}
			continue
		}
		switch {
		case slices.Contains(Methods(), value):
			method = value
		case strings.HasPrefix(value, "/") && slices.Contains(Methods(), method):
			p.add(method, value, own)
			return
		}
	}
}

func (p *parse) add(method, path string, lit *ast.BasicLit) {
	p.taken[lit] = true
	p.found = append(p.found, Route{method, Template(path), p.place(lit), true})
}

var looksLikePath = regexp.MustCompile(`^/[A-Za-z0-9_.~{}$:*-]+(/[A-Za-z0-9_.~{}$:*-]+)*/?$`)

// literals takes every other text that looks like a path: a program may register
// it in a way that is not known here.
func (p *parse) literals(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && !p.taken[lit] {
			if value, own := text(lit); own != nil && len(value) < 200 && looksLikePath.MatchString(value) {
				p.found = append(p.found, Route{"", Template(value), p.place(lit), false})
			}
		}
		return true
	})
}

func (p *parse) place(n ast.Node) string {
	return fmt.Sprintf("%s:%d", p.name, p.files.Position(n.Pos()).Line)
}

// text gives the value of a string literal.
func text(e ast.Node) (string, *ast.BasicLit) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", nil
	}
	value, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "", nil
	}
	return value, lit
}
