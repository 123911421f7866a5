package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// hostile is what a patient, or a ledger that listo did not write, may say.
const hostile = "<script>alert(1)</script> <img src=x onerror=y> </details></summary> --> <!-- x &lt;b&gt; " +
	"a|b || `c` ``d`` \x1b[31mred\x1b[0m \u202egpj.exe\u2066 http://evil.example www.evil.example a@b.example @all " +
	"![i](http://evil.example/x.png) [l](javascript:alert(1)) *x* _y_ ~~z~~ $m$ \\ \\| {{.Plan}} {code}\n" +
	"# heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n<b>\n~~~\n````\n\n- item\n\n<h1>block</h1>\n\n    code\n\n[x]: http://evil.example\n"

// ours are the only pieces of HTML on a page.
var ours = regexp.MustCompile(`^(<details>|</details>|<summary>|</summary>|<a id="[a-z0-9_-]+">|</a>|<details><summary>[^<>]*</summary>\n?|</details>\n?|<!-- listo:report run=[0-9A-Za-z.:+-]* format=[0-9]+ -->\n?)$`)

// linked is where a link of ours may lead: beside the page.
var linked = regexp.MustCompile(`^([a-z_]+\.(md|json)|evidence/blobs/[0-9a-f]{64}|evidence/files/[a-z0-9_.-]+)?(#[a-z0-9_-]+)?$`)

// harmless lists what a page shows beyond text that we wrote.
func harmless(page string) (complaints []string) {
	say := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	if markdown.Clean(page) != page {
		say("it holds characters that nobody sees")
	}
	src := []byte(page)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it never fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML:
			if tag := string(n.Segments.Value(src)); !ours.MatchString(tag) {
				say("raw HTML %q", tag)
			}
		case *ast.HTMLBlock:
			if block := string(n.Lines().Value(src)); !ours.MatchString(block) {
				say("a block of HTML %q", block)
			}
		case *ast.Link:
			if !linked.MatchString(string(n.Destination)) {
				say("a link to %q", n.Destination)
			}
		case *ast.Image, *ast.AutoLink:
			say("%s in %q", n.Kind(), n.Parent().Text(src)) //nolint:staticcheck // good enough for a message
		}
		return ast.WalkContinue, nil
	})
	return append(complaints, crookedRows(page)...)
}

// crookedRows lists the rows of tables that have not as many cells as their head.
func crookedRows(page string) (complaints []string) {
	fence, columns := "", 0
	for line := range strings.Lines(page) {
		bare := strings.TrimSpace(line)
		if ticks := bare[:len(bare)-len(strings.TrimLeft(bare, "`"))]; fence == "" && len(ticks) >= 3 {
			fence = ticks
		} else if bare == fence {
			fence = ""
		}
		switch cells := strings.Count(bare, "|"); {
		case fence != "" || !strings.HasPrefix(bare, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			complaints = append(complaints, fmt.Sprintf("a row of %d cells in a table of %d: %q", cells-1, columns-1, bare))
		}
	}
	return complaints
}

func TestHarmFound(t *testing.T) {
	for page, harm := range map[string]bool{
		"| a | b |\n|---|---|\n| 1 | 2 |\n":                false,
		"| a | b |\n|---|---|\n| 1 | 2 | 3 |\n":            true,
		"| a | b |\n|---|---|\n| 1\nx | 2 |\n":             true,
		"```\n| a |\n| b | c |\n<b>\n```\n":                false,
		"<b>x</b>":                                         true,
		"<div>\n":                                          true,
		"<details><summary>x</summary>\n\ny\n\n</details>": false,
		"<details open><summary>x</summary>\n":             true,
		"x <!-- y -->":                                     true,
		"![x](y.md)":                                       true,
		"[x](y.md#z)":                                      false,
		"[x](http://evil.example)":                         true,
		"http://evil.example":                              true,
		"\x1b[31m":                                         true,
	} {
		if got := harmless(page); (len(got) > 0) != harm {
			t.Errorf("%q: %v", page, got)
		}
	}
}

// TestHostileLedger puts hostile text into every string of plan, steps and
// records that is no ID, all at once.
func TestHostileLedger(t *testing.T) {
	t.Parallel()
	for _, name := range frozenAudits() {
		for _, lang := range words.Languages() {
			v := viewOf(t, hostileLedger(t, name), name, lang)
			v.KeyFingerprint = hostile
			v.Blob = func(evidence.Digest) ([]byte, error) { return []byte(hostile), nil }
			for file, page := range pagesOf(t, v) {
				for _, complaint := range harmless(string(page)) {
					t.Errorf("%s/%s: %s", name, file, complaint)
				}
			}
		}
	}
}

func hostileLedger(t *testing.T, name string) evidence.Ledger {
	t.Helper()
	l := frozen(t, name)
	p := l.Entries[0].Plan
	for _, s := range []*string{&p.Run, &p.Operator, &p.Machine.System, &p.Machine.CPU, &p.Subject.Name, &p.Subject.Mode,
		&p.Subject.Commit, &p.Subject.Database, &p.Tool.Version, &p.Tool.Revision, &p.Tool.Go} {
		*s = hostile
	}
	p.Subject.Config, p.Subject.Source = hostile, hostile
	p.Previous = &evidence.Previous{Run: hostile, Commit: hostile, Word: hostile, Head: hostile, Checks: map[string]string{"pool.effective": hostile}}
	for i := range p.Gates {
		for j, c := range p.Gates[i].Checks {
			if c.Excused != "" {
				p.Gates[i].Checks[j].Excused = hostile
			}
		}
	}
	errored := evidence.Entry{Control: &evidence.ControlRun{Class: "pool.leaks", Experiment: evidence.Experiment{Check: "pool.leaks", Err: hostile}}}
	alien := evidence.Entry{Experiment: &evidence.Experiment{Check: hostile, Err: hostile}}
	last := len(l.Entries) - 1
	l.Entries = slices.Insert(l.Entries, max(1, last), errored, alien)
	for _, e := range l.Entries {
		switch {
		case e.Experiment != nil:
			hostileExperiment(e.Experiment)
		case e.Control != nil:
			hostileExperiment(&e.Control.Experiment)
		case e.Confirmation != nil:
			e.Confirmation.By, e.Confirmation.Via = hostile, hostile
		case e.Handling != nil:
			e.Handling.Act, e.Handling.Err = hostile, hostile
		}
	}
	return l
}

func hostileExperiment(x *evidence.Experiment) {
	if x.Err != "" {
		x.Err = hostile
	}
	for i := range x.Lacks {
		x.Lacks[i] = hostile
	}
	blobs := []evidence.Blob{{Name: hostile, Media: hostile, Digest: hostile}, {Digest: "sha256:ab"}, {Digest: evidence.DigestOf(nil)}, {}}
	x.Steps = append(x.Steps, evidence.Step{Instrument: hostile, Replay: hostile, Err: hostile, Raw: blobs})
}

// TestHostileObservations puts hostile text into every single string that any
// check observed, values and keys of maps. One that stands for a word of ours
// makes no page; one that does not survive the round trip is refused.
func TestHostileObservations(t *testing.T) {
	var shown atomic.Int64
	t.Run("of each gate", func(t *testing.T) {
		tried := map[string]bool{} // most observations stand in both audits
		for _, name := range []string{"healthy", "failures"} {
			lines := map[string][]int{}
			for i, e := range frozen(t, name).Entries {
				x := experimentOf(e)
				if x == nil || x.Errored() || tried[string(x.Observed)] {
					continue
				}
				tried[string(x.Observed)] = true
				gate, _, _ := strings.Cut(x.Check, ".")
				lines[gate] = append(lines[gate], i)
			}
			for gate, own := range lines {
				t.Run(name+" "+gate, func(t *testing.T) {
					t.Parallel()
					shown.Add(hostileLines(t, name, gate, own))
				})
			}
		}
	})
	if shown.Load() < 100 {
		t.Errorf("only %d hostile observations were shown: the frozen audits hold too few strings", shown.Load())
	}
}

// hostileLines tries the lines of one gate in a frozen audit. Those of other gates
// are left out: their pages are not looked at, and to judge them anew takes long.
func hostileLines(t *testing.T, name, gate string, lines []int) (shown int64) {
	t.Helper()
	v := frozenView(t, name, words.English)
	var own []*evidence.Experiment
	for _, line := range lines {
		own = append(own, experimentOf(v.Ledger.Entries[line]))
	}
	v.Ledger.Entries = slices.DeleteFunc(v.Ledger.Entries, func(e evidence.Entry) bool {
		other := experimentOf(e)
		return other != nil && !strings.HasPrefix(other.Check, gate+".")
	})
	for i, x := range own {
		check, _ := evidence.Find(v.Gates, x.Check)
		was := x.Observed
		for _, changed := range sampled(withEachString(t, was, hostile)) {
			if _, err := check.Judge(changed, v.Plan.LimitsOf(check.ID)); err != nil {
				continue
			}
			x.Observed = changed
			shown += hostilePage(t, v, fmt.Sprintf("line %d, %s", lines[i]+1, changed), check.ID)
		}
		x.Observed = was
	}
	return shown
}

// sampled gives every tenth for the quick look before a commit (make check), and all
// of them otherwise.
func sampled(all []json.RawMessage) (some []json.RawMessage) {
	if !testing.Short() {
		return all
	}
	for i := 0; i < len(all); i += 10 {
		some = append(some, all[i])
	}
	return some
}

// experimentOf gives the experiment of a line, a control's too; nil for none.
func experimentOf(e evidence.Entry) *evidence.Experiment {
	if e.Control != nil {
		return &e.Control.Experiment
	}
	return e.Experiment
}

// hostilePage renders the pages of a check's gate; it counts those that could be.
func hostilePage(t *testing.T, v *View, what, check string) (shown int64) {
	t.Helper()
	v.Verdict = evidence.Decide(v.Gates, v.Ledger)
	gate, _ := v.gateOf(check)
	pages := map[string]func() ([]byte, error){}
	if c, _ := v.checkVerdict(check); c.Outcome != evidence.Pass {
		pages[ClosingFile] = v.closingPage // what is proved is not told there
	}
	for _, file := range gate.Reports {
		if isPage(file) {
			pages[file] = func() ([]byte, error) { return v.gatePage(gate, file) }
		}
	}
	for file, render := range pages {
		page, err := render()
		switch {
		case err != nil && strings.Contains(err.Error(), "words: no phrase"):
			continue
		case err != nil:
			t.Errorf("%s: %s: %v", file, what, err)
			continue
		}
		shown++
		for _, complaint := range harmless(string(page)) {
			t.Errorf("%s: %s: %s", file, what, complaint)
		}
	}
	return shown
}

var jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// withEachString gives JSON texts, each with another string replaced. Of the
// elements of a list only the first is taken, and each key once: they are shown
// alike.
func withEachString(t *testing.T, raw json.RawMessage, by string) (all []json.RawMessage) {
	t.Helper()
	replacement, err := json.Marshal(by)
	if err != nil {
		t.Fatal(err)
	}
	field, taken := "", map[string]bool{}
	for _, at := range jsonString.FindAllIndex(raw, -1) {
		what := "value of " + field
		if raw[at[1]] == ':' {
			field = string(raw[at[0]:at[1]])
			what = field
		}
		if taken[what] {
			continue
		}
		taken[what] = true
		all = append(all, bytes.Join([][]byte{raw[:at[0]], replacement, raw[at[1]:]}, nil))
	}
	return all
}

// A template cannot forget to escape: what an action prints is hostile text
// unless it is Markdown already, also inside of other templates and branches.
func TestTemplatesEscapeByThemselves(t *testing.T) {
	p := &page{phrases: phrases{view: frozenView(t, "planned", words.English), gate: "pool"}, file: "x.md"}
	for template, want := range map[string]string{
		`{{.}}`:                                              `&lt;b&gt;`,
		`{{printf "%s" .}}`:                                  `&lt;b&gt;`,
		`{{. | printf "%s"}}`:                                `&lt;b&gt;`,
		`{{if .}}{{.}}{{else}}{{.}}{{end}}`:                  `&lt;b&gt;`,
		`{{if not .}}x{{else}}{{.}}{{end}}`:                  `&lt;b&gt;`,
		`{{with ""}}x{{else}}{{.}}{{end}}`:                   `&lt;b&gt;`,
		`{{range list}}x{{else}}{{.}}{{end}}`:                `&lt;b&gt;`,
		`{{with .}}{{.}}{{end}}`:                             `&lt;b&gt;`,
		`{{range list .}}{{.}}{{end}}`:                       `&lt;b&gt;`,
		`{{define "y"}}{{.}}{{end}}{{template "y" .}}`:       `&lt;b&gt;`,
		`{{$x := .}}{{$x}}`:                                  `&lt;b&gt;`,
		`{{$x := ""}}{{$x = .}}{{$x}}`:                       `&lt;b&gt;`,
		`{{range $i, $x := list .}}{{$i}}{{$x}}{{end}}`:      `0&lt;b&gt;`,
		`{{block "y" .}}{{.}}{{end}}`:                        `&lt;b&gt;`,
		`{{code .}}`:                                         "`<b>`",
		`{{list .}}`:                                         `\[&lt;b&gt;\]`,
		`{{say "cause.errored" "detail" .}}`:                 `It could not be measured: &lt;b&gt;`,
		`{{say "cause.lacking" "lacks" (list .)}}`:           "It could not be run. Missing: `<b>`",
		`{{fence "sh" .}}`:                                   "```sh\n<b>\n```",
		`{{range list .}}{{break}}{{else}}{{.}}{{end}}{{.}}`: `&lt;b&gt;`,
	} {
		got, err := p.render("x", template, "<b>")
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %q, %v, want %q", template, got, err, want)
		}
	}
}
