package listo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report"
	"listo/internal/words"
)

// briefDigest is the SHA-256 of the brief as it was given: its lines without
// blank ones and without blanks at their ends, each with a line feed.
const briefDigest = "f27fe8e1f762f24f93b28bee07d0de5ecfbe2fe7517885b45ec32505651378d7"

// promise is one line of the brief and what proves it.
type promise struct{ line, state, proofs, note string }

func promises(t *testing.T) []promise {
	t.Helper()
	var all []promise
	for _, row := range tableRows(t, "docs/brief.md", 5) {
		all = append(all, promise{row[1], row[2], row[3], row[4]})
	}
	return all
}

func TestBriefIsWordForWord(t *testing.T) {
	text := sha256.New()
	for _, p := range promises(t) {
		text.Write([]byte(p.line + "\n"))
	}
	if got := hex.EncodeToString(text.Sum(nil)); got != briefDigest {
		t.Errorf("the lines of docs/brief.md have the digest %s, the brief has %s: a line was changed, dropped or moved", got, briefDigest)
	}
}

func TestBriefNamesChecksThatExist(t *testing.T) {
	known, tests := gates.All(), declaredTests(t)
	for _, p := range promises(t) {
		proofs := quoted(p.proofs)
		switch p.state {
		case "not yet":
			if len(proofs) > 0 {
				t.Errorf("%q is not yet, but proved by %v", p.line, proofs)
			}
		case "built", "in part":
			if len(proofs) == 0 {
				t.Errorf("%q is %s, but nothing proves it", p.line, p.state)
			}
		default:
			t.Errorf("%q: the state %q is not one of built, in part, not yet", p.line, p.state)
		}
		if p.state == "in part" && !strings.Contains(p.note, "not yet") {
			t.Errorf("%q is in part, but its note does not say what is not yet", p.line)
		}
	}
	text := read(t, "docs/brief.md")
	_, beyond, _ := strings.Cut(text, "## Beyond the brief")
	all := quoted(beyond)
	for _, p := range promises(t) {
		all = append(all, quoted(p.proofs)...)
	}
	for _, id := range all {
		if _, ok := evidence.Find(known, id); !ok && !tests[id] {
			t.Errorf("docs/brief.md names %q, which is neither a check nor a test", id)
		}
	}
}

// readmes are the two READMEs with the words of their tables of gates.
func readmes() map[string][2]string {
	return map[string][2]string{
		"README.md":    {"built", "not yet"},
		"README.es.md": {"construido", "todavía no"},
	}
}

func TestReadmesBeginWithTheTwoCommands(t *testing.T) {
	makefile := "\n" + read(t, "Makefile")
	for _, verb := range []string{"demo", "test"} {
		if !strings.Contains(makefile, "\n"+verb+":") {
			t.Errorf("the Makefile has no verb %q", verb)
		}
	}
	for file := range readmes() {
		head, rest, found := strings.Cut(read(t, file), "```sh\n")
		block, _, _ := strings.Cut(rest, "```")
		if !found || block != "make demo\nmake test\n" {
			t.Errorf("%s: its first commands are %q, want make demo and make test", file, block)
		}
		if strings.Contains(head, "\n## ") {
			t.Errorf("%s: a section stands before the two commands", file)
		}
	}
}

func TestReadmesTellWhichGatesAreBuilt(t *testing.T) {
	for file, states := range readmes() {
		told := map[string][]string{}
		for _, row := range tableRows(t, file, 4) {
			told[strings.Trim(row[0], "`")] = row
		}
		for _, g := range gates.All() {
			row := told[g.ID]
			if row == nil {
				t.Errorf("%s: the table of gates lacks %q", file, g.ID)
				continue
			}
			want := states[1]
			if len(g.Checks) > 0 {
				want = states[0]
			}
			if row[1] != want {
				t.Errorf("%s: gate %s is told to be %q, want %q", file, g.ID, row[1], want)
			}
			if got := strings.Join(quoted(row[3]), " "); got != strings.Join(g.Reports, " ") {
				t.Errorf("%s: gate %s is told to write %s, want %s", file, g.ID, got, strings.Join(g.Reports, " "))
			}
		}
	}
}

// gatesPage is docs/gates.md as it must be.
func gatesPage(t *testing.T) []byte {
	t.Helper()
	var page bytes.Buffer
	page.WriteString("# The gates\n\nWhat `listo explain` prints, in English and then in Spanish. " +
		"Made by `make golden`; do not edit.\n\n")
	for _, lang := range []words.Lang{words.English, words.Spanish} {
		text, err := report.Explain(gates.All(), lang, "")
		if err != nil {
			t.Fatal(err)
		}
		page.WriteString("<!-- listo explain --language " + string(lang) + " -->\n\n" + text + "\n")
	}
	return append(bytes.TrimSpace(page.Bytes()), '\n')
}

func TestGatesPageIsWhatExplainPrints(t *testing.T) {
	const file = "docs/gates.md"
	want := gatesPage(t)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, file) != string(want) {
		t.Errorf("%s is not what listo explain prints now: run UPDATE_GOLDEN=1 go test -run TestGatesPage . and read the diff", file)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tableRows gives the rows of a file's Markdown tables with that many columns,
// without their heads.
func tableRows(t *testing.T, file string, columns int) [][]string {
	t.Helper()
	var all [][]string
	head := true
	for line := range strings.Lines(read(t, file)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != columns+2 || cells[0] != "" {
			head = true
			continue
		}
		cells = cells[1 : columns+1]
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case strings.HasPrefix(cells[0], "---"):
			head = false
		case !head:
			all = append(all, cells)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no table of %d columns", file, columns)
	}
	return all
}

// quoted gives what stands between backticks in a text.
func quoted(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}
