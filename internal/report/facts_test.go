package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/words"
)

// Whatever a judge reads in an observation can be said, in every language: its
// finding brings all the facts that its phrases quote. The observations are the
// frozen ones with one value changed at a time.
func TestEveryFindingCanBeSaid(t *testing.T) {
	t.Parallel()
	reasons := map[string]bool{}
	views := map[words.Lang]*View{}
	for _, lang := range words.Languages() {
		views[lang] = frozenView(t, "failures", lang)
	}
	tried := map[string]bool{} // most observations stand in both audits
	for _, name := range []string{"healthy", "failures"} {
		for _, e := range frozen(t, name).Entries {
			x := experimentOf(e)
			if x == nil || x.Errored() || tried[string(x.Observed)] {
				continue
			}
			tried[string(x.Observed)] = true
			check, _ := evidence.Find(views[words.English].Gates, x.Check)
			for _, raw := range sampled(changedOnce(x.Observed)) {
				f, err := check.Judge(raw, views[words.English].Plan.LimitsOf(check.ID))
				if err != nil {
					continue // it is no observation of this check
				}
				reasons[check.ID+" "+f.Reason] = true
				for _, v := range views {
					sayable(t, v, check.ID, f, raw)
				}
			}
		}
	}
	if len(reasons) < 60 {
		t.Errorf("only %d findings were tried", len(reasons))
	}
}

func sayable(t *testing.T, v *View, check string, f evidence.Finding, raw json.RawMessage) {
	t.Helper()
	gate, _ := v.gateOf(check)
	p, c := phrases{v, gate.ID}, evidence.CheckVerdict{Check: check, Outcome: f.Outcome, Cause: evidence.Judged, Finding: f}
	said := []func(evidence.CheckVerdict) (string, error){
		func(c evidence.CheckVerdict) (string, error) { s, err := p.got(c); return string(s), err },
		func(c evidence.CheckVerdict) (string, error) { s, err := p.wanted(c); return string(s), err },
		func(c evidence.CheckVerdict) (string, error) { s, err := p.remedy(c); return string(s), err },
	}
	if f.Outcome == evidence.Pass {
		said = said[:2] // what is proved needs no remedy
	}
	for _, say := range said {
		if text, err := say(c); err != nil || text == "" {
			t.Errorf("%s: %s cannot be said: %v; observed %s", check, f.Reason, err, raw)
		}
	}
}

// changedOnce gives the text itself and others with one value changed.
func changedOnce(raw json.RawMessage) []json.RawMessage {
	all := []json.RawMessage{raw}
	for pattern, values := range map[string][]string{
		`:-?\d+(\.\d+)?([eE][+-]?\d+)?`: {":0", ":1", ":-1", ":1000000"},
		`:(true|false)`:                 {":true", ":false"},
		`:"(?:[^"\\]|\\.)*"`:            {`:""`, `:"x"`},
		`\[[^\[\]]*\]`:                  {"[]", "null"},
		`:\{[^{}]*\}`:                   {":null", ":{}"},
	} {
		for _, at := range regexp.MustCompile(pattern).FindAllIndex(raw, -1) {
			for _, value := range values {
				all = append(all, bytes.Join([][]byte{raw[:at[0]], []byte(value), raw[at[1]:]}, nil))
			}
		}
	}
	return all
}

func TestFactsAreWrittenInTheirUnit(t *testing.T) {
	for lang, want := range map[words.Lang]string{
		words.Spanish: "1500 ms 32 B 10 % 20",
		words.English: "1500 ms 32 B 10% 20",
	} {
		v := frozenView(t, "failures", lang)
		p := phrases{view: v}
		got := ""
		for _, l := range []struct{ check, name string }{{"pool.answered", "queue_ms"}, {"secrets.strength", "bytes"}, {"pool.sampling", "above_percent"}, {"pool.effective", "concurrency"}} {
			value := v.Plan.LimitsOf(l.check)[l.name]
			got += " " + words.Format(lang, p.inUnit(l.check, l.name, value))
		}
		if got[1:] != want {
			t.Errorf("%s: %q, want %q", lang, got[1:], want)
		}
	}
}

// The facts of a finding win over limits of the same name; a limit that nobody
// declares is written as a plain number.
func TestFactsOfAFindingWin(t *testing.T) {
	p := phrases{view: frozenView(t, "failures", words.English), gate: "pool"}
	facts := p.facts(evidence.CheckVerdict{Check: "pool.answered", Finding: evidence.Finding{Facts: evidence.Facts{"queue_ms": 7, "more": "x"}}})
	if got := fmt.Sprintf("%v %v %v", facts["queue_ms"], facts["more"], facts["concurrency"]); got != "7 x 20" {
		t.Errorf("facts are %q", got)
	}
	if got := p.inUnit("pool.answered", "nobody", 2.5); got != 2.5 {
		t.Errorf("a limit nobody declares is %v", got)
	}
}

// An observation that this listo cannot read proves nothing, and its page says so.
func TestUnreadableObservationsAreSaid(t *testing.T) {
	l := frozen(t, "healthy")
	for _, e := range l.Entries {
		if e.Experiment != nil {
			e.Experiment.Observed = json.RawMessage(`{"of":"another version"}`)
		}
	}
	v := viewOf(t, l, "healthy", words.English)
	for file, page := range pagesOf(t, v) {
		if strings.Contains(string(page), "✔ proved") {
			t.Errorf("%s says that something is proved", file)
		}
	}
	if got := v.GotPlain("pool", outcomeOf(t, v, "pool.identity")); !strings.Contains(got, "cannot be read") {
		t.Errorf("got: %s", got)
	}
}

// Whatever a check's state is, there are words for what was seen and, unless it
// is proved, for what to do.
func TestEveryCauseHasWords(t *testing.T) {
	causes := []evidence.Cause{evidence.NeverTried, evidence.HeldBack, evidence.Lacking, evidence.ErroredOut,
		evidence.Unreadable, evidence.NoSuchCheck, evidence.ControlOpen}
	for _, lang := range words.Languages() {
		v := frozenView(t, "healthy", lang)
		p := phrases{v, "pool"}
		for _, cause := range causes {
			c := outcomeOf(t, v, "pool.identity")
			c.Outcome, c.Cause, c.Detail, c.Lacks = evidence.Unproven, cause, "a <detail>", []string{"pool.request"}
			got, err := p.got(c)
			remedy, err2 := p.remedy(c)
			if err != nil || err2 != nil || got == "" || remedy == "" || v.GotPlain("pool", c)[:1] == "‹" {
				t.Errorf("%s in %s: %q %v, %q %v, %q", cause, lang, got, err, remedy, err2, v.GotPlain("pool", c))
			}
		}
	}
}
