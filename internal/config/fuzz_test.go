package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad: no file panics or hangs; an error is an *Error whose places lie in
// the file; a file that is read makes a plan and a list of what it lacks; and no
// error shows what a variable holds.
func FuzzLoad(f *testing.F) {
	table, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(table), "=== ")[1:] {
		_, rest, _ := strings.Cut(c, "\n")
		source, _, _ := strings.Cut(rest, "---\n")
		f.Add([]byte(source))
	}
	f.Add([]byte(complete))
	f.Add([]byte(strings.ReplaceAll(complete, "\n", "\r\n")))
	f.Add([]byte(strings.Repeat("[", 20_000)))
	f.Add([]byte("version: 1\rnmae: x\u2028service:\u0085  mod: x"))
	path := filepath.Join(f.TempDir(), "listo.yaml")
	const secret = "s3cret-value"
	lookup := func(name string) (string, bool) { return secret, name != "NEVER" }
	f.Fuzz(func(t *testing.T, src []byte) {
		if strings.Contains(string(src), secret) || strings.Contains(string(src), "env_files") {
			return // env files are a fuzz target of their own
		}
		path := path + filepath.Base(t.Name()) // workers run side by side
		if err := os.WriteFile(path, src, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, lookup, testGates())
		if err != nil {
			var e *Error
			if c != nil || !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("not an *Error: %#v", err)
			}
			lines := strings.Split(oneBreak(withoutMark(src)), "\n")
			for _, p := range e.Problems {
				if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+2 {
					t.Fatalf("no place in the file: %+v", p)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatalf("shows a value: %v", err)
			}
			return
		}
		c.Plan(testGates(), About{})
		for _, g := range testGates() {
			for _, check := range g.Checks {
				c.Lacks(g, check)
			}
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"url", "start", "stop", "ready_within", "pool.effective.churn"}
	for word, want := range map[string]string{
		"strat": "start", "Start": "start", "urll": "url", "uri": "url", "ready-within": "ready_within", "readywithin": "ready_within",
		"pool.efective.chrun": "pool.effective.churn", "xyz": "", "": "", "completely_different": "", strings.Repeat("a", 1<<20): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%.30q) is %q, not %q", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"ab", "ba", 1}, {"abc", "ca", 3}, {"kitten", "sitting", 3}, {"same", "same", 0}} {
		if got := mistakes(c.a, c.b); got != c.want {
			t.Errorf("mistakes(%q, %q) is %d, not %d", c.a, c.b, got, c.want)
		}
	}
}
