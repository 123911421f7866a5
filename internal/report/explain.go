package report

import (
	"fmt"
	"strings"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// Explain writes what every check asks, how and within which limits, in
// Markdown and in one language. only narrows it to one gate or check; it is an
// error when nothing is called so.
func Explain(gates []evidence.Gate, lang words.Lang, only string) (string, error) {
	v, err := NewView(gates, evidence.Ledger{}, lang)
	if err != nil {
		return "", err
	}
	b := builder{page: &page{phrases: phrases{view: v}}}
	found := false
	for _, g := range gates {
		b.gate = g.ID
		if only == "" || only == g.ID {
			b.explainGate(g)
			found = true
		}
		for _, c := range g.Checks {
			if only == "" || only == g.ID || only == c.ID {
				b.explainCheck(c)
				found = true
			}
		}
	}
	if !found {
		return "", fmt.Errorf("explain: there is no gate or check %q: listo explain lists them all", only)
	}
	text, err := b.done()
	return strings.TrimSpace(string(text)) + "\n", err
}

func (b *builder) explainGate(g evidence.Gate) {
	b.line("## `", g.ID, "`")
	b.line()
	if len(g.Checks) == 0 {
		b.line(b.say("page.go_no_go.unbuilt_gate", nil))
		b.line()
		return
	}
	b.line("**", b.say(g.ID+".title", nil), "** ", b.say(g.ID+".question", nil), " → ", strings.Join(g.Reports, ", "))
	b.line()
}

func (b *builder) explainCheck(c evidence.Check) {
	b.line("### `", c.ID, "`: ", b.general(c, c.ID+".title"))
	b.line()
	b.line("- **", b.say("detail.hypothesis", nil), "** ", b.general(c, c.ID+".hypothesis"))
	b.line("- **", b.say("detail.method", nil), "** ", b.general(c, c.ID+".method"))
	b.line("- **", b.say("detail.wanted", nil), "** ", b.general(c, c.ID+".wanted"))
	b.line("- **", b.say("detail.remedy", nil), "** ", b.general(c, c.ID+".remedy.any"))
	if len(c.Limits) > 0 {
		b.line("- **", b.say("detail.limits", nil), "** ", b.defaults(c))
	}
	var needs []string
	for _, n := range c.Needs {
		needs = append(needs, "`"+string(n)+"`")
	}
	if len(needs) == 0 {
		needs = append(needs, string(b.say("explain.nothing", nil)))
	}
	b.line("- ", b.say("explain.facts", map[string]any{"when": c.When.String(), "class": c.Class}), " ", strings.Join(needs, ", "))
	if c.Loading {
		b.line("- ", b.say("explain.loading", nil))
	}
	b.line()
}

// general gives a phrase of a check that was not measured: limits stand with
// their defaults, and facts, which only a measurement has, as placeholders.
func (b *builder) general(c evidence.Check, key string) string {
	raw := b.view.books[b.gate].Raw(b.view.Lang, key)
	facts := map[string]any{}
	for _, name := range words.Placeholders(raw) {
		facts[name] = "{" + name + "}"
	}
	for _, l := range c.Limits {
		if !l.Unset {
			facts[l.Name] = b.inUnit(c.ID, l.Name, l.Default)
		}
	}
	text, err := b.view.books[b.gate].Say(b.view.Lang, key, facts)
	return string(b.take(markdown.Safe(text), err))
}

func (b *builder) defaults(c evidence.Check) string {
	var all []string
	for _, l := range c.Limits {
		value := string(b.say("limit.unset", nil))
		if !l.Unset {
			value = string(b.num(b.inUnit(c.ID, l.Name, l.Default)))
		}
		all = append(all, fmt.Sprintf("`%s.%s` = %s (%s)", c.ID, l.Name, value, b.say(c.ID+".limit."+l.Name, nil)))
	}
	return strings.Join(all, "; ")
}
