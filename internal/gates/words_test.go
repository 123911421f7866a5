package gates

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"listo/internal/evidence"
	"listo/internal/words"
)

// bookOf reads a room's words.
func bookOf(t *testing.T, g evidence.Gate) words.Book {
	t.Helper()
	b, err := words.Read(g.ID+"/words.yaml", pagesOf(t, g).Words)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reportBook reads the words that every page has.
func reportBook(t *testing.T) words.Book {
	t.Helper()
	src, err := os.ReadFile("../report/words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := words.Read("report/words.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// phrases lists the keys that a check asks for: those it must have and those it may.
func phrases(c evidence.Check) (must, may []string) {
	for _, part := range []string{"title", "hypothesis", "method", "wanted", "remedy.any"} {
		must = append(must, c.ID+"."+part)
	}
	for _, reason := range c.Reasons {
		must = append(must, c.ID+".got."+reason)
		may = append(may, c.ID+".remedy."+reason)
	}
	for _, l := range c.Limits {
		must = append(must, c.ID+".limit."+l.Name)
	}
	return must, may
}

func TestEveryPhraseIsThere(t *testing.T) {
	for _, g := range All() {
		if len(g.Checks) == 0 {
			continue
		}
		if b := bookOf(t, g); !b.Has(g.ID+".title") || !b.Has(g.ID+".question") {
			t.Errorf("gate %s has no title or no question", g.ID)
		}
	}
	each(t, func(t *testing.T, g evidence.Gate, c evidence.Check) {
		b := bookOf(t, g)
		must, _ := phrases(c)
		for _, key := range must {
			if !b.Has(key) {
				t.Errorf("no phrase %q", key)
			}
		}
	})
}

// A page quotes the plan's numbers through placeholders (law 17). What a check
// promises is said also when nothing was found, so only limits can fill it, and
// only those that always have a value.
func TestPromisesAreFilledFromLimits(t *testing.T) {
	each(t, func(t *testing.T, g evidence.Gate, c evidence.Check) {
		b := bookOf(t, g)
		preset := limits(c)["default limits"]
		for _, part := range []string{"title", "hypothesis", "method", "wanted"} {
			for _, lang := range words.Languages() {
				for _, name := range words.Placeholders(b.Raw(lang, c.ID+"."+part)) {
					if _, ok := preset[name]; !ok || part == "title" {
						t.Errorf("%s in %s: {%s} is no limit with a default, or the part takes none", part, lang, name)
					}
				}
			}
		}
	})
}

// Both languages quote the same facts: neither hides a number.
func TestLanguagesQuoteTheSame(t *testing.T) {
	for _, g := range All() {
		if len(g.Checks) == 0 {
			continue
		}
		b := bookOf(t, g)
		for _, key := range b.Keys() {
			names := func(lang words.Lang) string {
				return fmt.Sprint(slices.Compact(slices.Sorted(slices.Values(words.Placeholders(b.Raw(lang, key))))))
			}
			if es, en := names(words.Spanish), names(words.English); es != en {
				t.Errorf("%s quotes %s in es and %s in en", key, es, en)
			}
		}
	}
}

// said are the keys and the patterns of keys that a template names.
type said struct {
	keys     []string
	patterns []*regexp.Regexp
}

// saidIn parses a template and collects what stands behind `say`.
func saidIn(t *testing.T, name, text string) said {
	t.Helper()
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", set); err != nil {
		t.Fatal(err)
	}
	var s said
	for _, defined := range set {
		s.walk(defined.Root)
	}
	return s
}

func (s *said) walk(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			s.walk(child)
		}
	case *parse.ActionNode:
		s.walk(n.Pipe)
	case *parse.IfNode:
		s.branch(&n.BranchNode)
	case *parse.RangeNode:
		s.branch(&n.BranchNode)
	case *parse.WithNode:
		s.branch(&n.BranchNode)
	case *parse.TemplateNode:
		s.walk(n.Pipe)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, cmd := range n.Cmds {
			s.command(cmd)
		}
	}
}

func (s *said) branch(n *parse.BranchNode) {
	s.walk(n.Pipe)
	s.walk(n.List)
	s.walk(n.ElseList)
}

func (s *said) command(c *parse.CommandNode) {
	for _, arg := range c.Args {
		s.walk(arg) // a pipe in parentheses
	}
	if len(c.Args) == 3 && c.Args[0].String() == "picture" { // it says its alternative text
		if key, ok := c.Args[2].(*parse.StringNode); ok {
			s.keys = append(s.keys, key.Text)
		}
	}
	if len(c.Args) < 2 || c.Args[0].String() != "say" {
		return
	}
	switch key := c.Args[1].(type) {
	case *parse.StringNode:
		s.keys = append(s.keys, key.Text)
	case *parse.PipeNode:
		if args := key.Cmds[0].Args; len(args) > 1 && args[0].String() == "printf" {
			format := regexp.QuoteMeta(args[1].(*parse.StringNode).Text)
			s.patterns = append(s.patterns, regexp.MustCompile("^"+strings.ReplaceAll(format, "%s", "[a-z0-9_-]+")+"$"))
		}
	}
}

func (s said) says(key string) bool {
	return slices.Contains(s.keys, key) || slices.ContainsFunc(s.patterns, func(p *regexp.Regexp) bool { return p.MatchString(key) })
}

func TestEveryPhraseIsSaidAndEverySaidPhraseIsThere(t *testing.T) {
	report := reportBook(t)
	for _, g := range All() {
		if len(g.Checks) == 0 {
			continue
		}
		b := bookOf(t, g)
		var all said
		for name, text := range pagesOf(t, g).Templates {
			s := saidIn(t, name, text)
			all.keys, all.patterns = append(all.keys, s.keys...), append(all.patterns, s.patterns...)
		}
		reachable := []string{g.ID + ".title", g.ID + ".question"}
		for _, c := range g.Checks {
			must, may := phrases(c)
			reachable = append(append(reachable, must...), may...)
		}
		for _, key := range b.Keys() {
			if !slices.Contains(reachable, key) && !all.says(key) {
				t.Errorf("gate %s: nobody says %q: delete it or mend its name", g.ID, key)
			}
		}
		for _, key := range all.keys {
			if !b.Has(key) && !report.Has(key) {
				t.Errorf("gate %s: a template says %q, which is no phrase", g.ID, key)
			}
		}
		for _, p := range all.patterns {
			if !slices.ContainsFunc(b.Keys(), p.MatchString) {
				t.Errorf("gate %s: a template says %s, which no phrase matches", g.ID, p)
			}
		}
	}
}

// A template only names checks that its gate has.
func TestTemplatesNameChecksThatExist(t *testing.T) {
	named := regexp.MustCompile(`\b(?:observed|finding|detail|checks)((?: "[^"]*")+)`)
	for _, g := range All() {
		if len(g.Checks) == 0 {
			continue
		}
		for file, text := range pagesOf(t, g).Templates {
			for _, found := range named.FindAllStringSubmatch(text, -1) {
				for _, id := range strings.Fields(strings.ReplaceAll(found[1], `"`, "")) {
					if _, ok := evidence.Find([]evidence.Gate{g}, id); !ok {
						t.Errorf("%s names %q, which is no check of gate %s", file, id, g.ID)
					}
				}
			}
		}
	}
}
