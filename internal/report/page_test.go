package report

import (
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "\n",
		"a":                                  "a\n",
		"a\n\n\n\nb\n\n\n":                   "a\n\nb\n",
		"\n\na\n":                            "a\n",
		"a\n  \n\t\nb":                       "a\n\nb\n",
		"```\na\n\n\n\nb\n```\n\n\nc":        "```\na\n\n\n\nb\n```\n\nc\n",
		"````sh\n```\n\n\n````\n\n\nc":       "````sh\n```\n\n\n````\n\nc\n",
		"   ```sh\n   a\n\n\n   b\n   ```\n": "```sh\n   a\n\n\n   b\n   ```\n",
		"x\n   ```\n\n\n   ```\n\n\ny":       "x\n   ```\n\n\n   ```\n\ny\n",
		"| a |\n|---|\n| b |\n\n\n\n| c |":   "| a |\n|---|\n| b |\n\n| c |\n",
	} {
		if got := string(tidy([]byte(in))); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// What a patient said stays between its fences, whatever it says.
func TestTidyKeepsEvidence(t *testing.T) {
	for _, text := range []string{"a\n\n\n\nb", "```\n\n\n\n```", "~~~\n\n\n\n", "````\n\n\n\n", hostile} {
		fence := string(markdown.Fence("text", text))
		page := string(tidy([]byte("x\n\n\n\n" + fence + "\n\n\ny\n")))
		if want := "x\n\n" + fence + "\ny\n"; page != want {
			t.Errorf("%q becomes %q", want, page)
		}
	}
}

func TestFacts(t *testing.T) {
	p := &page{phrases: phrases{view: frozenView(t, "planned", words.Spanish), gate: "pool"}, file: "x.md"}
	for template, want := range map[string]string{
		`{{num 12345}} {{num 0.5}}`:     "12.345 0,5",
		`{{ms 1500.0}}`:                 "1500 ms",
		`{{size 2048}}`:                 "2 KiB",
		`{{code "x.md"}}`:               "`x.md`",
		`{{observed "pool.effective"}}`: `&lt;nil&gt;`,
		`{{if observed "pool.effective"}}x{{else}}nothing{{end}}`: "nothing",
		`{{if finding "pool.effective"}}x{{else}}nothing{{end}}`:  "nothing",
	} {
		got, err := p.render("x", template, nil)
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %q, %v, want %q", template, got, err, want)
		}
	}
	for _, broken := range []string{`{{`, `{{nobody}}`, `{{say "no.such.phrase"}}`, `{{say "cause.errored"}}`, `{{.Nothing}}`, `{{detail "no.such"}}`} {
		if got, err := p.render("x", broken, map[string]int{}); err == nil {
			t.Errorf("%s makes %q", broken, got)
		}
	}
}

// Failures come first, then what is unproven.
func TestClosingPageOrder(t *testing.T) {
	page := string(pagesOf(t, frozenView(t, "failures", words.English))[ClosingFile])
	_, blockers, _ := strings.Cut(page, "## 1. ")
	blockers, _, _ = strings.Cut(blockers, "\n## 2. ")
	var heads []string
	for line := range strings.Lines(blockers) {
		if rest, ok := strings.CutPrefix(line, "### "); ok {
			heads = append(heads, strings.Fields(rest)[0])
		}
	}
	if want := []string{"✘", "✘", "✘", "✘", "?", "?", "?", "?", "?"}; !slices.Equal(heads, want) {
		t.Errorf("the blockers stand as %v, want %v", heads, want)
	}
	if strings.Contains(blockers, "frontend.history") {
		t.Error("an excused check is told as a blocker")
	}
	if _, untested, _ := strings.Cut(page, "## 5. "); !strings.Contains(untested, "the artefact comes from another repository") {
		t.Error("the reason of an excused check is not told under what was not tested")
	}
}

// A gate without checks is told after all else, and once.
func TestGatesThatAreNotBuiltAreTold(t *testing.T) {
	all, entries := gates.All(), frozen(t, "planned").Entries
	all[len(all)-1].Checks = nil
	entries[0].Plan.Gates[len(all)-1].Checks = nil
	ledger, _ := chained(t, entries)
	v, err := NewView(all, ledger, words.English)
	if err != nil {
		t.Fatal(err)
	}
	_, blockers, _ := strings.Cut(string(pagesOf(t, v)[ClosingFile]), "## 1. ")
	blockers, _, _ = strings.Cut(blockers, "\n## 2. ")
	_, last, found := strings.Cut(blockers, "### Gates")
	if !found || strings.Contains(last, "### ") || strings.Count(last, "- `"+all[len(all)-1].ID+"`\n") != 1 {
		t.Errorf("the gate is told as %q", last)
	}
}

// The words of GO stand on a page only when the verdict is GO.
func TestClosingPageRepeatsTheVerdict(t *testing.T) {
	t.Parallel()
	v := frozenView(t, "healthy", words.Spanish)
	for verdict, want := range map[evidence.Word]string{
		evidence.Go: "# LISTO PARA PROMOVER · ", evidence.GoReduced: "# GO, alcance reducido · ", evidence.GoTest: "# GO con datos de prueba · ", evidence.NoGo: "# NO LISTO · ", "": "# NO LISTO · ", "GO ": "# NO LISTO · ",
	} {
		v.Verdict.Word = verdict
		page := string(pagesOf(t, v)[ClosingFile])
		if !strings.HasPrefix(page, want) || strings.Contains(page, "LISTO PARA PROMOVER") != (verdict == evidence.Go) {
			t.Errorf("%q: the page begins %.60q", verdict, page)
		}
		v.Verdict.Test = true
		if page := string(pagesOf(t, v)[ClosingFile]); !strings.HasPrefix(page, strings.Replace(want, "# ", "# TEST · ", 1)) {
			t.Errorf("%q on test data: the page begins %.60q", verdict, page)
		}
		v.Verdict.Test = false
	}
}

// Kept observations can be judged by other limits than the plan's; the pages
// then quote these.
func TestStricterLimits(t *testing.T) {
	for _, c := range []struct {
		check, limit, quoted string
		value                float64
	}{
		{"secrets.strength", "bytes", "999 B", 999},
		{"secrets.strength", "bits", "100000", 1e5},
		{"pool.effective", "repeats", "400", 400},
		{"pool.sampling", "samples", "4000", 4000},
	} {
		l := frozen(t, "healthy")
		for i := range l.Entries[0].Plan.Gates {
			for _, planned := range l.Entries[0].Plan.Gates[i].Checks {
				for k := range planned.Limits {
					if planned.Check == c.check && planned.Limits[k].Name == c.limit {
						planned.Limits[k].Value = c.value
					}
				}
			}
		}
		v := viewOf(t, l, "healthy", words.English)
		if got := outcomeOf(t, v, c.check); got.Outcome == evidence.Pass {
			t.Errorf("%s is proved with %s = %v", c.check, c.limit, c.value)
		}
		if page := string(pagesOf(t, v)[ClosingFile]); !strings.Contains(page, c.quoted) && !strings.Contains(page, strings.ReplaceAll(c.quoted, "100000", "100,000")) {
			t.Errorf("%s: the page does not quote %q", c.check, c.quoted)
		}
		if outcomeOf(t, v, "frontend.manifest").Outcome != evidence.Pass {
			t.Errorf("%s: another check changed", c.check)
		}
	}
}

// A gate that the audit has not reached says so and shows nothing else.
func TestPagesOfAnAuditUnderWay(t *testing.T) {
	l := frozen(t, "healthy")
	l.Entries = l.Entries[:20]
	if _, closed := l.Closed(); closed || len(l.Attempts("pool.effective")) > 0 {
		t.Fatal("the audit has reached the pool")
	}
	pages := pagesOf(t, viewOf(t, l, "healthy", words.English))
	for file, want := range map[string]string{
		"pool_config_evidence.md":      "not yet run",
		"security_hardening_report.md": "not yet run",
		"secrets_provisioning.md":      "# Pre-gate: secrets",
		"sbom.json":                    "this audit has not made it yet",
		ClosingFile:                    "The audit has not ended.",
	} {
		if !strings.Contains(string(pages[file]), want) {
			t.Errorf("%s does not say %q", file, want)
		}
		if !Ours(pages[file]) {
			t.Errorf("%s does not bear listo's mark", file)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	all, err := Explain(gates.All(), words.English, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range gates.All() {
		if !strings.Contains(all, "## `"+g.ID+"`") {
			t.Errorf("gate %s is not explained", g.ID)
		}
		for _, c := range g.Checks {
			one, err := Explain(gates.All(), words.English, c.ID)
			if err != nil || !strings.Contains(all, strings.TrimSpace(one)) || strings.Count(one, "### `") != 1 {
				t.Errorf("%s: %v, %q", c.ID, err, one)
			}
		}
	}
	if _, err := Explain(gates.All(), words.English, "pool.nobody"); err == nil {
		t.Error("what does not exist is explained")
	}
}

// A control that does not fail its sick twin for a reason it was built for
// is told as missed, and what its class proved is unproven.
func TestMissedControlsAreTold(t *testing.T) {
	for what, observed := range map[string]func(evidence.Ledger) []byte{
		"passes":    func(l evidence.Ledger) []byte { return l.Attempts("pool.identity")[0].Observed },
		"undecided": func(evidence.Ledger) []byte { return blind(t) },
		"nothing":   func(evidence.Ledger) []byte { return []byte("{}") },
	} {
		l := frozen(t, "healthy")
		for _, e := range l.Entries {
			if e.Control != nil && e.Control.Class == "pool.identity" {
				e.Control.Observed = observed(l)
			}
		}
		v := viewOf(t, l, "healthy", words.English)
		if c := outcomeOf(t, v, "pool.identity"); c.Outcome != evidence.Unproven || c.Cause != evidence.ControlOpen {
			t.Errorf("%s: the check is %s, %s", what, c.Outcome, c.Cause)
		}
		page := string(pagesOf(t, v)["pool_config_evidence.md"])
		if !strings.Contains(page, "Class `pool.identity` did NOT catch its sick case.") || strings.Contains(page, "Class `pool.identity` caught") {
			t.Errorf("%s: the page does not tell it", what)
		}
	}
}

// blind is an observation of pool.identity that is neither red nor green.
func blind(t *testing.T) []byte {
	t.Helper()
	check, _ := evidence.Find(gates.All(), "pool.identity")
	return check.Zero()
}

// A link that leads nowhere is worse than none: each check has its section on the
// page that go_no_go.md links to.
func TestEveryCheckHasItsSection(t *testing.T) {
	v := frozenView(t, "healthy", words.English)
	pages := pagesOf(t, v)
	for _, g := range v.Gates {
		for _, c := range g.Checks {
			if file := v.pageOf(g, c.ID); !strings.Contains(string(pages[file]), `<a id="`+anchor(c.ID)+`"></a>`) {
				t.Errorf("%s: its link leads to %q, which has no such section", c.ID, file)
			}
		}
	}
}
