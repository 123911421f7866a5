package environ

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// goFile is a parsed file of Go.
type goFile struct {
	name   string
	folder string
	set    *token.FileSet
	ast    *ast.File
}

func (s *scan) parse(name string, src []byte) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		s.skipped = append(s.skipped, name+": it is not Go")
		return
	}
	if released(file) {
		s.golang = append(s.golang, goFile{name, path.Dir(name), set, file})
	}
}

// released tells whether a plain build for a server takes the file in.
func released(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			return true
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && constraint.IsGoBuild(c.Text) {
				return expr.Eval(func(tag string) bool {
					return tag == "linux" || tag == "unix" || tag == runtime.GOARCH || tag == "gc" || tag == "cgo" || strings.HasPrefix(tag, "go1.")
				})
			}
		}
	}
	return true
}

// A function that hands one of its own parameters on as the name of a variable
// reads whatever its callers name: it is a reader itself, and so on. looker tells
// by its name something that finds variables and was handed in as a value.
var looker = regexp.MustCompile(`(?i)^(getenv|lookupenv|lookup|env|getenvordefault)$`)

// reader is a function by package folder and name; any receiver will do.
type reader struct{ folder, function string }

// follow finds the readers among the functions, then every name handed to one.
func (s *scan) follow() {
	s.golang = reachable(s.golang)
	readers := map[reader]int{} // the position of the name among the arguments
	for grown := true; grown; {
		grown = false
		for _, f := range s.golang {
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				key := reader{f.folder, fn.Name.Name}
				if _, known := readers[key]; known {
					continue
				}
				if at := passedOn(f, fn, readers); at >= 0 {
					readers[key], grown = at, true
				}
			}
		}
	}
	for _, f := range s.golang {
		s.named(f, readers)
	}
}

// reachable leaves the files of the packages that a program is made of: what only
// tests import is no part of the service. Without a program all are left.
func reachable(all []goFile) []goFile {
	folders := map[string]bool{}
	for _, f := range all {
		if f.ast.Name.Name == "main" {
			folders[f.folder] = true
		}
	}
	if len(folders) == 0 {
		return all
	}
	for grown := true; grown; {
		grown = false
		for _, f := range all {
			for _, i := range f.ast.Imports {
				imported, _ := strconv.Unquote(i.Path.Value)
				for _, other := range all {
					if folders[f.folder] && !folders[other.folder] && isFolder(imported, other.folder) {
						folders[other.folder], grown = true, true
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(f goFile) bool { return !folders[f.folder] })
}

// isFolder tells that an import path names a folder of this module.
func isFolder(imported, folder string) bool {
	return imported == folder || strings.HasSuffix(imported, "/"+folder) || folder == "."
}

// nameAt gives the argument of a call that is the name of a variable; nil when
// the call reads none.
func nameAt(f goFile, call *ast.CallExpr, readers map[reader]int) ast.Expr {
	at := -1
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		if i, ok := readers[reader{f.folder, fn.Name}]; ok {
			at = i
		} else if looker.MatchString(fn.Name) && len(call.Args) == 1 {
			at = 0
		}
	case *ast.SelectorExpr:
		at = selected(f, fn, len(call.Args), readers)
	}
	if at < 0 || at >= len(call.Args) {
		return nil
	}
	return call.Args[at]
}

func selected(f goFile, fn *ast.SelectorExpr, arguments int, readers map[reader]int) int {
	x, isIdent := fn.X.(*ast.Ident)
	imported := ""
	if isIdent {
		imported = f.imported(x.Name)
	}
	switch {
	case imported == "os" || imported == "syscall":
		if slices.Contains([]string{"Getenv", "LookupEnv"}, fn.Sel.Name) {
			return 0
		}
		return -1
	case imported != "":
		// A helper in another folder of this module: its import path ends in the folder.
		for r, at := range readers {
			if r.function == fn.Sel.Name && r.folder != "." && isFolder(imported, r.folder) {
				return at
			}
		}
		return -1
	}
	if at, ok := readers[reader{f.folder, fn.Sel.Name}]; ok {
		return at
	}
	if looker.MatchString(fn.Sel.Name) && arguments == 1 {
		return 0
	}
	return -1
}

// imported gives the path of the package that a name stands for; "" for none.
func (f goFile) imported(name string) string {
	for _, i := range f.ast.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		own := path.Base(p)
		if i.Name != nil {
			own = i.Name.Name
		}
		if own == name {
			return p
		}
	}
	return ""
}

// passedOn gives the position of the parameter that fn hands on as the name of a
// variable; -1 for none.
func passedOn(f goFile, fn *ast.FuncDecl, readers map[reader]int) int {
	var parameters []string
	for _, field := range fn.Type.Params.List {
		for _, n := range field.Names {
			parameters = append(parameters, n.Name)
		}
		if len(field.Names) == 0 {
			parameters = append(parameters, "_")
		}
	}
	found := -1
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found >= 0 {
			return found < 0
		}
		if name, ok := nameAt(f, call, readers).(*ast.Ident); ok {
			found = slices.Index(parameters, name.Name)
		}
		return true
	})
	return found
}

// named writes down every name that a file hands to a reader, and those in
// tags of structs that libraries fill from the environment.
func (s *scan) named(f goFile, readers map[reader]int) {
	for _, d := range f.ast.Decls {
		own := map[string]bool{}
		if fn, ok := d.(*ast.FuncDecl); ok {
			for _, field := range fn.Type.Params.List {
				for _, n := range field.Names {
					own[n.Name] = true
				}
			}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				s.call(f, n, readers, own)
			case *ast.Field:
				s.tagged(f, n)
			}
			return true
		})
	}
}

func (s *scan) call(f goFile, call *ast.CallExpr, readers map[reader]int, parameters map[string]bool) {
	arg := nameAt(f, call, readers)
	if arg == nil {
		return
	}
	line := f.set.Position(call.Pos()).Line
	switch arg := arg.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(arg.Value); err == nil {
			s.add(text, f.name, line)
		}
	case *ast.Ident:
		if parameters[arg.Name] {
			return // its callers say the name
		}
		if text, ok := s.constant(f.folder, arg.Name); ok {
			s.add(text, f.name, line)
			return
		}
		s.addDynamic(f.name, line)
	case *ast.SelectorExpr:
		if text, ok := s.constant("", arg.Sel.Name); ok {
			s.add(text, f.name, line)
			return
		}
		s.addDynamic(f.name, line)
	default:
		s.addDynamic(f.name, line)
	}
}

// constant finds the text of a constant by name, in a folder or ("") anywhere.
func (s *scan) constant(folder, name string) (text string, found bool) {
	for _, f := range s.golang {
		if folder != "" && f.folder != folder {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			g, ok := n.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				return !found
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				i := slices.IndexFunc(v.Names, func(id *ast.Ident) bool { return id.Name == name })
				if i < 0 || i >= len(v.Values) {
					continue
				}
				if lit, ok := v.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if t, err := strconv.Unquote(lit.Value); err == nil && isName.MatchString(t) {
						text, found = t, true
					}
				}
			}
			return true
		})
	}
	return text, found
}

var envTag = regexp.MustCompile(`\b(?:env|envconfig):"([A-Z][A-Z0-9_]*)`)

func (s *scan) tagged(f goFile, field *ast.Field) {
	if field.Tag == nil {
		return
	}
	tag, _ := strconv.Unquote(field.Tag.Value)
	if found := envTag.FindStringSubmatch(tag); found != nil {
		s.add(found[1], f.name, f.set.Position(field.Pos()).Line)
	}
}
