package discover

import (
	"cmp"
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

// Module is a go.mod with the commands below it.
type Module struct {
	File      string
	Directory string
	Path      string
	Requires  string // the file's text
	Commands  []Command
}

// Command is a main package.
type Command struct {
	Directory string // relative to the repository
	Name      string // of the binary
	// Verbs are the words that the command compares its arguments with.
	Verbs []string
	// File is where the first verb that serves stands, or the package's first file.
	File string
}

var modulePath = regexp.MustCompile(`(?m)^module[ \t]+"?([A-Za-z0-9._~/-]+)"?`)

// modules reads every go.mod.
func (t *tree) modules() []*Module {
	var all []*Module
	for _, file := range t.named("go.mod") {
		src, ok := t.read(file, maxFile)
		if !ok {
			continue
		}
		found := modulePath.FindSubmatch(src)
		if found == nil {
			t.warn(file, "it names no module: it was left out")
			continue
		}
		all = append(all, &Module{File: file, Directory: path.Dir(file), Path: string(found[1]), Requires: string(src)})
	}
	for _, m := range all {
		m.Commands = t.commands(m, all)
	}
	return all
}

// commands finds the main packages of a module: at its root, and wherever a
// main.go lies.
func (t *tree) commands(m *Module, all []*Module) []Command {
	folders := []string{m.Directory}
	for _, file := range t.named("main.go") {
		if owner(file, all) == m && !slices.Contains(folders, path.Dir(file)) {
			folders = append(folders, path.Dir(file))
		}
	}
	var found []Command
	for _, folder := range folders {
		if c, ok := t.command(folder, m); ok && inCommand.MatchString(folder) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b Command) int { return cmp.Compare(m.rank(a), m.rank(b)) })
	return found
}

// owner gives the module that a file belongs to: the deepest one above it.
func owner(file string, all []*Module) *Module {
	var own *Module
	for _, m := range all {
		if within(file, m.Directory) && (own == nil || len(m.Directory) > len(own.Directory) || own.Directory == ".") {
			own = m
		}
	}
	return own
}

// rank orders commands: the one named as the module, then those with a name or a
// verb that serves, then the others; tools last.
func (m *Module) rank(c Command) int {
	switch {
	case c.Name == path.Base(m.Path):
		return 0
	case serving(c.Name), slices.ContainsFunc(c.Verbs, serving):
		return 1
	case strings.HasPrefix(c.Directory+"/", path.Join(m.Directory, "cmd")+"/"), c.Directory == m.Directory:
		return 2
	}
	return 3
}

func serving(word string) bool { return slices.Contains(servingVerbs(), word) }

// servingVerbs are the usual words that make a command serve, the likeliest first.
func servingVerbs() []string {
	return []string{"serve", "server", "start", "api", "web", "http", "run"}
}

// inCommand are the paths that may stand in a command line as they are.
var inCommand = regexp.MustCompile(`^[A-Za-z0-9._/~+-]+$`)

// command reads the main package in a folder; false when there is none.
func (t *tree) command(folder string, m *Module) (Command, bool) {
	const most = 100 // files
	c := Command{Directory: folder, Name: path.Base(folder)}
	if folder == m.Directory {
		c.Name = path.Base(m.Path)
	}
	files := t.where(func(name string) bool {
		return path.Dir(name) == folder && path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go")
	})
	for _, file := range files[:min(len(files), most)] {
		src, ok := t.read(file, maxFile)
		if !ok {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ParseComments|parser.SkipObjectResolution)
		if parsed == nil || parsed.Name == nil || parsed.Name.Name != "main" || excluded(parsed) {
			continue
		}
		if err != nil {
			t.warn(file, "it is not Go: its command line was not understood")
		}
		verbs := verbsOf(parsed)
		if c.File == "" || (!slices.ContainsFunc(c.Verbs, serving) && slices.ContainsFunc(verbs, serving)) {
			c.File = file
		}
		c.Verbs = append(c.Verbs, verbs...)
	}
	return c, c.File != ""
}

// excluded tells whether a build constraint keeps the file out of a plain build.
func excluded(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && constraint.IsGoBuild(c.Text) {
				expr, err := constraint.Parse(c.Text)
				return err == nil && !expr.Eval(func(tag string) bool {
					return tag == runtime.GOOS || tag == runtime.GOARCH || tag == "unix" || tag == "gc" || strings.HasPrefix(tag, "go1.")
				})
			}
		}
	}
	return false
}

// verbsOf lists the words that a command line is compared with: in the cases of
// a switch, in comparisons, and in the Use of a cobra command.
func verbsOf(f *ast.File) []string {
	var verbs []string
	add := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		if word, err := strconv.Unquote(lit.Value); err == nil && verb.MatchString(word) {
			verbs = append(verbs, strings.Fields(word)[0])
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CaseClause:
			for _, e := range n.List {
				add(e)
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL {
				add(n.Y)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Use" {
				add(n.Value)
			}
		}
		return true
	})
	return verbs
}

var verb = regexp.MustCompile(`^[a-z][a-z-]{0,30}( .*)?$`)

// program gives the way to run one of the module's commands.
func (m *Module) program(c Command) Program {
	binary := "bin/" + c.Name
	run := "./" + binary
	p := Program{Kind: Go, Name: Text{path.Base(m.Path), m.File + ": module"}, Directory: m.Directory, File: m.File,
		Build: Text{"go build -o " + binary + " " + m.local(c.Directory), c.File}, Output: "bin", serves: m.rank(c) < 2}
	p.Start = Text{"exec " + run, c.File}
	for _, word := range servingVerbs() {
		if slices.Contains(c.Verbs, word) {
			p.Start = Text{"exec " + run + " " + word, "the word " + word + " in " + c.File}
			break
		}
	}
	p.Prepare = prepareVerbs(run, c)
	return p
}

// prepareVerbs guesses the words that migrate and seed.
func prepareVerbs(run string, c Command) []Text {
	var all []Text
	for _, word := range []string{"migrate", "seed"} {
		if !slices.Contains(c.Verbs, word) {
			continue
		}
		line, from := run+" "+word, "the word "+word+" in "+path.Dir(c.File)
		if word == "migrate" && slices.Contains(c.Verbs, "up") {
			line, from = line+" up", "the words migrate and up in "+path.Dir(c.File)
		}
		all = append(all, Text{line, from})
	}
	return all
}

// local writes a package's folder for the go command run in the module.
func (m *Module) local(folder string) string {
	if folder == m.Directory {
		return "."
	}
	return "./" + strings.TrimPrefix(folder, strings.TrimPrefix(m.Directory+"/", "./"))
}
