package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// How much of a raw output a page shows; the whole lies beside it as a blob.
const (
	shownLines = 30
	shownBytes = 3000
	// A check may leave many steps, of which its section shows few, and little of
	// each answer.
	shownSteps     = 3
	shownStepLines = 8
	shownStepBytes = 400
	shownReplay    = 1200
)

// header is what every gate's page begins with.
func (p *page) header() (markdown.Safe, error) {
	g := p.view.gateVerdict(p.gate)
	b := builder{page: p}
	b.line("# ", b.say(p.gate+".title", nil))
	b.line()
	b.line("> ", b.say(p.gate+".question", nil))
	b.line()
	b.line("**", b.gateState(g), "** · ", b.say("header.counts", map[string]any{
		"passed": g.Count(evidence.Pass), "failed": g.Count(evidence.Fail), "unproven": g.Count(evidence.Unproven)}),
		" · [go_no_go.md](go_no_go.md) · ", b.say("header.run", nil), " ", markdown.Code(p.view.Plan.Run))
	return b.done()
}

// checks is the table of the gate's checks, or of those named.
func (p *page) checks(only ...string) (markdown.Safe, error) {
	b := builder{page: p}
	b.line("| ", b.say("table.state", nil), " | ", b.say("table.check", nil), " | ", b.say("table.wanted", nil), " | ", b.say("table.got", nil), " |")
	b.line("|---|---|---|---|")
	for _, c := range p.view.gateVerdict(p.gate).Checks {
		if len(only) > 0 && !slices.Contains(only, c.Check) {
			continue
		}
		b.line("| ", b.take(p.state(c.Outcome, c.Excused)), " | ", p.anchorLink("", c.Check), " | ",
			cell(b.take(p.wanted(c))), " | ", cell(b.take(p.got(c))), " |")
	}
	return b.done()
}

// cell makes Markdown that we wrote fit into one cell of a table.
func cell(s markdown.Safe) markdown.Safe {
	text := strings.ReplaceAll(string(s), "\n", " ")
	return markdown.Safe(text)
}

// anchorLink links to a check's section; its anchor is its ID.
func (p *page) anchorLink(file, check string) markdown.Safe {
	return markdown.Safe("[`" + check + "`](" + file + "#" + anchor(check) + ")")
}

func anchor(check string) string { return strings.ReplaceAll(check, ".", "-") }

// details is a section for every check of the gate.
func (p *page) details() (markdown.Safe, error) {
	b := builder{page: p}
	for _, c := range p.view.gateVerdict(p.gate).Checks {
		b.line(b.take(p.detail(c.Check)))
		b.line()
	}
	return b.done()
}

// detail is the section of one check: what was asked, how, what was seen, what
// to do, and every touch with its raw answer.
func (p *page) detail(id string) (markdown.Safe, error) {
	c, ok := p.view.checkVerdict(id)
	check, exists := evidence.Find(p.view.Gates, id)
	switch {
	case !exists:
		return "", fmt.Errorf("report: there is no check %q", id)
	case !ok:
		return "", nil // the audit was of fewer checks
	}
	b := builder{page: p}
	b.line(`<a id="`, anchor(id), `"></a>`)
	b.line()
	b.line("### ", b.take(p.state(c.Outcome, c.Excused)), " · ", b.say(id+".title", nil), " · `", id, "`")
	b.line()
	b.line("- **", b.say("detail.hypothesis", nil), "** ", b.say(id+".hypothesis", p.facts(c)))
	b.line("- **", b.say("detail.method", nil), "** ", b.say(id+".method", p.facts(c)))
	b.line("- **", b.say("detail.wanted", nil), "** ", b.take(p.wanted(c)))
	b.line("- **", b.say("detail.got", nil), "** ", b.take(p.got(c)))
	if c.Outcome != evidence.Pass && c.Excused == "" {
		b.line("- **", b.say("detail.remedy", nil), "** ", b.take(p.remedy(c)))
	}
	if len(check.Limits) > 0 {
		b.line("- **", b.say("detail.limits", nil), "** ", b.limits(check))
	}
	b.line("- **", b.say("detail.control", nil), "** ", b.control(check))
	b.line()
	if e, ok := p.view.deciding(c); ok {
		b.steps(e)
	}
	return b.done()
}

// builder collects Markdown and the first error of any phrase.
type builder struct {
	*page
	out strings.Builder
	err error
}

func (b *builder) line(parts ...any) {
	for _, part := range parts {
		fmt.Fprint(&b.out, part)
	}
	b.out.WriteByte('\n')
}

func (b *builder) take(s markdown.Safe, err error) markdown.Safe {
	if b.err == nil {
		b.err = err
	}
	return s
}

func (b *builder) say(key string, facts map[string]any) markdown.Safe {
	return b.take(b.page.say(key, facts))
}

func (b *builder) done() (markdown.Safe, error) { return markdown.Safe(b.out.String()), b.err }

func (b *builder) gateState(g evidence.GateVerdict) markdown.Safe {
	if g.Waiting {
		return "… " + b.say("outcome.waiting", nil)
	}
	return b.take(b.state(g.Outcome, g.Excused))
}

func (b *builder) limits(check evidence.Check) markdown.Safe {
	var all []string
	for _, l := range check.Limits {
		value, ok := b.view.Plan.LimitsOf(check.ID)[l.Name]
		text := b.say("limit.unset", nil)
		if ok {
			text = b.num(b.inUnit(check.ID, l.Name, value))
		}
		all = append(all, fmt.Sprintf("%s: %s", b.say(check.ID+".limit."+l.Name, nil), text))
	}
	return markdown.Safe(strings.Join(all, "; "))
}

func (b *builder) control(check evidence.Check) markdown.Safe {
	c, shown := b.view.control(check.Class)
	class := map[string]any{"class": check.Class}
	switch {
	case !shown:
		return b.say("control.not_shown", class)
	case c.Errored():
		short, _ := markdown.Limit(c.Err, 2, 300)
		return b.say("control.errored", map[string]any{"class": check.Class, "detail": short})
	}
	judge, _ := evidence.Find(b.view.Gates, c.Check)
	f, err := judge.Judge(c.Observed, b.view.Plan.LimitsOf(judge.ID))
	if control, ok := b.view.declared(check.Class); err != nil || !ok || control.Check != judge.ID || !control.Caught(f) {
		return b.say("control.missed", class)
	}
	seen := b.say(judge.ID+".got."+f.Reason, b.facts(evidence.CheckVerdict{Check: judge.ID, Finding: f}))
	return b.say("control.caught", map[string]any{"class": check.Class, "check": judge.ID}) + " " + seen
}

// steps lists every touch: its replay line, its answer, the blobs' digests.
func (b *builder) steps(e evidence.Experiment) {
	if len(e.Steps) == 0 {
		return
	}
	b.line("<details><summary>", b.say("detail.steps", map[string]any{"count": len(e.Steps), "attempt": e.Attempt}), "</summary>")
	b.line()
	telling := tellingSteps(e.Steps)
	for _, i := range telling {
		b.step(e.Check, i+1, e.Steps[i])
	}
	if more := len(e.Steps) - len(telling); more > 0 {
		b.line(b.say("detail.more_steps", map[string]any{"count": more, "line": markdown.Code(replayLine(e.Check))}))
	}
	b.line()
	b.line("</details>")
}

// replayLine prints all lines of a check, in the folder of its page.
func replayLine(check string) string { return "listo replay . " + check }

// tellingSteps gives the places of the steps that a page shows: the first and the
// last, before others those that failed or met a status that few met.
func tellingSteps(steps []evidence.Step) []int {
	met := map[int]int{}
	for _, s := range steps {
		met[s.Status]++
	}
	var failed, unusual, others []int
	for i, s := range steps {
		switch {
		case s.Err != "":
			failed = append(failed, i)
		case met[s.Status]*4 <= len(steps):
			unusual = append(unusual, i)
		default:
			others = append(others, i)
		}
	}
	var shown []int
	for _, i := range slices.Concat([]int{0, len(steps) - 1}, failed, unusual, others) {
		if len(shown) < shownSteps && i >= 0 && !slices.Contains(shown, i) {
			shown = append(shown, i)
		}
	}
	slices.Sort(shown)
	return shown
}

func (b *builder) step(check string, n int, s evidence.Step) {
	took := words.Format(b.view.Lang, time.Duration(s.TookMS*float64(time.Millisecond)))
	b.line(n, ". ", s.At.UTC().Format("15:04:05.000"), " · ", markdown.Cell(s.Instrument), " · ", took, b.status(s))
	b.line()
	if s.Replay != "" {
		line := s.Replay
		if len(line) > shownReplay { // half a line must not be pasted
			line = fmt.Sprintf("%s # %d bytes", replayLine(check), len(line))
		}
		b.line(indent(markdown.Fence("sh", line)))
	}
	for _, blob := range s.Raw {
		b.line("   ", markdown.Code(blob.Name), " ", b.kept(blob))
		b.line()
		if strings.HasPrefix(blob.Media, "image/") || blob.Left() {
			continue // its bytes are no text, and the page itself shows it; or there are none
		}
		if blob.Name == evidence.FoldedLines || blob.Name == evidence.FoldedAnswers {
			continue // listo replay prints them for a person
		}
		if text := b.excerpt(blob.Digest, shownStepLines, shownStepBytes); text != "" {
			b.line(indent(markdown.Fence("text", text)))
		}
	}
}

func (b *builder) status(s evidence.Step) markdown.Safe {
	var text markdown.Safe
	if s.Status != 0 {
		text = markdown.Safe(fmt.Sprintf(" · %d", s.Status))
	}
	if s.Err != "" {
		short, _ := markdown.Limit(s.Err, 2, 300)
		text += " · " + markdown.Cell(short)
	}
	return text
}

func indent(s markdown.Safe) markdown.Safe {
	return markdown.Safe("   " + strings.ReplaceAll(strings.TrimRight(string(s), "\n"), "\n", "\n   ") + "\n")
}
