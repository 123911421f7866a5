package lockfile

import (
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// sri is a well-formed sum of the algorithm.
func sri(algorithm string, length int) string {
	return algorithm + "-" + base64.StdEncoding.EncodeToString(make([]byte, length))
}

func parse(t *testing.T, src string) *NPM {
	t.Helper()
	lock, err := ParseNPM("package-lock.json", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func at(t *testing.T, lock *NPM, path string) Package {
	t.Helper()
	p, found := find(lock.Packages, path)
	if !found {
		t.Fatalf("no entry %s among %v", path, lock.Packages)
	}
	return *p
}

const workspaces = `{"name":"shop","version":"1.0.0","lockfileVersion":3,"packages":{
"":{"name":"shop","version":"1.0.0","workspaces":["packages/a"],"dependencies":{"real":"1"},"optionalDependencies":{"gone":"1"}},
"node_modules/a":{"resolved":"packages/a","link":true},
"packages/a":{"version":"0.1.0","dependencies":{"deep":"1","@s/p":"1"}},
"packages/a/node_modules/deep":{"version":"1.0.0","dev":true},
"node_modules/deep":{"version":"2.0.0","optional":true,"hasInstallScript":true,"license":"MIT"},
"node_modules/real":{"name":"other","version":"3.0.0","dependencies":{"deep":"2"}},
"node_modules/@s/p":{"version":"1.0.0","inBundle":true,"peer":true,"dependencies":{"a":"1"}},
"node_modules/both":{"version":"1.0.0","devOptional":true}
}}`

func TestFlatFormats(t *testing.T) {
	for _, format := range []string{"2", "3"} {
		lock := parse(t, strings.Replace(workspaces, `"lockfileVersion":3`, `"lockfileVersion":`+format, 1))
		if lock.Name != "shop" || lock.Version != "1.0.0" || len(lock.Packages) != 7 {
			t.Fatalf("%s@%s with %d entries", lock.Name, lock.Version, len(lock.Packages))
		}
		if p := at(t, lock, "node_modules/real"); p.Name != "other" || p.Line != 7 || p.Column != 1 {
			t.Errorf("the alias is read as %q at %d:%d", p.Name, p.Line, p.Column)
		}
		if p := at(t, lock, "packages/a/node_modules/deep"); p.Scope != Dev || p.Name != "deep" || p.Version != "1.0.0" {
			t.Errorf("%+v", p)
		}
		if p := at(t, lock, "node_modules/deep"); p.Scope != Prod || !p.Optional || !p.InstallScript || p.Licence != "MIT" {
			t.Errorf("%+v", p)
		}
		if p := at(t, lock, "node_modules/both"); p.Scope != Prod || !p.Optional {
			t.Errorf("--omit=dev leaves a devOptional entry installed: %+v", p)
		}
		if a, link := at(t, lock, "packages/a"), at(t, lock, "node_modules/a"); a.Source != Workspace || a.Name != "a" || link.Source != Link || !a.Local() || !link.Local() {
			t.Errorf("workspace %+v, link %+v", a, link)
		}
		if p := at(t, lock, "node_modules/@s/p"); !p.Bundled || !p.Peer || p.Name != "@s/p" || p.Host != "" || p.Source != Registry {
			t.Errorf("%+v", p)
		}
	}
}

func TestNamesAreLookedUpAsNodeDoes(t *testing.T) {
	lock := parse(t, workspaces)
	for path, want := range map[string][]string{
		"packages/a":        {"node_modules/@s/p", "packages/a/node_modules/deep"},
		"node_modules/real": {"node_modules/deep"},
		"node_modules/@s/p": {"packages/a"}, // through the link
	} {
		if got := at(t, lock, path).DependsOn; !slices.Equal(got, want) {
			t.Errorf("%s loads %v, want %v", path, got, want)
		}
	}
	if want := []string{"node_modules/real"}; !slices.Equal(lock.DependsOn, want) {
		t.Errorf("the project asks for %v, want %v", lock.DependsOn, want)
	}
}

// Node never looks into node_modules/node_modules.
func TestNoFolderOfFolders(t *testing.T) {
	lock := parse(t, `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","dependencies":{"b":"1"}},"node_modules/node_modules/b":{"version":"1.0.0"}}}`)
	if p := at(t, lock, "node_modules/a"); len(p.DependsOn) > 0 {
		t.Errorf("it loads %v", p.DependsOn)
	}
}

func TestTreeFormat(t *testing.T) {
	lock := parse(t, `{"name":"old","lockfileVersion":1,"requires":true,"dependencies":{
"a":{"version":"1.0.0","resolved":"https://registry.example.org/a/-/a-1.0.0.tgz","integrity":"`+sri("sha512", 64)+`","requires":{"b":"^2"},
  "dependencies":{"b":{"version":"2.0.0","dev":true,"bundled":true}}},
"b":{"version":"1.0.0","optional":true,"resolved":false},
"c":{"version":"npm:@s/real@3.1.0","requires":true},
"d":{"version":"git+ssh://git@example.org/d.git#abc"},
"e":{"version":"file:../e"}}}`)
	if lock.Format != 1 || len(lock.Packages) != 6 {
		t.Fatalf("format %d, %d entries", lock.Format, len(lock.Packages))
	}
	if p := at(t, lock, "node_modules/a/node_modules/b"); p.Version != "2.0.0" || p.Scope != Dev || !p.Bundled || p.Line != 3 {
		t.Errorf("%+v", p)
	}
	if p := at(t, lock, "node_modules/a"); !slices.Equal(p.DependsOn, []string{"node_modules/a/node_modules/b"}) || p.Host != "registry.example.org" {
		t.Errorf("%+v", p)
	}
	if p := at(t, lock, "node_modules/c"); p.Name != "@s/real" || p.Version != "3.1.0" {
		t.Errorf("%+v", p)
	}
	if p := at(t, lock, "node_modules/d"); p.Source != Git || p.Version != "" {
		t.Errorf("%+v", p)
	}
	if p := at(t, lock, "node_modules/e"); p.Source != File {
		t.Errorf("%+v", p)
	}
}

func TestBadLocksAreRefusedWithTheirPlace(t *testing.T) {
	for src, want := range map[string]string{
		``:                        "line 1",
		`{`:                       "line 1",
		`[]`:                      "not a JSON object",
		`{} {}`:                   "after top-level value",
		"{\"name\":\"\xff\"}":     "not UTF-8",
		`{"packages":{}}`:         "no lockfileVersion",
		`{"lockfileVersion":4}`:   "not 1, 2 or 3",
		`{"lockfileVersion":"3"}`: "not 1, 2 or 3",
		`{"lockfileVersion":3}`:   `without "packages"`,
		"{\"lockfileVersion\":3,\n\"packages\":{\"node_modules/a\":{},\n\"node_modules/a\":{}}}":              "line 3 column 1: the key",
		`{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","version":"2.0.0"}}}`:           `"version" stands there twice`,
		"{\"lockfileVersion\":3,\"packages\":{\"node_modules/a\":{\n\"version\":5}}}":                         `line 2 column 11: "version" is not a string`,
		`{"lockfileVersion":3,"packages":{"node_modules/":{}}}`:                                               "names no package",
		`{"lockfileVersion":3,"packages":{"node_modules/@s":{}}}`:                                             "names no package",
		`{"lockfileVersion":3,"packages":{"node_modules/a":[]}}`:                                              "not an object",
		`{"lockfileVersion":3,"packages":{"node_modules/a":{"dependencies":[]}}}`:                             "not an object",
		`{"lockfileVersion":3,"packages":{"` + strings.Repeat("a", maxPath+1) + `":{}}}`:                      "longer paths",
		`{"lockfileVersion":1,"dependencies":{"a":{"version":"npm:x"}}}`:                                      "names no version",
		`{"lockfileVersion":1,"dependencies":{"a/node_modules/b":{"version":"1.0.0"}}}`:                       "no package name",
		`{"lockfileVersion":3,"x":` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + `}`: "nested deeper",
	} {
		if _, err := ParseNPM("package-lock.json", []byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", src, err, want)
		}
	}
}

// "Version" is not "version": npm does not see it.
func TestKeysAreCaseSensitive(t *testing.T) {
	lock := parse(t, `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","Version":"9.9.9"}}}`)
	if p := at(t, lock, "node_modules/a"); p.Version != "1.0.0" {
		t.Errorf("version %s", p.Version)
	}
}

func TestProblems(t *testing.T) {
	good := `"version":"1.0.0","integrity":"` + sri("sha512", 64) + `"`
	entry := func(fields string) string {
		return `{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{` + fields + `}}}`
	}
	for name, c := range map[string]struct {
		src  string
		want []Kind
	}{
		"nothing":                 {entry(good), nil},
		"its own address":         {entry(good + `,"resolved":"https://registry.example.org/npm/a/-/a-1.0.0.tgz"`), nil},
		"another package's":       {entry(good + `,"resolved":"https://registry.example.org/b/-/b-1.0.0.tgz"`), []Kind{OtherPackage}},
		"a scoped namesake's":     {entry(good + `,"resolved":"https://registry.example.org/@b/a/-/a-1.0.0.tgz"`), []Kind{OtherPackage}},
		"another version's":       {entry(good + `,"resolved":"https://registry.example.org/a/-/a-1.0.1.tgz"`), []Kind{OtherPackage}},
		"plain http":              {entry(good + `,"resolved":"HTTP://registry.example.org/a/-/a-1.0.0.tgz"`), []Kind{PlainHTTP}},
		"no integrity":            {entry(`"version":"1.0.0"`), []Kind{NoIntegrity}},
		"bundled":                 {entry(`"version":"1.0.0","inBundle":true`), nil},
		"weak":                    {entry(`"version":"1.0.0","integrity":"` + sri("sha1", 20) + `"`), []Kind{WeakIntegrity}},
		"weak beside strong":      {entry(`"version":"1.0.0","integrity":"` + sri("sha1", 20) + " " + sri("sha512", 64) + `"`), nil},
		"cut off":                 {entry(`"version":"1.0.0","integrity":"` + sri("sha512", 63) + `"`), []Kind{BadIntegrity}},
		"an unknown algorithm":    {entry(`"version":"1.0.0","integrity":"` + sri("crc32", 4) + `"`), []Kind{BadIntegrity}},
		"a commit":                {entry(`"version":"1.0.0","resolved":"git+ssh://git@example.org/a.git#abc"`), []Kind{FromGit}},
		"an archive":              {entry(good + `,"resolved":"https://example.org/a.tgz"`), []Kind{FromTarball}},
		"an archive on the disk":  {entry(good + `,"resolved":"file:vendor/a-1.0.0.tgz"`), []Kind{FromTarball}},
		"a folder":                {entry(`"version":"1.0.0","resolved":"file:a"`), nil},
		"a dependency is missing": {entry(good + `,"dependencies":{"b":"1"}`), []Kind{Unresolved}},
		"an optional one is":      {entry(good + `,"dependencies":{"b":"1"},"optionalDependencies":{"b":"1"},"peerDependencies":{"c":"1"}`), nil},
		"format 1":                {`{"lockfileVersion":1}`, []Kind{OldFormat}},
		"two halves": {`{"lockfileVersion":2,"packages":{"node_modules/a":{` + good + `}},"dependencies":{"a":{"version":"1.0.1","integrity":"` +
			sri("sha512", 64) + `"}}}`, []Kind{HalvesDiffer}},
		"half an entry": {`{"lockfileVersion":2,"packages":{},"dependencies":{"a":{` + good + `}}}`, []Kind{HalvesDiffer}},
		"equal halves":  {`{"lockfileVersion":2,"packages":{"node_modules/a":{` + good + `}},"dependencies":{"a":{` + good + `}}}`, nil},
	} {
		var got []Kind
		for _, p := range parse(t, c.src).Problems() {
			got = append(got, p.Kind)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// The patient's own lock is one that npm wrote: nothing is wrong with it, and
// everything in it is asked for by somebody.
func TestPatientsLock(t *testing.T) {
	src, err := os.ReadFile("../../../examples/gastos/frontend/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	lock := parse(t, string(src))
	if problems := lock.Problems(); len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	s := Summarize(lock.Packages)
	if s.Entries < 20 || s.WithIntegrity != s.Entries || s.Prod+s.Dev != s.Entries {
		t.Errorf("%+v", s)
	}
	reached := map[string]bool{}
	for queue := lock.DependsOn; len(queue) > 0; queue = queue[1:] {
		if !reached[queue[0]] {
			reached[queue[0]] = true
			queue = append(queue, at(t, lock, queue[0]).DependsOn...)
		}
	}
	if len(reached) != s.Entries {
		t.Errorf("%d of %d entries are reached", len(reached), s.Entries)
	}
}

func TestHostileSizesEndSoon(t *testing.T) {
	var src strings.Builder
	src.WriteString(`{"lockfileVersion":3,"packages":{"":{}`)
	for i := range maxEntries + 1 {
		fmt.Fprintf(&src, `,"node_modules/p%d":{}`, i)
	}
	src.WriteString(`}}`)
	if _, err := ParseNPM("package-lock.json", []byte(src.String())); err == nil || !strings.Contains(err.Error(), "more entries") {
		t.Errorf("%v", err)
	}
	if _, err := ParseNPM("package-lock.json", make([]byte, MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

func FuzzParseNPM(f *testing.F) {
	f.Add([]byte(workspaces))
	f.Add([]byte(`{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","requires":{"b":"1"},"dependencies":{"b":{"version":"npm:c@1"}}}}}`))
	f.Add([]byte(`{"lockfileVersion":2,"packages":{"/":{},"a/node_modules/b":{"link":true}},"dependencies":{"a":{}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		lock, err := ParseNPM("lock", src)
		if err != nil {
			return
		}
		lock.Problems()
		for _, p := range lock.Packages {
			if p.Path == "" || p.Line < 1 || p.Column < 1 || p.Ecosystem != EcosystemNPM || p.Source == "" {
				t.Errorf("%+v", p)
			}
			for _, to := range p.DependsOn {
				if _, found := find(lock.Packages, to); !found {
					t.Errorf("%s depends on %s, which is not there", p.Path, to)
				}
			}
		}
	})
}
