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
	readers := map[reader][]int{} // the positions of names among the arguments
	for grown := true; grown; {
		grown = false
		for _, f := range s.golang {
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				key := reader{f.folder, fn.Name.Name}
				if at := passedOn(f, fn, readers); len(at) > len(readers[key]) {
					readers[key], grown = at, true
				}
			}
		}
	}
	known := constants(s.golang)
	for _, f := range s.golang {
		s.named(f, readers, known)
	}
}

// reachable leaves the files of the packages that a program is made of: what only
// tests import is no part of the service. Without a program all are left.
func reachable(all []goFile) []goFile {
	imports, taken := map[string][]string{}, map[string]bool{}
	var next []string
	for _, f := range all {
		for _, i := range f.ast.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			imports[f.folder] = append(imports[f.folder], imported)
		}
		if f.ast.Name.Name == "main" && !taken[f.folder] {
			taken[f.folder], next = true, append(next, f.folder)
		}
	}
	if len(next) == 0 {
		return all
	}
	folders := map[string]bool{}
	for _, f := range all {
		folders[f.folder] = true
	}
	for ; len(next) > 0; next = next[1:] {
		for _, imported := range imports[next[0]] {
			if folder, ok := folderOf(imported, folders); ok && !taken[folder] {
				taken[folder], next = true, append(next, folder)
			}
		}
	}
	return slices.DeleteFunc(all, func(f goFile) bool { return !taken[f.folder] })
}

// folderOf gives the folder of this module that an import path names: the longest
// one that the path ends with. The module's own root ends no path; it is taken for
// named by a path of one word.
func folderOf(imported string, folders map[string]bool) (string, bool) {
	for rest := imported; ; {
		if folders[rest] {
			return rest, true
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			return ".", folders["."] && !strings.Contains(imported, "/")
		}
		rest = after
	}
}

// namesAt gives the arguments of a call that are names of variables; none when
// the call reads none.
func namesAt(f goFile, call *ast.CallExpr, readers map[reader][]int) []ast.Expr {
	var positions []int
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		if at, ok := readers[reader{f.folder, fn.Name}]; ok {
			positions = at
		} else if looker.MatchString(fn.Name) && len(call.Args) == 1 {
			positions = []int{0}
		}
	case *ast.SelectorExpr:
		positions = selected(f, fn, len(call.Args), readers)
	}
	var names []ast.Expr
	for _, at := range positions {
		if at < len(call.Args) {
			names = append(names, call.Args[at])
		}
	}
	return names
}

func selected(f goFile, fn *ast.SelectorExpr, arguments int, readers map[reader][]int) []int {
	x, isIdent := fn.X.(*ast.Ident)
	imported := ""
	if isIdent {
		imported = f.imported(x.Name)
	}
	switch {
	case imported == "os" || imported == "syscall":
		if slices.Contains([]string{"Getenv", "LookupEnv"}, fn.Sel.Name) {
			return []int{0}
		}
		return nil
	case imported != "":
		// A helper in another folder of this module: its import path ends in the folder.
		for rest, more := imported, true; more; _, rest, more = strings.Cut(rest, "/") {
			if at, ok := readers[reader{rest, fn.Sel.Name}]; ok {
				return at
			}
		}
		return nil
	}
	if at, ok := readers[reader{f.folder, fn.Sel.Name}]; ok {
		return at
	}
	if looker.MatchString(fn.Sel.Name) && arguments == 1 {
		return []int{0}
	}
	return nil
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

// passedOn gives the positions of the parameters that fn hands on as names of
// variables, in order.
func passedOn(f goFile, fn *ast.FuncDecl, readers map[reader][]int) []int {
	var parameters []string
	for _, field := range fn.Type.Params.List {
		for _, n := range field.Names {
			parameters = append(parameters, n.Name)
		}
		if len(field.Names) == 0 {
			parameters = append(parameters, "_")
		}
	}
	var found []int
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, arg := range namesAt(f, call, readers) {
			if name, ok := arg.(*ast.Ident); ok && name.Name != "_" {
				if at := slices.Index(parameters, name.Name); at >= 0 && !slices.Contains(found, at) {
					found = append(found, at)
				}
			}
		}
		return true
	})
	slices.Sort(found)
	return found
}

// named writes down every name that a file hands to a reader, and those in
// tags of structs that libraries fill from the environment.
func (s *scan) named(f goFile, readers map[reader][]int, known map[reader]string) {
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
				s.call(f, n, readers, own, known)
			case *ast.Field:
				s.tagged(f, n)
			}
			return true
		})
	}
}

func (s *scan) call(f goFile, call *ast.CallExpr, readers map[reader][]int, parameters map[string]bool, known map[reader]string) {
	for _, arg := range namesAt(f, call, readers) {
		s.argument(f, arg, f.set.Position(call.Pos()).Line, parameters, known)
	}
}

// argument writes down what stands where a name is wanted.
func (s *scan) argument(f goFile, arg ast.Expr, line int, parameters map[string]bool, known map[reader]string) {
	switch arg := arg.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(arg.Value); err == nil {
			s.add(text, f.name, line)
		}
	case *ast.Ident:
		if parameters[arg.Name] {
			return // its callers say the name
		}
		if text, ok := known[reader{f.folder, arg.Name}]; ok {
			s.add(text, f.name, line)
			return
		}
		s.addDynamic(f.name, line)
	case *ast.SelectorExpr:
		if text, ok := known[reader{"", arg.Sel.Name}]; ok {
			s.add(text, f.name, line)
			return
		}
		s.addDynamic(f.name, line)
	default:
		s.addDynamic(f.name, line)
	}
}

// constants gives the names of variables that constants hold, by folder and by
// their own name; folder "" is anywhere.
func constants(all []goFile) map[reader]string {
	found := map[reader]string{}
	for _, f := range all {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, spec := range g.Specs {
					constant(f.folder, spec.(*ast.ValueSpec), found)
				}
			}
			return true
		})
	}
	return found
}

func constant(folder string, v *ast.ValueSpec, found map[reader]string) {
	for i, name := range v.Names {
		if i >= len(v.Values) {
			return
		}
		lit, ok := v.Values[i].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		if text, err := strconv.Unquote(lit.Value); err == nil && isName.MatchString(text) {
			found[reader{folder, name.Name}], found[reader{"", name.Name}] = text, text
		}
	}
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
