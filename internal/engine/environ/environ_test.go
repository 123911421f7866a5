package environ

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func names(s Source) string {
	var all []string
	for _, r := range s.Readings {
		all = append(all, r.Name)
	}
	return strings.Join(all, " ")
}

func TestReadGo(t *testing.T) {
	tree := fstest.MapFS{
		"main.go": {Data: []byte(`package main
import ("os"; "x/internal/env")
const elsewhere = "IN_CONST"
type config struct { Port int ` + "`env:\"TAGGED_PORT,required\"`" + `; Name string ` + "`json:\"NOT_ENV\"`" + ` }
func must(name string) string { v, ok := os.LookupEnv(name); if !ok { panic(name) }; return v }
func number(otherwise int, name string) int { _ = must(name); return otherwise }
func main() {
	_ = os.Getenv("DIRECT"); _ = must("BY_HELPER"); _ = number(1, "BY_TWO_HELPERS"); _ = must(elsewhere)
	_ = env.Text("OTHER_FOLDER"); run(os.LookupEnv); log("NOT_A_VARIABLE"); _ = os.Expand("NOPE", nil)
}
func run(lookup func(string) (string, bool)) { const local = "LOCAL_CONST"; lookup(local); lookup("HANDED_IN") }
func log(s string) {}
`)},
		"internal/env/env.go":   {Data: []byte("package env\nimport \"os\"\nfunc Text(name string) string { return os.Getenv(name) }\n")},
		"internal/testdb/db.go": {Data: []byte("package testdb\nimport \"os\"\nvar _ = os.Getenv(\"OF_TESTS\")\n")},
		"sick.go":               {Data: []byte("//go:build disease\n\npackage main\nimport \"os\"\nvar _ = os.Getenv(\"TAGGED_OUT\")\n")},
		"main_test.go":          {Data: []byte("package main\nimport \"os\"\nvar _ = os.Getenv(\"IN_A_TEST\")\n")},
		"vendor/v/v.go":         {Data: []byte("package v\nimport \"os\"\nvar _ = os.Getenv(\"VENDORED\")\n")},
		"broken.go":             {Data: []byte("package")},
	}
	s, err := Read(t.Context(), tree, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(s), "BY_HELPER BY_TWO_HELPERS DIRECT HANDED_IN IN_CONST LOCAL_CONST OTHER_FOLDER TAGGED_PORT"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if len(s.Dynamic) != 0 || len(s.Skipped) != 1 || s.Files != 5 {
		t.Errorf("%+v", s)
	}
}

func TestReadGoTellsWhatItCannotFollow(t *testing.T) {
	tree := fstest.MapFS{"main.go": {Data: []byte("package main\nimport \"os\"\nfunc main() { for _, n := range os.Args { _ = os.Getenv(n) }; _ = os.Getenv(\"A\" + os.Args[0]) }\n")}}
	s, err := Read(t.Context(), tree, []string{"."})
	if err != nil || !slices.Equal(s.Dynamic, []string{"main.go:3"}) {
		t.Errorf("%+v %v", s, err)
	}
}

func TestReadJavaScript(t *testing.T) {
	tree := fstest.MapFS{
		"a.js": {Data: []byte("// process.env.IN_COMMENT\n/* process.env.IN_BLOCK */\nconst url = 'http://x'; const p = process.env.PORT || 1;\nconst q = process.env['QUOTED'];\n" +
			"const { TAKEN, RENAMED: r, WITH = '1' } = process.env;\nprocess.env.lower;\n")},
		"b.ts":                 {Data: []byte("export function required(name: string) {\n  const v = process.env[name];\n  if (!v) throw new Error(name);\n  return v;\n}\nexport const key = required('BY_HELPER');\n")},
		"c.mjs":                {Data: []byte("import { cleanEnv, str } from 'envalid';\nexport default cleanEnv(process.env, {\n  VALIDATED: str(),\n  ALSO_VALIDATED: str(),\n});\n")},
		"d.js":                 {Data: []byte("for (const k of keys) { use(process.env[k]); }\n")},
		"a.test.js":            {Data: []byte("process.env.IN_A_TEST\n")},
		"node_modules/m/i.js":  {Data: []byte("process.env.FOREIGN\n")},
		"test/api.js":          {Data: []byte("process.env.IN_TESTS\n")},
		"src/deep/er/there.js": {Data: []byte("module.exports = process.env?.DEEP;\n")},
	}
	s, err := Read(t.Context(), tree, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(s), "ALSO_VALIDATED BY_HELPER DEEP PORT QUOTED RENAMED TAKEN VALIDATED WITH"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if !slices.Equal(s.Dynamic, []string{"d.js:1"}) {
		t.Errorf("dynamic %v", s.Dynamic)
	}
}

func TestReadWantsWhatIsThere(t *testing.T) {
	if _, err := Read(t.Context(), fstest.MapFS{}, []string{"src"}); err == nil {
		t.Error("a folder that is not there was read")
	}
}

// The two patients are read as they are.
func TestReadThePatients(t *testing.T) {
	s, err := Read(t.Context(), os.DirFS("../../../examples/gastos"), []string{"cmd", "internal", "migrations"})
	if err != nil || len(s.Dynamic) > 0 {
		t.Errorf("%v %v", s.Dynamic, err)
	}
	for _, name := range []string{"APP_ROLE", "CONNECTION_POOL_SIZE", "DATABASE_URL", "FRONTEND_BASE_URL_DEV", "FRONTEND_DIR", "JWT_SECRET", "LISTEN_HOST", "PORT", "SEED_PASSWORD", "TRUSTED_PROXIES"} {
		if !slices.ContainsFunc(s.Readings, func(r Reading) bool { return r.Name == name }) {
			t.Errorf("gastos: %s is not found among %s", name, names(s))
		}
	}
	s, err = Read(t.Context(), os.DirFS("../../../examples/gastos-express"), []string{"server.js", "src"})
	if err != nil || names(s) != "CONNECTION_POOL_SIZE DATABASE_URL FRONTEND_DIR JWT_SECRET PORT" || len(s.Dynamic) > 0 {
		t.Errorf("gastos-express: %s %v %v", names(s), s.Dynamic, err)
	}
}

func TestLibrary(t *testing.T) {
	for name, want := range map[string]bool{"NODE_ENV": true, "PGPASSFILE": true, "OTEL_SERVICE_NAME": true, "GOMEMLIMIT": true, "PORT": false, "PAGE_SIZE": false, "NODE_URL": false} {
		if by, known := Library(name); known != want || known != (by != "") {
			t.Errorf("%s: %q %v", name, by, known)
		}
	}
}
