package lockfile

import (
	"os"
	"strings"
	"testing"
)

func project(t *testing.T, src string) *Project {
	t.Helper()
	p, err := ParseProject("package.json", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProject(t *testing.T) {
	p := project(t, `{"name":"x","version":"1.0.0","engines":{"node":">=24"},"scripts":{"postinstall":"evil","test":"t","prepare":""},
"dependencies":{"b":"^1","a":"~2"},"devDependencies":{"c":"3"}}`)
	if p.Name != "x" || p.EnginesNode != ">=24" || strings.Join(p.InstallScripts, " ") != "postinstall" || len(p.Wants) != 3 || p.Wants[0].Name != "a" || p.Wants[0].Line != 2 {
		t.Errorf("%+v", p)
	}
	for _, bad := range []string{``, `[]`, `{"dependencies":[]}`, `{"dependencies":{"a":1}}`, `{"name":"a","name":"b"}`} {
		if _, err := ParseProject("package.json", []byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestInSync(t *testing.T) {
	lock := func(root, version string) string {
		return `{"lockfileVersion":3,"packages":{"":{` + root + `},"node_modules/a":{"version":"` + version + `"}}}`
	}
	const asks = `"dependencies":{"a":"^1.2.0"}`
	for name, c := range map[string]struct {
		project, lock string
		want          string
	}{
		"equal":              {`{` + asks + `}`, lock(asks, "1.3.0"), ""},
		"another range":      {`{"dependencies":{"a":"^2.0.0"}}`, lock(asks, "1.3.0"), "the lock says ^1.2.0"},
		"new in the project": {`{"dependencies":{"a":"^1.2.0","b":"1"}}`, lock(asks, "1.3.0"), "b: package.json wants 1, the lock does not know"},
		"only in the lock":   {`{}`, lock(asks, "1.3.0"), "package.json does not"},
		"moved to dev":       {`{"devDependencies":{"a":"^1.2.0"}}`, lock(asks, "1.3.0"), "does not know"},
		"not satisfied":      {`{` + asks + `}`, lock(asks, "1.1.0"), "the lock has 1.1.0"},
		"a tag":              {`{"dependencies":{"a":"latest"}}`, lock(`"dependencies":{"a":"latest"}`, "1.1.0"), ""},
		"an alias":           {`{"dependencies":{"a":"npm:b@^1"}}`, lock(`"dependencies":{"a":"npm:b@^1"}`, "1.1.0"), ""},
		"a wrong alias":      {`{"dependencies":{"a":"npm:b@^2"}}`, lock(`"dependencies":{"a":"npm:b@^2"}`, "1.1.0"), "the lock has 1.1.0"},
		"format 1":           {`{` + asks + `}`, `{"lockfileVersion":1,"dependencies":{"a":{"version":"1.3.0"}}}`, ""},
		"format 1, missing":  {`{"dependencies":{"b":"1"}}`, `{"lockfileVersion":1,"dependencies":{"a":{"version":"1.3.0"}}}`, "the lock has nothing"},
	} {
		got := ""
		for _, p := range parse(t, c.lock).OutOfSync(project(t, c.project)) {
			got += p.Name + ": " + p.Detail + "\n"
		}
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPatientsAreInSync(t *testing.T) {
	for _, folder := range []string{"../../../examples/gastos/frontend/", "../../../examples/gastos-express/"} {
		manifest, err := os.ReadFile(folder + "package.json")
		if err != nil {
			t.Fatal(err)
		}
		locked, err := os.ReadFile(folder + "package-lock.json")
		if err != nil {
			t.Fatal(err)
		}
		p := project(t, string(manifest))
		if problems := parse(t, string(locked)).OutOfSync(p); len(problems) > 0 || len(p.Wants) == 0 {
			t.Errorf("%s: %d wants, %v", folder, len(p.Wants), problems)
		}
	}
}

func TestIgnoresScripts(t *testing.T) {
	for text, want := range map[string]bool{
		"ignore-scripts=true\n": true, " ignore-scripts = true": true, "": false, "#ignore-scripts=true": false, ";ignore-scripts=true": false,
		"ignore-scripts=true\nignore-scripts=false\n": false, "engine-strict=true": false,
	} {
		if got := IgnoresScripts([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
