package report

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// phrases speaks for one gate in the view's language.
type phrases struct {
	view *View
	gate string
}

// say gives a phrase as Markdown. Phrases are written by us and may hold
// Markdown; the facts in them may not, so every text fact is escaped first.
func (p phrases) say(key string, facts map[string]any) (markdown.Safe, error) {
	safe := map[string]any{}
	for name, v := range facts {
		safe[name] = escaped(v)
	}
	text, err := p.view.books[p.gate].Say(p.view.Lang, key, safe)
	return markdown.Safe(text), err
}

// escaped makes a fact harmless: numbers and times are, Markdown of ours is, and
// all else is text.
func escaped(v any) any {
	switch v := v.(type) {
	case nil, bool, int, int32, int64, float64, words.Percent, words.Bytes, time.Duration, time.Time, markdown.Safe:
		return v
	case []string:
		all := make([]string, len(v))
		for i, s := range v {
			all[i] = string(markdown.Code(s))
		}
		return all
	}
	return string(markdown.Cell(fmt.Sprint(v)))
}

// wanted says what a check wanted: its phrase, filled from limits and facts.
func (p phrases) wanted(c evidence.CheckVerdict) (markdown.Safe, error) {
	return p.say(c.Check+".wanted", p.facts(c))
}

// got says what was seen, or why nothing was.
func (p phrases) got(c evidence.CheckVerdict) (markdown.Safe, error) {
	if c.Excused != "" {
		return p.say("cause.excused", map[string]any{"why": c.Excused})
	}
	switch c.Cause {
	case evidence.Judged:
		return p.say(c.Check+".got."+c.Finding.Reason, p.facts(c))
	case evidence.ControlOpen:
		got, err := p.say(c.Check+".got."+c.Finding.Reason, p.facts(c))
		if err != nil {
			return "", err
		}
		but, err := p.say("cause.control", nil)
		return got + " " + but, err
	case evidence.Lacking:
		return p.say("cause.lacking", map[string]any{"lacks": c.Lacks})
	case evidence.ErroredOut, evidence.Unreadable:
		short, _ := markdown.Limit(c.Detail, 3, 400)
		return p.say("cause."+string(c.Cause), map[string]any{"detail": short})
	}
	return p.say("cause."+strings.ReplaceAll(string(c.Cause), " ", "_"), nil)
}

// remedy says what to do about a check that is not green.
func (p phrases) remedy(c evidence.CheckVerdict) (markdown.Safe, error) {
	if key := c.Check + ".remedy." + c.Finding.Reason; c.Cause == evidence.Judged && p.view.books[p.gate].Has(key) {
		return p.say(key, p.facts(c))
	}
	if c.Cause == evidence.Judged {
		return p.say(c.Check+".remedy.any", p.facts(c))
	}
	key := "remedy." + strings.ReplaceAll(string(c.Cause), " ", "_")
	return p.say(key, map[string]any{"check": c.Check, "lacks": c.Lacks})
}

// facts are the limits of the check by name, with their unit, and the facts of
// its finding, which win. A limit that the plan lacks (its variable is not set)
// is said to be so.
func (p phrases) facts(c evidence.CheckVerdict) map[string]any {
	all := map[string]any{}
	check, _ := evidence.Find(p.view.Gates, c.Check)
	for _, l := range check.Limits {
		all[l.Name] = p.view.Plain("", "limit.unset", nil)
	}
	for name, value := range p.view.Plan.LimitsOf(c.Check) {
		all[name] = p.inUnit(c.Check, name, value)
	}
	maps.Copy(all, c.Finding.Facts)
	return all
}

func (p phrases) inUnit(check, name string, value float64) any {
	c, _ := evidence.Find(p.view.Gates, check)
	for _, l := range c.Limits {
		if l.Name != name {
			continue
		}
		switch l.Unit {
		case "ms":
			return time.Duration(value * float64(time.Millisecond))
		case "bytes":
			return words.Bytes(value)
		case "%":
			return words.Percent(value)
		}
	}
	return value
}

// state gives an outcome's symbol and word; a symbol never stands alone.
func (p phrases) state(o evidence.Outcome, excused string) (markdown.Safe, error) {
	if excused != "" {
		word, err := p.say("outcome.excused", nil)
		return "○ " + word, err
	}
	word, err := p.say("outcome."+o.String(), nil)
	return markdown.Safe(Symbol(o)+" ") + word, err
}

// Symbol gives the sign that stands beside an outcome's word.
func Symbol(o evidence.Outcome) string {
	switch o {
	case evidence.Pass:
		return "✔"
	case evidence.Fail:
		return "✘"
	}
	return "?"
}

// Plain gives a phrase without Markdown's escapes, for terminals.
func (v *View) Plain(gate, key string, facts map[string]any) string {
	text, err := v.books[gate].Say(v.Lang, key, facts)
	if err != nil {
		return fmt.Sprintf("‹%s›", key)
	}
	return markdown.Clean(text)
}

// GotPlain says what was seen of a check, for terminals.
func (v *View) GotPlain(gate string, c evidence.CheckVerdict) string {
	p := phrases{v, gate}
	if c.Excused != "" {
		return v.Plain(gate, "cause.excused", map[string]any{"why": c.Excused})
	}
	switch c.Cause {
	case evidence.Judged:
		return v.Plain(gate, c.Check+".got."+c.Finding.Reason, p.facts(c))
	case evidence.ControlOpen:
		return v.Plain(gate, c.Check+".got."+c.Finding.Reason, p.facts(c)) + " " + v.Plain(gate, "cause.control", nil)
	}
	short, _ := markdown.Limit(c.Detail, 2, 300)
	return v.Plain(gate, "cause."+strings.ReplaceAll(string(c.Cause), " ", "_"),
		map[string]any{"detail": short, "lacks": c.Lacks})
}
