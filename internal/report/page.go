package report

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"listo/internal/evidence"
	"listo/internal/report/markdown"
	"listo/internal/words"
)

// page renders one report of one gate ("" for the closing page).
type page struct {
	phrases
	file string
	at   map[evidence.Digest]string // of published blobs; nil: not asked for yet
}

// render fills a template. Every value that an action prints is escaped as
// hostile text unless it is Markdown already: a template cannot forget to.
func (p *page) render(name, text string, data any) ([]byte, error) {
	t, err := template.New(name).Funcs(p.functions()).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	for _, t := range t.Templates() {
		escapeActions(t.Root)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return tidy(out.Bytes()), nil
}

// tidy folds runs of blank lines, which templates leave behind, outside of
// fenced blocks, where evidence keeps its own.
func tidy(b []byte) []byte {
	var out []string
	fence := ""
	blank := 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		if mark := strings.TrimLeft(line, " "); fence == "" && strings.HasPrefix(mark, "```") {
			fence = mark[:len(mark)-len(strings.TrimLeft(mark, "`"))]
		} else if fence != "" && mark == fence {
			fence = ""
		}
		if fence == "" && strings.TrimSpace(line) == "" {
			if blank++; blank > 1 {
				continue
			}
			line = ""
		} else {
			blank = 0
		}
		out = append(out, line)
	}
	return []byte(strings.TrimSpace(strings.Join(out, "\n")) + "\n")
}

func (p *page) functions() template.FuncMap {
	return template.FuncMap{
		"escape":   printed,
		"say":      p.sayPairs,
		"header":   p.header,
		"checks":   p.checks,
		"details":  p.details,
		"detail":   p.detail,
		"observed": p.observed,
		"finding":  p.finding,
		"num":      p.num,
		"ms":       func(ms float64) markdown.Safe { return p.num(time.Duration(ms * float64(time.Millisecond))) },
		"size":     func(n any) markdown.Safe { return p.num(words.Bytes(toInt(n))) },
		"time":     func(t time.Time) markdown.Safe { return p.num(t) },
		"code":     func(v any) markdown.Safe { return markdown.Code(fmt.Sprint(v)) },
		"fence":    fence,
		"blobText": p.blobText,
		"file":     p.publishedLink,
		"picture":  p.picture,
		"list":     func(all ...string) []string { return all },
	}
}

// escapeActions appends the escape function to every action that prints.
func escapeActions(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			escapeActions(child)
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand,
				Args: []parse.Node{parse.NewIdentifier("escape").SetTree(nil).SetPos(n.Pos)}})
		}
	case *parse.IfNode:
		escapeActions(n.List)
		escapeActions(n.ElseList)
	case *parse.RangeNode:
		escapeActions(n.List)
		escapeActions(n.ElseList)
	case *parse.WithNode:
		escapeActions(n.List)
		escapeActions(n.ElseList)
	}
}

func printed(v any) markdown.Safe {
	if safe, ok := v.(markdown.Safe); ok {
		return safe
	}
	return markdown.Cell(fmt.Sprint(v))
}

func (p *page) sayPairs(key string, pairs ...any) (markdown.Safe, error) {
	facts := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		facts[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return p.say(key, facts)
}

func (p *page) num(v any) markdown.Safe {
	return markdown.Cell(words.Format(p.view.Lang, v))
}

func toInt(v any) int64 {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

func fence(lang string, v any) markdown.Safe { return markdown.Fence(lang, fmt.Sprint(v)) }

// observed gives what a check saw, in its own type; nil when it saw nothing, or
// nothing that this listo can read.
func (p *page) observed(id string) (any, error) {
	c, ok := p.view.checkVerdict(id)
	if !ok || c.Deciding < 0 || c.Cause == evidence.Unreadable {
		return nil, nil
	}
	e, _ := p.view.deciding(c)
	check, _ := evidence.Find(p.view.Gates, id)
	return check.Decode(e.Observed)
}

// finding gives what the judge read, or nil when nothing was judged.
func (p *page) finding(id string) *evidence.Finding {
	c, _ := p.view.checkVerdict(id)
	if c.Deciding < 0 || c.Cause == evidence.Unreadable {
		return nil
	}
	return &c.Finding
}

// blobText reads kept bytes for showing, limited.
func (p *page) blobText(d evidence.Digest) string { return p.excerpt(d, shownLines, shownBytes) }

func (p *page) excerpt(d evidence.Digest, lines, most int) string {
	if p.view.Blob == nil {
		return ""
	}
	b, err := p.view.Blob(d)
	if err != nil {
		return ""
	}
	text, _ := markdown.Limit(string(b), lines, most)
	return text
}

// fileLink links to a file of the bundle; its name is ours.
func fileLink(name string) markdown.Safe {
	return markdown.Safe("[`" + name + "`](" + name + ")")
}
