package listo_test

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// files lists the repository's files with this ending, leaving out what is
// built, downloaded, or test data.
func files(t *testing.T, ending string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "build", "node_modules", "reports", "testdata"}, d.Name()) {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(file, ending) {
			all = append(all, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("looking for *%s: %v, %d found", ending, err, len(all))
	}
	return all
}

func TestLinksResolve(t *testing.T) {
	for _, file := range files(t, ".md") {
		for _, link := range linksOf(read(t, file)) {
			if reason := broken(file, link); reason != "" {
				t.Errorf("%s: the link %q leads nowhere: %s", file, link, reason)
			}
		}
	}
}

func linksOf(source string) []string {
	var all []string
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader([]byte(source)))
	// The walk never fails, since its function does not.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				all = append(all, string(n.Destination))
			}
		case *ast.Image:
			if entering {
				all = append(all, string(n.Destination))
			}
		}
		return ast.WalkContinue, nil
	})
	return all
}

// broken says why a link of a file leads nowhere; "" when it leads somewhere or
// out of the repository.
func broken(file, link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "":
		return ""
	}
	target := file
	if u.Path != "" {
		target = path.Join(path.Dir(file), u.Path)
	}
	text, err := os.ReadFile(target)
	switch {
	case err != nil && u.Fragment == "" && isFolder(target):
		return ""
	case err != nil:
		return "there is no " + target
	case u.Fragment != "" && !slices.Contains(anchors(string(text)), u.Fragment):
		return target + " has no such heading"
	}
	return ""
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// anchors gives the names of a page's headings as code hosts write them: lower
// case, letters, digits and hyphens, a hyphen for each blank.
func anchors(page string) []string {
	var all []string
	for line := range strings.Lines(page) {
		title := strings.TrimLeft(line, "#")
		if len(title) == len(line) || !strings.HasPrefix(title, " ") {
			continue
		}
		name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(title), " ", "-"))
		all = append(all, regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(name, ""))
	}
	return all
}

func TestBrokenLinksAreSeen(t *testing.T) {
	for _, link := range []string{"nowhere.md", "docs/nowhere/", "README.md#no-such-heading", "%zz"} {
		if broken("CONTRIBUTING.md", link) == "" {
			t.Errorf("%q leads somewhere: the test of links sees nothing", link)
		}
	}
	if got := linksOf("see [a](b.md) and ![c](d.png)\n\n| [e](f) |\n|---|\n"); !slices.Equal(got, []string{"b.md", "d.png", "f"}) {
		t.Errorf("links of a text: %q", got)
	}
}

// declaredTests names every test and fuzz target of the repository.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, file := range files(t, "_test.go") {
		for _, m := range declaration.FindAllStringSubmatch(read(t, file), -1) {
			names[m[1]] = true
		}
	}
	return names
}

func TestNamedTestsExist(t *testing.T) {
	declared := declaredTests(t)
	name := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)
	for _, file := range []string{"docs/architecture.md", "docs/brief.md", "docs/trust.md"} {
		for _, test := range name.FindAllString(read(t, file), -1) {
			if !declared[test] {
				t.Errorf("%s names %s, which does not exist", file, test)
			}
		}
	}
}

func TestEveryDependencyHasItsReason(t *testing.T) {
	for file, used := range map[string][]string{
		"docs/adr/0002-dependencies.md":                importedModules(t),
		"docs/adr/0003-dependencies-of-the-patient.md": patientModules(t),
	} {
		var given []string
		for _, row := range tableRows(t, file, strings.Count(headOf(read(t, file)), "|")-1) {
			given = append(given, quoted(row[0])...)
		}
		for _, module := range used {
			if !slices.Contains(given, module) {
				t.Errorf("%s does not say why we depend on %s: add a line", file, module)
			}
		}
		for _, module := range given {
			if !slices.Contains(used, module) {
				t.Errorf("%s gives a reason for %s, which nothing imports: delete the line", file, module)
			}
		}
	}
}

// headOf gives the first line of a page's first table.
func headOf(page string) string {
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "|") {
			return line
		}
	}
	return ""
}

// importedModules gives the modules that the packages and tests of listo import
// directly.
func importedModules(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	required := regexp.MustCompile(`(?m)^\s*(?:require )?(\S+\.\S+/\S+) v`).FindAllStringSubmatch(read(t, "go.mod"), -1)
	var used []string
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct{ Imports, TestImports, XTestImports []string }
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for _, m := range required {
				if (imported == m[1] || strings.HasPrefix(imported, m[1]+"/")) && !slices.Contains(used, m[1]) {
					used = append(used, m[1])
				}
			}
		}
	}
	return used
}

// patientModules gives what the demo service names in go.mod and package.json.
func patientModules(t *testing.T) []string {
	t.Helper()
	var used []string
	for line := range strings.Lines(read(t, "examples/gastos/go.mod")) {
		if m := regexp.MustCompile(`^\s+(\S+) v`).FindStringSubmatch(line); m != nil && !strings.Contains(line, "// indirect") {
			used = append(used, m[1])
		}
	}
	var manifest struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "examples/gastos/frontend/package.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, names := range []map[string]string{manifest.Dependencies, manifest.DevDependencies} {
		for name := range names {
			used = append(used, name)
		}
	}
	return used
}
