package lockfile

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func h1(fill byte) string {
	return "h1:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), 32)))
}

const modFile = `module example.org/app

go 1.26.0
toolchain go1.26.8

require (
	example.org/a v1.0.0
	example.org/b v1.2.0 // indirect
	example.org/c v1.0.0
	example.org/d v1.0.0
)

replace example.org/b => example.org/fork v1.3.0
replace example.org/c v1.0.0 => ../c
replace example.org/d v0.9.9 => ../d
`

func sums() string {
	return "example.org/a v1.0.0 " + h1('a') + "\nexample.org/a v1.0.0/go.mod " + h1('m') + "\n\nexample.org/fork v1.3.0 " + h1('f') + "\nexample.org/d v1.0.0/go.mod " + h1('d') + "\n"
}

func TestGoMod(t *testing.T) {
	lock, err := ParseGo("go.mod", []byte(modFile), "go.sum", []byte(sums()))
	if err != nil {
		t.Fatal(err)
	}
	if lock.Module != "example.org/app" || lock.GoVersion != "1.26.0" || lock.Toolchain != "go1.26.8" || lock.Sums != 4 || len(lock.Packages) != 4 {
		t.Fatalf("%+v", lock)
	}
	a, b, c, d := lock.Packages[0], lock.Packages[1], lock.Packages[2], lock.Packages[3]
	if a.Version != "v1.0.0" || a.Integrity != h1('a') || a.Scope != Declared || a.Line != 7 || a.Indirect {
		t.Errorf("%+v", a)
	}
	if b.Name != "example.org/fork" || b.Version != "v1.3.0" || b.Path != "example.org/b" || !b.Indirect || b.Integrity != h1('f') {
		t.Errorf("the replacement is read as %+v", b)
	}
	if c.Source != File || c.Resolved != "../c" || !c.Local() {
		t.Errorf("%+v", c)
	}
	if d.Source != Registry {
		t.Errorf("a replacement of another version was taken: %+v", d)
	}
	var kinds []Kind
	for _, p := range lock.Problems() {
		kinds = append(kinds, p.Kind)
	}
	if !slices.Equal(kinds, []Kind{LocalReplace, NoIntegrity}) {
		t.Errorf("problems %v", lock.Problems())
	}
	if !slices.Equal(lock.DependsOn, []string{"example.org/a", "example.org/c", "example.org/d"}) {
		t.Errorf("direct: %v", lock.DependsOn)
	}
}

func TestGraphCountsChosenModules(t *testing.T) {
	lock, err := ParseGo("go.mod", []byte(modFile), "go.sum", []byte(sums()))
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Graph([]byte("example.org/app example.org/a@v1.0.0\nexample.org/a@v1.0.0 example.org/b@v0.1.0\nexample.org/a@v1.0.0 example.org/a@v0.9.0\nexample.org/a@v0.9.0 example.org/b@v1.2.0\nexample.org/a@v1.0.0 example.org/gone@v1.0.0\n")); err != nil {
		t.Fatal(err)
	}
	if got := lock.Packages[0].DependsOn; !slices.Equal(got, []string{"example.org/b"}) {
		t.Errorf("%v", got)
	}
	for _, bad := range []string{"", "one\n", "a b c\n", "go: downloading example.org/a v1.0.0\n"} {
		if lock.Graph([]byte(bad)) == nil {
			t.Errorf("%q is taken for a graph", bad)
		}
	}
}

func TestBadGoLocksAreRefused(t *testing.T) {
	good := "example.org/a v1.0.0 " + h1('a') + "\n"
	for _, c := range []struct{ mod, sum, want string }{
		{"module x\ngo 1.26\nrequire y vx\n", "", "go.mod:3"},
		{"go 1.26\n", "", "no module line"},
		{"module x\n", "", "no go line"},
		{"module x\ngo 1.26\nrequire example.org/a v1.0.0\nrequire example.org/a v1.1.0\n", good, "required twice"},
		{"module x\ngo 1.26\n", "a b\n", "go.sum line 1"},
		{"module x\ngo 1.26\n", good + "example.org/a v1.0.0 " + h1('b') + "\n", "different sum"},
		{"module x\ngo 1.26\n", "example.org/a v1.0.0 h1:abc=\n", "go.sum line 1"},
		{"module x\ngo 1.26\n", strings.Repeat("x", 1<<20), "go.sum"},
	} {
		if _, err := ParseGo("go.mod", []byte(c.mod), "go.sum", []byte(c.sum)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q %.40q: %v, want %q", c.mod, c.sum, err, c.want)
		}
	}
}

// The test's own program is a Go binary with build information, and so is one
// that is built here: what it links must be what its go.mod says.
func TestBuiltProgram(t *testing.T) {
	folder := "../../../examples/gastos"
	program := filepath.Join(t.TempDir(), "gastos")
	run := func(args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %v: %v", args, err)
		}
		return out
	}
	run("build", "-o", program, "./cmd/gastos")
	f, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := ReadBinary(f)
	if err != nil {
		t.Fatal(err)
	}
	mod, errMod := os.ReadFile(folder + "/go.mod")
	sum, errSum := os.ReadFile(folder + "/go.sum")
	if errMod != nil || errSum != nil {
		t.Fatal(errMod, errSum)
	}
	lock, err := ParseGo("go.mod", mod, "go.sum", sum)
	if err != nil {
		t.Fatal(err)
	}
	if drift := lock.Drift(b); len(drift) > 0 || len(b.Packages) < 5 {
		t.Errorf("drift %v of %d modules", drift, len(b.Packages))
	}
	if problems := lock.Problems(); len(problems) != 1 || problems[0].Kind != LocalReplace { // harden, of this repository
		t.Errorf("problems %v", problems)
	}
	lock.Link(b)
	if s := Summarize(lock.Packages); s.Prod != len(b.Packages)-1 {
		t.Errorf("%d modules are linked, %d of the lock are marked", len(b.Packages)-1, s.Prod)
	}
	if err := lock.Graph(run("mod", "graph")); err != nil {
		t.Error(err)
	}
	deps, err := ParseDeps(run("list", "-deps", "-f", DepsFormat, "./cmd/gastos"))
	if err != nil {
		t.Fatal(err)
	}
	if err := deps.Agree(b); err != nil {
		t.Error(err)
	}
	if other := (Deps{Modules: deps.Modules[1:]}); other.Agree(b) == nil {
		t.Error("the list of another program agrees")
	}
	printed, err := ParseVersion(string(run("version", "-m", program)))
	if err != nil || !slices.EqualFunc(printed.Packages, b.Packages, func(a, b Package) bool { return pins(a) == pins(b) }) {
		t.Errorf("go version -m tells something else: %v %+v", err, printed)
	}
}

func TestDrift(t *testing.T) {
	lock, err := ParseGo("go.mod", []byte(modFile), "go.sum", []byte(sums()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseVersion("/bin/app: go1.27rc2\n\tpath\texample.org/app\n\tmod\texample.org/app\t(devel)\t\n" +
		"\tdep\texample.org/a\tv1.0.1\t" + h1('a') + "\n\tdep\texample.org/b\tv1.2.0\n\t=>\texample.org/fork\tv1.3.0\t" + h1('f') + "\n\tdep\texample.org/new\tv1.0.0\t" + h1('n') + "\n\tbuild\t-trimpath=true\n")
	if err != nil {
		t.Fatal(err)
	}
	if b.Settings["-trimpath"] != "true" || b.GoVersion != "go1.27rc2" {
		t.Errorf("%+v", b)
	}
	var paths []string
	for _, d := range lock.Drift(b) {
		paths = append(paths, d.Path)
	}
	if !slices.Equal(paths, []string{"example.org/a", "example.org/new"}) {
		t.Errorf("drift in %v", paths)
	}
	if folder, err := ParseVersion("/bin/app: go1.26.8\n\tpath\tx\n\tmod\tx\t(devel)\t\n\tdep\texample.org/c\tv1.0.0\n\t=>\t../c\t(devel)\t\n"); err != nil || !folder.Packages[0].Local() {
		t.Errorf("a folder as go 1.26 writes it: %v, %+v", err, folder)
	}
	if b.Module = "example.org/other"; len(lock.Drift(b)) != 3 {
		t.Error("the program of another module drifts as little")
	}
}

func TestReleaseVersions(t *testing.T) {
	for name, want := range map[string]string{
		"go1.26.8": "1.26.8", "go1.26": "1.26.0", "go1.27rc2": "1.27.0-rc.2", "go1.21beta1": "1.21.0-beta.1", "go1.26.8 X:nodwarf5": "1.26.8",
		"devel go1.28-abcdef": "", "go1.26.8-custom": "", "": "", "go": "", "go1.x": "", "go1.2.3.4": "", "go1.27rc": "",
	} {
		if got := ReleaseVersion(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzParseGo(f *testing.F) {
	f.Add([]byte(modFile), []byte(sums()))
	f.Fuzz(func(t *testing.T, mod, sum []byte) {
		lock, err := ParseGo("go.mod", mod, "go.sum", sum)
		if err != nil {
			return
		}
		lock.Problems()
		if !slices.IsSortedFunc(lock.Packages, byPath) {
			t.Errorf("not sorted: %v", lock.Packages)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	f.Add("/bin/app: go1.26.8\n\tpath\tx\n\tmod\tx\tv1.0.0\t\n\tdep\ty\tv1.0.0\th1:x\n\t=>\tz\tv1.0.0\t\n")
	f.Fuzz(func(t *testing.T, printed string) {
		if b, err := ParseVersion(printed); err == nil && (b.Module == "" || len(b.Packages) == 0) {
			t.Errorf("%+v", b)
		}
	})
}
