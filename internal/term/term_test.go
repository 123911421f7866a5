package term

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report"
	"listo/internal/run"
	"listo/internal/words"
)

// frozen is the view of one of the frozen audits of package report.
func frozen(t *testing.T, name string, lang words.Lang) *report.View {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "report", "testdata", name, "evidence", "ledger.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		t.Fatal(err)
	}
	v, err := report.NewView(gates.All(), ledger, lang)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// events is what the run of a frozen audit has told.
func events(v *report.View) []run.Event {
	all := []run.Event{{Kind: run.Preparing, Text: "gastos"}}
	for _, g := range v.Verdict.Gates {
		all = append(all, run.Event{Kind: run.GateBegan, Gate: g.Gate})
		for _, c := range g.Checks {
			all = append(all, run.Event{Kind: run.CheckBegan, Gate: g.Gate, Check: c.Check},
				run.Event{Kind: run.Progress, Gate: g.Gate, Check: c.Check, Done: 1, Total: 4},
				run.Event{Kind: run.CheckEnded, Gate: g.Gate, Check: c.Check, CheckVerdict: c})
		}
		all = append(all, run.Event{Kind: run.GateEnded, Gate: g.Gate, GateVerdict: g})
	}
	return append(all, run.Event{Kind: run.Stopped})
}

// in is a process environment.
func in(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, set := env[name]; return value, set }
}

// logged is what a log gets to see of an audit, its verdict included.
func logged(t *testing.T, name string, lang words.Lang, env map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	v := frozen(t, name, lang)
	s := New(&out, in(env), lang, gates.All())
	for _, e := range events(v) {
		s.Show(e)
	}
	s.Stopping()
	s.Close()
	s.Close() // closing twice is closing once
	Conclude(&out, &out, in(env), v, "reports/dev_audit")
	return out.String()
}

// UPDATE_GOLDEN=1 writes the logs anew; the diff is to be read.
func TestLog(t *testing.T) {
	for _, name := range []string{"failures", "waiting"} {
		for _, lang := range words.Languages() {
			got := logged(t, name, lang, nil)
			path := filepath.Join("testdata", name+"."+string(lang)+".log")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			is, was := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range max(len(is), len(was)) {
				if i >= len(is) || i >= len(was) || is[i] != was[i] {
					t.Errorf("%s: the log differs from line %d on:\n%s\nif that is right, run UPDATE_GOLDEN=1 go test ./internal/term and read the diff", path, i+1, strings.Join(is[min(i, len(is)):min(i+1, len(is))], ""))
					break
				}
			}
		}
	}
}

// A log is plain lines, whatever the environment asks for: no escapes, nothing
// drawn twice, every symbol beside its word.
func TestLogIsPlain(t *testing.T) {
	plain := logged(t, "failures", words.English, nil)
	for _, env := range []map[string]string{{"NO_COLOR": "1"}, {"NO_COLOR": ""}, {"CI": "true"}, {"TERM": "dumb"}, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}} {
		if got := logged(t, "failures", words.English, env); got != plain {
			t.Errorf("%v changes the log", env)
		}
	}
	for _, c := range plain {
		if c < ' ' && c != '\n' || c == '\u007f' {
			t.Fatalf("the log holds the control character %q", c)
		}
	}
	worded := regexp.MustCompile(`[✔✘?] (proved|failed|unproven) `)
	for line := range strings.Lines(plain) {
		if bare := strings.TrimSpace(line); strings.ContainsAny(bare[:min(len(bare), 3)], "✔✘") && !worded.MatchString(line) {
			t.Errorf("a symbol stands alone: %q", line)
		}
	}
}

// What the patient says does not reach a terminal's ear.
func TestHostileTextIsShownAsText(t *testing.T) {
	var out bytes.Buffer
	v := frozen(t, "failures", words.English)
	s := New(&out, in(nil), words.English, gates.All())
	s.Show(run.Event{Kind: run.CheckEnded, Gate: "pool", Check: "pool.churn", CheckVerdict: evidence.CheckVerdict{
		Check: "pool.churn", Cause: evidence.ErroredOut, Detail: "\x1b]0;owned\x07\x1b[2J\u202egpj.exe\nsecond line"}})
	s.Close()
	for i := range v.Verdict.Gates {
		for j := range v.Verdict.Gates[i].Checks {
			v.Verdict.Gates[i].Checks[j].Detail = "\x1b[31m\u2066"
		}
	}
	Conclude(&out, &out, in(nil), v, "reports")
	if strings.ContainsAny(out.String(), "\x1b\x07\r\u202e\u2066") {
		t.Errorf("escapes reach the terminal: %q", out.String())
	}
	if !strings.Contains(out.String(), `\x1b[2J`) {
		t.Errorf("what was said is not shown: %q", out.String())
	}
}

// The verdict goes where programs read, the blockers where people do.
func TestConcludeTellsProgramsTheVerdictOnly(t *testing.T) {
	for name, want := range map[string]string{
		"healthy":  "NO LISTO (not ready) (exit 2)\nreports/go_no_go.md\n",
		"failures": "NO LISTO (not ready) (exit 1)\nreports/go_no_go.md\n",
		"waiting":  "NO LISTO (not ready) (exit 3)\nreports/go_no_go.md\n",
	} {
		var out, talk bytes.Buffer
		Conclude(&out, &talk, in(nil), frozen(t, name, words.English), "reports")
		if out.String() != want {
			t.Errorf("%s: %q, want %q", name, out.String(), want)
		}
		if !strings.Contains(talk.String(), "supply.advisories") {
			t.Errorf("%s: what is unproven is not told: %q", name, talk.String())
		}
	}
	v := frozen(t, "healthy", words.Spanish)
	for verdict, want := range map[evidence.Word]string{evidence.Go: "LISTO PARA PROMOVER", evidence.GoReduced: "GO, alcance reducido", evidence.GoTest: "GO con datos de prueba", "": "NO LISTO"} {
		if v.Verdict.Word = verdict; word(v) != want {
			t.Errorf("%q is said as %q, want %q", verdict, word(v), want)
		}
		if v.Verdict.Test = true; word(v) != "TEST · "+want {
			t.Errorf("%q on test data is said as %q", verdict, word(v))
		}
		v.Verdict.Test = false
	}
}

// On a terminal one line is drawn again and again, and is gone when a line that
// stays is printed and at the end.
func TestLiveLineIsWiped(t *testing.T) {
	var out bytes.Buffer
	v := frozen(t, "failures", words.English)
	s := New(&out, in(nil), words.English, gates.All())
	s.mu.Lock()
	s.live = true
	s.mu.Unlock()
	for _, e := range events(v) {
		s.Show(e)
	}
	s.Close()
	text := out.String()
	if !regexp.MustCompile(`… pool pool\.effective \d+s \[█{5}░{15}\] 1/4`).MatchString(text) {
		t.Error("the live line does not tell how far the check has come")
	}
	left := regexp.MustCompile(`…[^\r\n]*\r\x1b\[2K`).ReplaceAllString(text, "")
	if strings.ContainsAny(left, "…\r\x1b") {
		t.Errorf("a live line stays: %q", left)
	}
	if strings.Contains(left, "proved pool.identity") || !strings.Contains(left, "failed pool.effective") {
		t.Errorf("what stays are the checks that are not proved: %q", left)
	}
}

func TestPaint(t *testing.T) {
	if got := paint(true).outcome(evidence.Fail, "✘ failed"); got != "\x1b[31m✘ failed\x1b[0m" {
		t.Errorf("painted: %q", got)
	}
	if got := paint(false).outcome(evidence.Fail, "✘ failed"); got != "✘ failed" {
		t.Errorf("not painted: %q", got)
	}
}
