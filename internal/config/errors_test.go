package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew")

// TestErrors holds every kind of bad file against the exact text of its error.
// testdata/errors.txt is the table: "=== name", the file, "---", the error.
func TestErrors(t *testing.T) {
	const table = "testdata/errors.txt"
	raw, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var fresh strings.Builder
	cases := strings.Split(string(raw), "=== ")
	fresh.WriteString(cases[0])
	for _, c := range cases[1:] {
		name, rest, _ := strings.Cut(c, "\n")
		source, want, _ := strings.Cut(rest, "---\n")
		got := "no error"
		t.Run(name, func(t *testing.T) {
			lookup := environment("BAD", "s3cret-value", "HOST", "http://db.example.com:8080", "PG", "postgres://app:s3cret-value@[::1/x")
			// ⇥ stands for a tab and ∅ for a null byte, which editors would hide.
			file := strings.NewReplacer("⇥", "\t", "∅", "\x00").Replace(source)
			if _, err := load(t, file, lookup, "bad.env", "A=1\nB='s3cret-value\n"); err != nil {
				got = err.Error()
			}
			if !*update && got != strings.TrimRight(want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(got, "s3cret-value") {
				t.Errorf("the error shows the value of a variable:\n%s", got)
			}
		})
		fmt.Fprintf(&fresh, "=== %s\n%s---\n%s\n\n", name, source, got)
	}
	if len(cases) < 40 {
		t.Errorf("%s holds %d cases only", table, len(cases)-1)
	}
	if *update {
		if err := os.WriteFile(table, []byte(strings.TrimRight(fresh.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	big := filepath.Join(folder, "big.yaml")
	if err := os.WriteFile(big, []byte(strings.Repeat("# 789\n", 10<<20/6)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "none.yaml"): "no such file: name it with --config, or write one with listo init",
		folder:                             "cannot be read: is not a regular file",
		"/dev/zero":                        "cannot be read: is not a regular file",
		big:                                "cannot be read: is larger than 1 MiB",
	} {
		c, err := Load(path, environment(), testGates())
		if c != nil || err == nil || err.Error() != path+": "+want {
			t.Errorf("%s: got %v", path, err)
		}
		if _, ok := err.(*Error); !ok {
			t.Errorf("%s: the error is a %T", path, err)
		}
	}
}

func TestManyProblemsAreCounted(t *testing.T) {
	var source strings.Builder
	source.WriteString(minimal)
	for i := range 30 {
		fmt.Fprintf(&source, "unknown%d: 1\n", i)
	}
	_, err := load(t, source.String(), environment())
	if got := strings.Count(err.Error(), "unknown key"); got != maxProblems {
		t.Errorf("%d problems are shown", got)
	}
	if !strings.HasSuffix(err.Error(), "\nand 10 more: mend these first") {
		t.Errorf("the end is %q", err.Error())
	}
}

func TestLongLinesAreCut(t *testing.T) {
	_, err := load(t, minimal+"pool: {names: ["+strings.Repeat("é, ", 200)+"], nmae: 1}\n", environment())
	want := "listo.yaml:4:619: pool.nmae: unknown key: "
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 || len([]rune(lines[1])) > 130 || !strings.HasPrefix(err.Error(), want) {
		t.Fatalf("got:\n%v", err)
	}
	caret := len([]rune(lines[2])) - len("^^^^")
	if got := string([]rune(lines[1])[caret : caret+4]); got != "nmae" {
		t.Errorf("the caret stands under %q:\n%v", got, err)
	}
}

func TestParserPanicIsAnError(t *testing.T) {
	err := guarded(func() error { panic("internal error: unexpected tail comment event (please report)") })
	if err == nil || !strings.Contains(err.Error(), "the parser gave up") {
		t.Errorf("got %v", err)
	}
}
