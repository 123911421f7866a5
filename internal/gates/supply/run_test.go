package supply

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"listo/internal/engine/advisory"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// observed runs a check and gives its observation.
func observed[O any](t *testing.T, c evidence.Check, b *lab.Bench) (o O) {
	t.Helper()
	raw, err := c.Run(t.Context(), b)
	if err == nil {
		err = json.Unmarshal(raw, &o)
	}
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return o
}

// built runs the two builds of a project whose build is a shell line.
func built(t *testing.T, files map[string]string, line, output string) evidence.Finding {
	t.Helper()
	files["go.mod"] = "module listo.example/twin\n\ngo 1.21\n"
	return judged(t, reproducible(), in(t, files, onePart(Part{Build: line, Output: output})))
}

func TestTwoBuilds(t *testing.T) {
	for name, c := range map[string]struct {
		files        map[string]string
		line, output string
		outcome      evidence.Outcome
		reason       string
	}{
		"a copy":                         {map[string]string{"a": "1"}, `cp a "$OUTPUT"`, "", pass, "identical"},
		"other times of the files":       {map[string]string{"a": "1"}, `cp a "$OUTPUT"; touch -d @$(date +%s) "$OUTPUT/a"`, "", pass, "identical"},
		"the commit's time":              {map[string]string{}, `echo $SOURCE_DATE_EPOCH > "$OUTPUT/a"`, "", pass, "identical"},
		"an archive without times":       {map[string]string{"a": "1"}, `gzip -n -c a > "$OUTPUT/a.gz"`, "", pass, "identical"},
		"talk on standard error":         {map[string]string{"a": "1"}, `echo warning >&2; cp a "$OUTPUT"`, "", pass, "identical"},
		"committed, and equal":           {map[string]string{"a": "1", "dist/a": "1"}, `mkdir dist; cp a dist/a`, "dist", pass, "identical"},
		"the second":                     {map[string]string{}, `date +%s > "$OUTPUT/a"`, "", fail, "differs"},
		"the local date":                 {map[string]string{}, `date +%F > "$OUTPUT/a"`, "", fail, "differs"},
		"the folder":                     {map[string]string{}, `pwd > "$OUTPUT/a"`, "", fail, "differs"},
		"chance":                         {map[string]string{}, `head -c 8 /dev/urandom > "$OUTPUT/a"`, "", fail, "differs"},
		"an archive with its time":       {map[string]string{"a": "1"}, `touch -d @$(date +%s) a; gzip -c a > "$OUTPUT/a.gz"`, "", fail, "differs"},
		"a file with a name of its own":  {map[string]string{}, `touch "$OUTPUT/a.$$.js"; echo > "$OUTPUT/$$"`, "", fail, "differs"},
		"committed, and older":           {map[string]string{"a": "2", "dist/a": "1"}, `mkdir dist; cp a dist/a`, "dist", fail, "stale"},
		"committed, and one more":        {map[string]string{"a": "1", "dist/a": "1", "dist/b": "1"}, `mkdir dist; cp a dist/a`, "dist", fail, "stale"},
		"a build that keeps what is old": {map[string]string{"dist/a": "1"}, `true`, "dist", unproven, "not_built"},
		"it fails":                       {map[string]string{}, `echo broken >&2; exit 3`, "", fail, "build_failed"},
		"no file":                        {map[string]string{}, `true`, "", unproven, "empty"},
		"the network is gone":            {map[string]string{}, `echo 'dial tcp: lookup proxy: no such host' >&2; exit 1`, "", unproven, "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if f := built(t, c.files, c.line, c.output); f.Outcome != c.outcome || f.Reason != c.reason {
				t.Errorf("%v %q %v, want %v %q", f.Outcome, f.Reason, f.Facts, c.outcome, c.reason)
			}
		})
	}
}

func TestCauseOfADifference(t *testing.T) {
	for line, want := range map[string]string{
		`date '+built %F %T' > "$OUTPUT/a"`: "time", `date +%s > "$OUTPUT/a"`: "time", `pwd > "$OUTPUT/a"`: "path", `head -c 9 /dev/urandom > "$OUTPUT/a"`: "",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			b := in(t, map[string]string{"go.mod": "module x\n\ngo 1.21\n"}, onePart(Part{Build: line}))
			o := observed[Builds](t, reproducible(), b)
			if d := o.Parts[0].Diff; len(d) != 1 || d[0].Path != "a" || d[0].Cause != want {
				t.Errorf("%+v, want the cause %q", d, want)
			}
		})
	}
}

// What git does not track is not in the copy: the build of one machine alone is seen.
func TestUntrackedFilesStayAway(t *testing.T) {
	b := in(t, map[string]string{"go.mod": "module x\n\ngo 1.21\n"}, onePart(Part{Build: `cp secret "$OUTPUT"`}))
	if err := os.WriteFile(filepath.Join(b.Config.Folder, "secret"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := judged(t, reproducible(), b); f.Reason != "build_failed" {
		t.Errorf("%q %v", f.Reason, f.Facts)
	}
}

// alpha is an npm project whose one dependency lies beside it.
func alpha(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	archive, err := npmArchive(`{"name":"alpha","version":"1.0.0","license":"MIT","author":"somebody"}`)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(archive)
	files := npmProject(">=16", "alpha", "file:alpha.tgz", `"version":"1.0.0","resolved":"file:alpha.tgz","integrity":"sha512-`+base64.StdEncoding.EncodeToString(sum[:])+`"`)
	files["alpha.tgz"] = string(archive)
	for name, text := range more {
		files[name] = text
	}
	return files
}

func TestInstalls(t *testing.T) {
	change := func(file, old, with string) func(map[string]string) {
		return func(files map[string]string) {
			if !strings.Contains(files[file], old) {
				t.Fatalf("%s does not hold %s", file, old)
			}
			files[file] = strings.Replace(files[file], old, with, 1)
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]string)
		reason string
	}{
		"healthy": {func(map[string]string) {}, "installed"},
		"other bytes": {func(files map[string]string) {
			other := sha512.Sum512([]byte(t.TempDir())) // nobody's cache has it
			files["package-lock.json"] = regexp.MustCompile(`sha512-[^"]+`).ReplaceAllString(files["package-lock.json"], "sha512-"+base64.StdEncoding.EncodeToString(other[:]))
		}, "integrity"},
		"out of sync": {func(files map[string]string) {
			files["package-lock.json"] = `{"name":"twin","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"twin","version":"1.0.0"}}}`
		}, "out_of_sync"},
		"a Node of the future": {change("package.json", ">=16", ">=99"), "engine"},
		"an own postinstall":   {change("package.json", `"license"`, `"scripts":{"postinstall":"exit 1"},"license"`), "scripts"},
		"a script of alpha's":  {change("package-lock.json", `"resolved"`, `"hasInstallScript":true,"resolved"`), "scripts"},
		"the same, switched off": {func(files map[string]string) {
			change("package-lock.json", `"resolved"`, `"hasInstallScript":true,"resolved"`)(files)
			files[".npmrc"] = "ignore-scripts=true\n"
		}, "installed"},
		"committed":            {func(files map[string]string) { files["node_modules/alpha/package.json"] = "{}" }, "committed"},
		"no lock":              {func(files map[string]string) { delete(files, "package-lock.json") }, "unreadable"},
		"a yarn.lock":          {func(files map[string]string) { files["web/yarn.lock"] = "" }, "undeclared"},
		"one in a test's data": {func(files map[string]string) { files["testdata/package-lock.json"] = "" }, "installed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := alpha(t, nil)
			c.change(files)
			if f := judged(t, install(), in(t, files, onePart(Part{}))); f.Reason != c.reason {
				t.Errorf("%v %q %v, want %q", f.Outcome, f.Reason, f.Facts, c.reason)
			}
		})
	}
}

// A workspace, an alias and an optional package of another platform are no fault.
func TestInnocentLocks(t *testing.T) {
	files := map[string]string{
		"package.json":            `{"name":"root","version":"1.0.0","private":true,"workspaces":["packages/*"],"engines":{"node":">=16"}}`,
		"packages/a/package.json": `{"name":"a","version":"1.0.0"}`,
		"package-lock.json": `{"name":"root","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{
"":{"name":"root","version":"1.0.0","workspaces":["packages/*"],"engines":{"node":">=16"}},
"node_modules/a":{"resolved":"packages/a","link":true},"packages/a":{"version":"1.0.0"}}}`,
	}
	b := in(t, files, onePart(Part{}))
	for _, c := range []evidence.Check{lock(), install()} {
		if f := judged(t, c, b); f.Outcome != pass {
			t.Errorf("%s: %v %q %v", c.ID, f.Outcome, f.Reason, f.Facts)
		}
	}
}

func TestRegistriesThatAreAllowed(t *testing.T) {
	sum := sha512.Sum512(nil)
	files := npmProject(">=16", "alpha", "1.0.0", `"version":"1.0.0","resolved":"https://registry.example/alpha/-/alpha-1.0.0.tgz","integrity":"sha512-`+base64.StdEncoding.EncodeToString(sum[:])+`"`)
	s := onePart(Part{})
	if f := judged(t, lock(), in(t, files, s)); f.Reason != "hosts" {
		t.Errorf("%q %v", f.Reason, f.Facts)
	}
	s.Registries = []string{"registry.example"}
	if f := judged(t, lock(), in(t, files, s)); f.Reason != "pinned" {
		t.Errorf("allowed: %q %v", f.Reason, f.Facts)
	}
}

// requiring gives a Go project with one requirement, a proxy that has it, and the
// right go.sum.
func requiring(t *testing.T) (files map[string]string, s Settings, sum string) {
	t.Helper()
	aside := t.TempDir()
	proxy, err := goProxy(aside)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(proxy, twinRequire, "@v")
	h1, err := dirhash.HashZip(filepath.Join(at, "v1.0.0.zip"), dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(filepath.Join(at, "v1.0.0.mod")) })
	if err != nil {
		t.Fatal(err)
	}
	sum = twinRequire + " v1.0.0 " + h1 + "\n"
	files = map[string]string{
		"go.mod": "module " + twinModule + "\n\ngo 1.21\n\nrequire " + twinRequire + " v1.0.0\n", "go.sum": sum + twinRequire + " v1.0.0/go.mod " + mod + "\n",
		"main.go": "package main\n\nimport _ \"" + twinRequire + "\"\n\nfunc main() {}\n",
	}
	return files, onePart(Part{Package: ".", Environment: map[string]string{"GOPROXY": "file://" + proxy, "GOMODCACHE": filepath.Join(aside, "cache"),
		"GOFLAGS": "-modcacherw", "GONOSUMDB": "listo.example", "GOTOOLCHAIN": "local"}}), sum
}

// sameCommit lets the module take another one, without a dot in its path, from a folder beside its files.
func sameCommit(files map[string]string, _ *Settings, _ string) {
	files["go.mod"] += "\nrequire lib v0.0.0\n\nreplace lib => ./lib\n"
	files["lib/go.mod"], files["lib/lib.go"] = "module lib\n\ngo 1.21\n", "package lib\n"
	files["main.go"] = strings.Replace(files["main.go"], "import _", "import _ \"lib\"\nimport _", 1)
}

// A module of the same commit is pinned by it; one from anywhere else on the machine by nothing.
func TestModuleOfTheSameCommit(t *testing.T) {
	files, s, sum := requiring(t)
	sameCommit(files, &s, sum)
	b := in(t, files, s)
	for _, c := range []evidence.Check{lock(), bill()} {
		if f := judged(t, c, b); f.Outcome != pass {
			t.Errorf("%s: %v %q %v", c.ID, f.Outcome, f.Reason, f.Facts)
		}
	}
	files["go.mod"] = strings.Replace(files["go.mod"], "./lib", "../lib", 1)
	if f := judged(t, lock(), in(t, files, s)); f.Reason != "foreign" {
		t.Errorf("from outside: %v %q %v", f.Outcome, f.Reason, f.Facts)
	}
}

func TestGoModules(t *testing.T) {
	forged := sha256.Sum256([]byte("forged"))
	for name, c := range map[string]struct {
		change func(files map[string]string, s *Settings, sum string)
		reason string
	}{
		"healthy": {func(map[string]string, *Settings, string) {}, "verified"},
		"a missing line": {func(files map[string]string, _ *Settings, sum string) {
			files["go.sum"] = strings.Replace(files["go.sum"], sum, "", 1)
		}, "unlisted"},
		"a forged line": {func(files map[string]string, _ *Settings, sum string) {
			files["go.sum"] = strings.Replace(files["go.sum"], sum, twinRequire+" v1.0.0 h1:"+base64.StdEncoding.EncodeToString(forged[:])+"\n", 1)
		}, "mismatch"},
		"no proxy": {func(_ map[string]string, s *Settings, _ string) {
			s.Parts[0].Environment["GOPROXY"] = "http://127.0.0.1:1"
		}, "unreachable"},
		"go.sum is no lock":      {func(files map[string]string, _ *Settings, _ string) { files["go.sum"] = "garbage\n" }, "unreadable"},
		"a second module":        {func(files map[string]string, _ *Settings, _ string) { files["tools/go.mod"] = "module tools\n" }, "undeclared"},
		"one of the same commit": {sameCommit, "verified"},
		"one in testdata":        {func(files map[string]string, _ *Settings, _ string) { files["testdata/go.mod"] = "module x\n" }, "verified"},
		"no Go at all": {func(files map[string]string, s *Settings, _ string) {
			clear(files)
			files["package.json"] = "{}"
			s.Parts[0].Package = ""
		}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, s, sum := requiring(t)
			c.change(files, &s, sum)
			if f := judged(t, modules(), in(t, files, s)); f.Reason != c.reason {
				t.Errorf("%v %q %v, want %q", f.Outcome, f.Reason, f.Facts, c.reason)
			}
		})
	}
}

// The bill of one commit is the same twice, and holds what the locks hold.
func TestBillOfTwoParts(t *testing.T) {
	files, s, _ := requiring(t)
	for name, text := range alpha(t, nil) {
		files["web/"+name] = text
	}
	s.Parts = append(s.Parts, Part{Name: "web", Directory: "web"})
	b := in(t, files, s)
	var bills []string
	for range 2 {
		if f := judged(t, bill(), b); f.Reason != "complete" || f.Facts["components"] != 5 { // 2 parts, alpha, required, stdlib
			t.Fatalf("%v %q %v", f.Outcome, f.Reason, f.Facts)
		}
		bills = append(bills, observed[Materials](t, bill(), b).SHA256)
	}
	if bills[0] != bills[1] {
		t.Error("two bills of one commit differ")
	}
}

func TestAdvisoriesByStore(t *testing.T) {
	day := today()
	whole := func(t *testing.T) string { return synthetic(t, day, advisory.NPM, advisory.Go) }
	for name, c := range map[string]struct {
		store   func(t *testing.T) string
		version string
		reason  string
	}{
		"none":                         {func(t *testing.T) string { return filepath.Join(t.TempDir(), "none") }, "4.17.21", "no_store"},
		"whole":                        {whole, "4.17.21", "clean"},
		"whole, and it knows one":      {whole, "4.17.20", "blocked"},
		"a week and a day old":         {func(t *testing.T) string { return synthetic(t, day.AddDate(0, 0, -8), advisory.NPM) }, "4.17.21", "stale"},
		"the same, and it knows one":   {func(t *testing.T) string { return synthetic(t, day.AddDate(0, 0, -8), advisory.NPM) }, "4.17.20", "blocked"},
		"of tomorrow's tomorrow":       {func(t *testing.T) string { return synthetic(t, day.AddDate(0, 0, 3), advisory.NPM) }, "4.17.21", "partial"},
		"of another ecosystem":         {func(t *testing.T) string { return synthetic(t, day, advisory.Go) }, "4.17.21", "partial"},
		"a version nobody can compare": {whole, "latest", "undecided"},
		"cut off": {func(t *testing.T) string {
			folder := whole(t)
			cut, err := filepath.Glob(filepath.Join(folder, "npm-*.idx"))
			if err != nil || len(cut) != 1 {
				t.Fatal(cut, err)
			}
			if err := os.Truncate(cut[0], 100); err != nil {
				t.Fatal(err)
			}
			return folder
		}, "4.17.21", "broken"},
		"without its canaries": {func(t *testing.T) string { return canaryless(t) }, "4.17.21", "partial"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onePart(Part{})
			s.AdvisoryStore = c.store(t)
			b := in(t, npmProject(">=16", "lodash", c.version, fmt.Sprintf(`"version":%q`, c.version)), s)
			if f := judged(t, advisories(), b); f.Reason != c.reason {
				t.Errorf("%v %q %v, want %q", f.Outcome, f.Reason, f.Facts, c.reason)
			}
		})
	}
}

// canaryless is a store with one record that nobody has heard of.
func canaryless(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	packed := zipped(t, "GHSA-x.json", `{"id":"GHSA-x","modified":"2026-11-23T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}`)
	_, err := advisory.Import(t.Context(), folder, advisory.Export{Ecosystem: advisory.NPM, Zip: bytes.NewReader(packed), Size: int64(len(packed)),
		Listing: advisory.Listing{"GHSA-x": today()}}, today())
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// The processes of a service are looked at through any shell that started them.
func TestRuntimeOfAProcess(t *testing.T) {
	version, err := exec.Command("node", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"itself":         `exec node -e 'console.log(1); setTimeout(() => {}, 60000)'`,
		"behind a shell": `node -e 'console.log(1); setTimeout(() => {}, 60000)'; true`,
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			ready, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			if _, err := ready.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			b := in(t, npmProject(">=16", "alpha", "1.0.0", `"version":"1.0.0"`), onePart(Part{Serves: true}))
			b.Target.PID = cmd.Process.Pid
			o := observed[Runtime](t, runtime(), b)
			if at := o.Parts[0].at(whereProcess); len(at) != 1 || at[0].Version != strings.TrimSpace(string(version)) || at[0].State == "" {
				t.Errorf("%+v", o.Parts[0])
			}
		})
	}
}

// A running Go program is held against go.sum: one built from other modules shows.
func TestRuntimeOfAGoProgram(t *testing.T) {
	files, s, sum := requiring(t)
	files["main.go"] = "package main\n\nimport (\n\t_ \"" + twinRequire + "\"\n\t\"time\"\n)\n\nfunc main() { time.Sleep(time.Minute) }\n"
	s.Parts[0].Serves = true
	b := in(t, files, s)
	program := filepath.Join(t.TempDir(), "program")
	if result, err := goRun(t.Context(), b, parts(b)[0], b.Config.Folder, false, "build", "-o", program, "."); err != nil || result.Exit != 0 {
		t.Fatalf("%v %s", err, result.Stderr)
	}
	cmd := exec.CommandContext(t.Context(), program)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	b.Target.PID = cmd.Process.Pid
	if f := judged(t, runtime(), b); f.Reason != "supported" {
		t.Errorf("%q %v", f.Reason, f.Facts)
	}
	if o := observed[Runtime](t, runtime(), b); o.Parts[0].Modules != 1 || len(o.Parts[0].at(whereProcess)) != 1 {
		t.Errorf("%+v", o.Parts[0])
	}
	if err := os.WriteFile(filepath.Join(b.Config.Folder, "go.sum"), []byte(strings.Replace(files["go.sum"], sum, "", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if f := judged(t, runtime(), b); f.Reason != "drifted" {
		t.Errorf("after go.sum was changed: %q %v", f.Reason, f.Facts)
	}
	b.Target.PID = 0
	if f := judged(t, runtime(), b); f.Outcome == pass {
		t.Errorf("without a process: %q %v", f.Reason, f.Facts)
	}
}

func TestDeclaredNode(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		places []string
	}{
		"everywhere": {map[string]string{".nvmrc": "26\n", ".node-version": "v26.1.0\n", ".tool-versions": "python 3\nnodejs 26.1.0\n", "Dockerfile": "FROM node:26-alpine\n"},
			[]string{".node-version", ".nvmrc", ".tool-versions", "Dockerfile FROM node", "package.json engines.node"}},
		"a bare image": {map[string]string{"Dockerfile": "FROM node\n"}, []string{"Dockerfile FROM node floats", "package.json engines.node"}},
	} {
		files := npmProject(">=16", "alpha", "1.0.0", `"version":"1.0.0"`)
		for file, text := range c.files {
			files[file] = text
		}
		var places []string
		for _, d := range observed[Runtime](t, runtime(), in(t, files, onePart(Part{}))).Parts[0].Declared {
			if d.Floats {
				d.Where += " floats"
			}
			places = append(places, d.Where)
		}
		slices.Sort(places)
		if !slices.Equal(places, c.places) {
			t.Errorf("%s: %v, want %v", name, places, c.places)
		}
	}
}

// The lines that a page gives to a sceptic give the digest that the page shows.
func TestReplayGivesTheDigest(t *testing.T) {
	b := in(t, map[string]string{"go.mod": "module x\n\ngo 1.21\n", "b/a": "1", "c": "2"}, onePart(Part{Build: `cp -r b c "$OUTPUT"`}))
	o := observed[Builds](t, reproducible(), b)
	cmd := exec.Command("sh", "-c", o.Parts[0].Replay())
	cmd.Dir = b.Config.Folder
	out, err := cmd.CombinedOutput()
	if digest, _, _ := strings.Cut(string(out), " "); err != nil || "sha256:"+digest != o.Parts[0].First.Digest {
		t.Errorf("%s gives %s (%v), the page shows %s", o.Parts[0].Replay(), out, err, o.Parts[0].First.Digest)
	}
}
