package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// ClosingFile is the page every audit ends in.
const ClosingFile = "go_no_go.md"

// closing is what go_no_go.md is filled from: the view in the page's order.
type closing struct {
	Word, Why  markdown.Safe
	Blockers   []blocker
	Plan       evidence.Plan
	PlanDigest string
	Ended      time.Time
	Gates      []gateRow
	Unbuilt    []string // gates without any check
	Untested   []blocker
	Limits     []limitRow
	Humans     []human
	BackProved bool
	Changes    []change
	Aliens     []string
	Sealed     bool
	Head, Key  string
}

// blocker is one thing that stands between the service and production.
type blocker struct {
	State, Title, Link  markdown.Safe
	Check               string
	Wanted, Got, Remedy markdown.Safe
	Outside             markdown.Safe // whether listo gateway could cure it; "" unless it failed
	Replay              string
	Blob                markdown.Safe // the raw answer: its size, and where it lies
	unproven            bool
}

type gateRow struct {
	State   markdown.Safe
	Gate    string
	Title   markdown.Safe
	Reports []markdown.Safe
	P, F, U int
}

type limitRow struct {
	Name            markdown.Safe
	Check           string
	Value, Loosened markdown.Safe
}

type human struct {
	By, Check, Via string
	At             time.Time
}

type change struct {
	Check       string
	Before, Now markdown.Safe
}

// closingPage renders go_no_go.md.
func (v *View) closingPage() ([]byte, error) {
	p := &page{phrases: phrases{view: v}, file: ClosingFile}
	c := closing{Plan: v.Plan, Aliens: v.Verdict.Aliens, Head: string(v.Ledger.Head), Key: v.KeyFingerprint}
	b := builder{page: p}
	c.fill(v, &b)
	if b.err != nil {
		return nil, b.err
	}
	text, err := own.ReadFile("go_no_go.md.tmpl")
	if err != nil {
		return nil, err
	}
	return p.render(ClosingFile, string(text), c)
}

func (c *closing) fill(v *View, b *builder) {
	_, c.Sealed = v.Ledger.Closed()
	if n := len(v.Ledger.Entries); n > 0 {
		c.Ended = v.Ledger.Entries[n-1].At
	}
	c.PlanDigest = string(PlanDigest(v.Ledger))
	for _, g := range v.Verdict.Gates {
		c.gate(v, b, g)
	}
	slices.SortStableFunc(c.Blockers, func(x, y blocker) int { return rank(x) - rank(y) })
	c.word(v, b)
	c.Limits = limitRows(v, b)
	for _, e := range v.Ledger.Entries {
		if h := e.Confirmation; h != nil {
			c.Humans = append(c.Humans, human{h.By, h.Check, h.Via, e.At})
		}
	}
	c.BackProved = v.gateVerdict("database").Outcome == evidence.Pass
	c.Changes = changes(v, b)
}

// rank puts failures above what is unproven.
func rank(b blocker) int {
	if b.unproven {
		return 1
	}
	return 0
}

func (c *closing) word(v *View, b *builder) {
	failed, unproven, unbuilt, total := 0, 0, 0, 0
	for _, g := range v.Verdict.Gates {
		failed += g.Count(evidence.Fail)
		unproven += g.Count(evidence.Unproven)
		total += len(g.Checks)
		if len(g.Checks) == 0 {
			unbuilt++
		}
	}
	facts := map[string]any{"failed": failed, "unproven": unproven, "unbuilt": unbuilt, "checks": total, "gates": len(v.Verdict.Gates)}
	defer func() {
		if v.Verdict.Test {
			c.Word, c.Why = b.say("verdict.test", map[string]any{"word": c.Word}), c.Why+" "+b.say("verdict.why_test", nil)
		}
	}()
	switch {
	case v.Verdict.Word == evidence.GoTest:
		c.Word, c.Why = b.say("verdict.go_test", nil), b.say("verdict.why_go", facts)
	case v.Verdict.Word == evidence.Go:
		c.Word, c.Why = b.say("verdict.go", nil), b.say("verdict.why_go", facts)
	case v.Verdict.Word == evidence.GoReduced:
		c.Word, c.Why = b.say("verdict.reduced", nil), b.say("verdict.why_reduced", nil)
	default:
		c.Word, c.Why = b.say("verdict.nogo", nil), b.say("verdict.why_failed", facts)
		if v.Verdict.Waiting {
			c.Why += " " + b.say("verdict.why_waiting", nil)
		}
		if !c.Sealed {
			c.Why += " " + b.say("verdict.why_running", nil)
		}
	}
}

func (c *closing) gate(v *View, b *builder, g evidence.GateVerdict) {
	gate, _ := findGate(v.Gates, g.Gate)
	row := gateRow{Gate: g.Gate, State: b.gateState(g), Reports: reportLinks(gate),
		P: g.Count(evidence.Pass), F: g.Count(evidence.Fail), U: g.Count(evidence.Unproven)}
	c.Gates = append(c.Gates, row)
	switch {
	case len(g.Checks) > 0:
	case g.Excused != "":
		c.Untested = append(c.Untested, blocker{Link: markdown.Code(g.Gate), Got: b.say("cause.excused", map[string]any{"why": g.Excused})})
	default:
		c.Unbuilt = append(c.Unbuilt, g.Gate)
	}
	for _, check := range g.Checks {
		c.check(v, b, gate, check)
	}
}

// pageOf gives the page of the gate on which a check has its section.
func (v *View) pageOf(gate evidence.Gate, check string) string {
	pages := slices.DeleteFunc(slices.Clone(gate.Reports), func(file string) bool { return !isPage(file) })
	for _, file := range pages {
		section := regexp.MustCompile(`\{\{details\}\}|\{\{(detail|range list) [^}]*"` + regexp.QuoteMeta(check) + `"`)
		if section.MatchString(v.pages[gate.ID].Templates[file]) {
			return file
		}
	}
	return append(pages, "")[0]
}

// reportLinks links to the gate's reports.
func reportLinks(gate evidence.Gate) []markdown.Safe {
	var all []markdown.Safe
	for _, file := range gate.Reports {
		all = append(all, fileLink(file))
	}
	return all
}

func (c *closing) check(v *View, b *builder, gate evidence.Gate, check evidence.CheckVerdict) {
	if check.Outcome == evidence.Pass && check.Excused == "" {
		return
	}
	room := builder{page: &page{phrases: phrases{view: v, gate: gate.ID}, file: ClosingFile}}
	x := blocker{Check: check.Check, State: room.take(room.state(check.Outcome, check.Excused)),
		Title: room.say(check.Check+".title", nil), Wanted: room.take(room.wanted(check)),
		Got: room.take(room.got(check)), Remedy: room.take(room.remedy(check)),
		unproven: check.Outcome == evidence.Unproven}
	if check.Outcome == evidence.Fail {
		x.Outside = room.say("page.go_no_go.outside_no", nil)
		if Cure(check.Check, check.Finding.Reason) != "" {
			x.Outside = room.say("page.go_no_go.outside_yes", nil)
		}
	}
	if file := v.pageOf(gate, check.Check); file != "" {
		x.Link = room.anchorLink(file, check.Check)
	}
	if e, ok := v.deciding(check); ok {
		var answer *evidence.Blob
		if x.Replay, answer = tellingStep(e, check.Finding.Facts[evidence.Replay]); answer != nil {
			x.Blob = room.kept(*answer)
		}
	}
	if check.Excused != "" {
		c.Untested = append(c.Untested, x)
		return
	}
	if b.err == nil {
		b.err = room.err
	}
	c.Blockers = append(c.Blockers, x)
	if check.Cause != evidence.Judged {
		c.Untested = append(c.Untested, x)
	}
}

// tellingStep picks the line to replay and the answer to look at: those the judge
// named, and otherwise the last line that does something and kept an answer. A mere
// remark (#) tells what listo did; nobody can replay it.
func tellingStep(e evidence.Experiment, named any) (replay string, answer *evidence.Blob) {
	line, _ := named.(string)
	for _, s := range slices.Backward(e.Steps) {
		if len(s.Raw) == 0 || s.Replay == "" {
			continue
		}
		switch {
		case s.Replay == line:
			return line, &s.Raw[0]
		case replay == "" && runnable(s.Replay):
			replay, answer = s.Replay, &s.Raw[0]
		case answer == nil:
			answer = &s.Raw[0]
		}
	}
	return cmp.Or(line, replay), answer
}

// runnable tells whether a line does something when it is pasted.
func runnable(line string) bool { return line != "" && !strings.HasPrefix(line, "#") }

func limitRows(v *View, b *builder) []limitRow {
	var rows []limitRow
	for _, g := range v.Plan.Gates {
		room := builder{page: &page{phrases: phrases{view: v, gate: g.Gate}}}
		for _, c := range g.Checks {
			for _, l := range c.Limits {
				row := limitRow{Check: c.Check, Name: room.say(c.Check+".limit."+l.Name, nil),
					Value: room.num(room.inUnit(c.Check, l.Name, l.Value))}
				if l.Loosened {
					row.Loosened = "▲ " + b.say("page.go_no_go.loosened", map[string]any{"default": words.Format(v.Lang, room.inUnit(c.Check, l.Name, l.Default))})
				}
				rows = append(rows, row)
			}
		}
		if b.err == nil {
			b.err = room.err
		}
	}
	return rows
}

func changes(v *View, b *builder) []change {
	if v.Plan.Previous == nil {
		return nil
	}
	var all []change
	for _, g := range v.Verdict.Gates {
		for _, c := range g.Checks {
			before := v.Plan.Previous.Checks[c.Check]
			if before == c.Outcome.String() {
				continue
			}
			now, then := b.take(b.state(c.Outcome, c.Excused)), markdown.Safe("–")
			var o evidence.Outcome
			if o.UnmarshalText([]byte(before)) == nil {
				then = b.take(b.state(o, ""))
			}
			all = append(all, change{c.Check, then, now})
		}
	}
	return all
}

// PlanDigest names the plan by what its line says.
func PlanDigest(l evidence.Ledger) evidence.Digest {
	switch len(l.Entries) {
	case 0:
		return ""
	case 1:
		return l.Head
	}
	return l.Entries[1].Prev // the digest of the first line, as the second one cites it
}

func findGate(gates []evidence.Gate, id string) (evidence.Gate, bool) {
	for _, g := range gates {
		if g.ID == id {
			return g, true
		}
	}
	return evidence.Gate{ID: id}, false
}
