package listo_test

import (
	"crypto/sha512"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// supplyDiseases are defects of locks, manifests, build commands and built files.
func supplyDiseases() []disease {
	return slices.Concat(lockDiseases(), runtimeDiseases(), moduleDiseases(), buildDiseases(), advisoryDiseases())
}

// inFrontend edits a file of the frontend and commits that: the frontend's own
// gate is not asked here, so its base moves along.
func inFrontend(file string, edit func(t *testing.T, text string) string) func(*testing.T, *workspace) {
	return func(t *testing.T, w *workspace) {
		w.edit(t, "frontend/"+file, edit)
	}
}

// edit changes a file of the workspace and commits it. A change that changes
// nothing is an error: a disease must take effect.
func (w *workspace) edit(t *testing.T, name string, edit func(t *testing.T, text string) string) {
	t.Helper()
	before, err := os.ReadFile(filepath.Join(w.folder, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	after := edit(t, string(before))
	if after == string(before) {
		t.Fatalf("%s: the disease took no effect", name)
	}
	w.write(t, name, after)
	w.commit(t)
}

// commit commits everything, ignored files that were added by force too.
func (w *workspace) commit(t *testing.T) {
	t.Helper()
	w.git(t, "add", "-A")
	w.git(t, "commit", "-q", "-m", "a change")
	w.base = strings.TrimSpace(w.git(t, "rev-parse", "HEAD"))
}

// replaced replaces the first occurrence.
func replaced(old, with string) func(*testing.T, string) string {
	return func(t *testing.T, text string) string { return strings.Replace(text, old, with, 1) }
}

// only leaves the audit the named checks of the gate: an audit of all installs the
// frontend five times. With LISTO_DISEASES=whole all are asked.
func only(infect func(*testing.T, *workspace), checks ...string) func(*testing.T, *workspace) {
	return func(t *testing.T, w *workspace) {
		infect(t, w)
		if wholly() {
			return
		}
		for i, g := range w.gates {
			if g.ID == "supply" {
				w.gates[i].Checks = slices.DeleteFunc(slices.Clone(g.Checks), func(c evidence.Check) bool { return !slices.Contains(checks, c.ID) })
			}
		}
	}
}

// An entry of the frontend's lock that is another platform's: npm ci leaves it
// out, so that the lock's own check must see it.
const elsewhere = `"node_modules/lightningcss-win32-arm64-msvc": {` + "\n"

var integrityLine = regexp.MustCompile(`(?m)^\s*"integrity": "sha512-[^"]+",\n`)

var licenceLine = regexp.MustCompile(`(?m)^\s*"license": "[^"]+",\n`)

func lockDiseases() []disease {
	const check = "supply.lock"
	quick := []string{check, "supply.install"}
	lock := func(edit func(*testing.T, string) string) func(*testing.T, *workspace) {
		return only(inFrontend("package-lock.json", edit), quick...)
	}
	return []disease{
		{ID: "supply-out-of-sync", Check: check, Summary: "package.json asks for another TypeScript than the lock",
			Consequences: []string{"supply.install", "supply.reproducible"},
			infect:       only(inFrontend("package.json", replaced(`"typescript": "7.0.2"`, `"typescript": "7.0.1"`)), quick...)},
		{ID: "supply-integrity-missing", Check: check, Summary: "an entry of the lock lost its integrity",
			infect: lock(func(t *testing.T, text string) string {
				return strings.Replace(text, integrityLine.FindString(text), "", 1)
			})},
		{ID: "supply-integrity-weak", Check: check, Summary: "an entry of the lock is pinned by SHA-1 alone",
			infect: lock(func(t *testing.T, text string) string {
				at := strings.Index(text, elsewhere)
				return text[:at] + strings.Replace(text[at:], integrityLine.FindString(text[at:]), `"integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",`+"\n", 1)
			})},
		{ID: "supply-licences-lost", Check: "supply.sbom", Summary: "the lock tells no package's licence",
			infect: only(inFrontend("package-lock.json", func(t *testing.T, text string) string {
				return licenceLine.ReplaceAllString(text, "")
			}), "supply.sbom")},
		{ID: "supply-git-dependency", Check: check, Summary: "an entry of the lock is a commit of a git repository",
			infect: lock(replaced(elsewhere, elsewhere+`"resolved": "git+ssh://git@code.example/it.git#0123456789012345678901234567890123456789",`+"\n"))},
		{ID: "supply-plain-http", Check: check, Summary: "an entry of the lock is fetched without encryption",
			infect: lock(replaced(elsewhere, elsewhere+`"resolved": "http://registry.example/lightningcss-win32-arm64-msvc/-/lightningcss-win32-arm64-msvc-1.33.0.tgz",`+"\n"))},
		{ID: "supply-host-named", Check: check, Summary: "an entry of the lock names the host of a registry",
			infect: lock(replaced(elsewhere, elsewhere+`"resolved": "https://registry.example/lightningcss-win32-arm64-msvc/-/lightningcss-win32-arm64-msvc-1.33.0.tgz",`+"\n"))},
		{ID: "supply-no-lock", Check: check, Summary: "the frontend's lock was deleted",
			Consequences: []string{"supply.reproducible"},
			infect: only(func(t *testing.T, w *workspace) {
				if err := os.Remove(filepath.Join(w.folder, "frontend/package-lock.json")); err != nil {
					t.Fatal(err)
				}
				w.commit(t)
			}, quick...)},
		{ID: "supply-poisoned", Check: "supply.install", Summary: "an entry of the lock leads to another package's archive",
			Consequences: []string{check, "supply.reproducible"}, infect: only(poison, quick...)},
		{ID: "supply-node-modules-committed", Check: "supply.install", Summary: "a package is committed with the source",
			infect: only(func(t *testing.T, w *workspace) {
				w.write(t, "frontend/node_modules/vite/package.json", `{"name":"vite","version":"0.0.1"}`)
				w.git(t, "add", "-f", "frontend/node_modules")
				w.commit(t)
			}, quick...)},
		{ID: "supply-postinstall", Check: "supply.install", Summary: "the frontend runs a program when it is installed",
			infect: only(func(t *testing.T, w *workspace) {
				w.edit(t, "frontend/package.json", replaced(`"scripts": {`, `"scripts": {`+"\n    \"postinstall\": \"node -e 1\","))
				w.edit(t, "frontend/.npmrc", replaced("ignore-scripts=true\n", ""))
			}, quick...)},
	}
}

// poison lets the entry picocolors lead to an archive beside it, of another
// package, and pins that one's bytes.
func poison(t *testing.T, w *workspace) {
	archive := npmArchive(t, `{"name":"not-picocolors","version":"6.6.6"}`)
	sum := sha512.Sum512(archive)
	w.write(t, "frontend/evil.tgz", string(archive))
	const entry = `"node_modules/picocolors": {` + "\n"
	w.edit(t, "frontend/package-lock.json", func(t *testing.T, text string) string {
		at := strings.Index(text, entry)
		if at < 0 {
			t.Fatal("the lock has no picocolors")
		}
		own := integrityLine.FindString(text[at:])
		return text[:at] + strings.Replace(text[at:], own,
			`"resolved": "file:evil.tgz", "integrity": "sha512-`+base64.StdEncoding.EncodeToString(sum[:])+`",`+"\n", 1)
	})
}

func runtimeDiseases() []disease {
	const check = "supply.runtime"
	return []disease{
		{ID: "supply-node-ended", Check: check, Summary: ".nvmrc names a Node past its end of life",
			infect: only(inFrontend(".nvmrc", replaced("", "20\n")), check)},
		{ID: "supply-node-floats", Check: check, Summary: ".nvmrc names whatever Node is newest",
			infect: only(inFrontend(".nvmrc", replaced("", "lts/*\n")), check)},
		{ID: "supply-engines-ended", Check: check, Summary: "engines admits no Node but one past its end of life",
			Consequences: []string{"supply.install", "supply.reproducible"},
			infect:       only(inFrontend("package.json", replaced(`"^22.18.0 || ^24.11.0 || ^26.0.0"`, `"^20.11.0"`)), check, "supply.install")},
	}
}

func moduleDiseases() []disease {
	const check = "supply.modules"
	const sum = "golang.org/x/sync v0.24.0 h1:"
	quick := []string{check, "supply.lock", "supply.runtime"}
	return []disease{
		{ID: "supply-sum-forged", Check: check, Summary: "a sum in go.sum was changed",
			Consequences: []string{"supply.runtime", "supply.reproducible"},
			infect: only(func(t *testing.T, w *workspace) {
				w.edit(t, "go.sum", func(t *testing.T, text string) string {
					if !strings.Contains(text, sum) {
						t.Fatalf("go.sum does not hold %q", sum)
					}
					at := strings.Index(text, sum) + len(sum)
					if text[at] == 'Z' {
						t.Fatal("the sum begins with Z already")
					}
					return text[:at] + "Z" + text[at+1:]
				})
			}, quick...)},
		{ID: "supply-sum-missing", Check: check, Summary: "a line of go.sum was deleted",
			Consequences: []string{"supply.lock", "supply.runtime", "supply.reproducible"},
			infect: only(func(t *testing.T, w *workspace) {
				w.edit(t, "go.sum", func(t *testing.T, text string) string {
					return regexp.MustCompile(`(?m)^golang\.org/x/sync v0\.24\.0 h1:.*\n`).ReplaceAllString(text, "")
				})
			}, quick...)},
	}
}

func buildDiseases() []disease {
	const check = "supply.reproducible"
	const build = `build: go build -trimpath -o "$OUTPUT/gastos" ./cmd/gastos`
	command := func(with string) func(*testing.T, *workspace) {
		return only(func(t *testing.T, w *workspace) { w.edits = append(w.edits, build, with) }, check)
	}
	return []disease{
		{ID: "supply-build-stamped", Check: check, Summary: "the build writes its time into the program",
			infect: command(`build: go build -trimpath -ldflags "-X main.built=$(date +%s)" -o "$OUTPUT/gastos" ./cmd/gastos`)},
		{ID: "supply-build-dated", Check: check, Summary: "the build writes its local date into a file",
			infect: command(`build: go build -trimpath -o "$OUTPUT/gastos" ./cmd/gastos && date +%F > "$OUTPUT/BUILT"`)},
		{ID: "supply-build-placed", Check: check, Summary: "the build writes its folder into a file",
			infect: command(`build: go build -trimpath -o "$OUTPUT/gastos" ./cmd/gastos && pwd > "$OUTPUT/BUILT"`)},
		{ID: "supply-built-edited", Check: check, Summary: "what is committed as built was edited by hand",
			Consequences: []string{}, infect: only(func(t *testing.T, w *workspace) {
				w.edit(t, "frontend/dist/index.html", replaced("</body>", "<!-- by hand --></body>"))
				w.edit(t, "frontend.sha256", func(t *testing.T, text string) string {
					page, err := os.ReadFile(filepath.Join(w.folder, "frontend/dist/index.html"))
					if err != nil {
						t.Fatal(err)
					}
					return regexp.MustCompile(`(?m)^[0-9a-f]{64}(  (?:\./)?index\.html)$`).ReplaceAllString(text, evidence.DigestOf(page).Hex()+"${1}")
				})
			}, check)},
		{ID: "supply-source-ahead", Check: check, Summary: "the frontend's source was changed and not built",
			infect: only(inFrontend("index.html", replaced("</body>", "<p>new</p></body>")), check)},
	}
}

func advisoryDiseases() []disease {
	const check = "supply.advisories"
	knowing := func(k known) func(*testing.T, *workspace) {
		return only(func(t *testing.T, w *workspace) {
			folder := syntheticStore(t)
			storeThatKnows(t, folder, k)
			at := slices.IndexFunc(w.edits, func(s string) bool { return strings.HasPrefix(s, "\nsupply:\n  advisory_store: ") })
			w.edits[at] = "\nsupply:\n  advisory_store: " + folder + "\n"
		}, check)
	}
	return []disease{
		{ID: "supply-vulnerable-npm", Check: check, Summary: "a package of the frontend has a vulnerability of high severity",
			infect: knowing(known{"GHSA-test-aaaa-bbbb", "npm", "picocolors", "99.0.0", "HIGH"})},
		{ID: "supply-vulnerable-go", Check: check, Summary: "a module of the backend has a critical vulnerability",
			infect: knowing(known{"GO-2099-0001", "Go", "github.com/jackc/pgx/v5", "99.0.0", "CRITICAL"})},
		{ID: "supply-vulnerable-stdlib", Check: check, Summary: "Go's standard library has a vulnerability that nobody rated",
			infect: knowing(known{"GO-2099-0002", "Go", "stdlib", "99.0.0", ""})},
	}
}
