package cli

import (
	"fmt"
	"path/filepath"
	"strings"
)

// page is a document with plots, in a form of its own: what it says is written
// once, whether it becomes HTML or Markdown.
type page struct {
	lang, title string
	blocks      []block
}

// block is one part of a page: a heading and one of the others.
type block struct {
	heading string
	text    string
	rows    [][]string // the first is the head
	picture picture
}

// picture is an SVG with the words for those who cannot see it. Its name is added
// to the page's where it is a file of its own.
type picture struct {
	name, summary string
	svg           []byte
}

// paged writes the page: one file of HTML with its plots in it, or Markdown with
// its plots beside it, since viewers show no SVG that stands in the text.
func (s *showing) paged(d document) error {
	t := &telling{showing: s, d: d, r: d.Result}
	p := t.page()
	if t.err != nil {
		return coded(exitDefect, fmt.Errorf("load: %w", t.err))
	}
	if strings.EqualFold(filepath.Ext(s.page), ".html") {
		return s.file(s.page, p.html())
	}
	base := strings.TrimSuffix(s.page, filepath.Ext(s.page))
	for _, b := range p.blocks {
		if b.picture.svg != nil {
			if err := s.file(base+"."+b.picture.name+".svg", b.picture.svg); err != nil {
				return err
			}
		}
	}
	return s.file(s.page, p.markdown(filepath.Base(base)))
}

// page says everything that the text says, and draws it.
func (t *telling) page() page {
	p := page{lang: string(t.lang), title: t.say("sheet.title", facts{"target": t.d.Target})}
	add := func(b block) { p.blocks = append(p.blocks, b) }
	add(block{text: t.say("outcome."+string(t.d.Verdict.Outcome), nil) + ": " + t.why()})
	asked := [][]string{{t.say("sheet.promise", nil), t.say("sheet.counted", nil)}}
	for _, q := range t.d.Verdict.Questions {
		asked = append(asked, []string{t.promised(q), t.counted(q)})
	}
	add(block{rows: asked})
	add(block{heading: t.say("sheet.course", nil), picture: picture{"course", t.say("chart.course_summary", nil), t.course()}})
	add(block{text: t.say("chart.shaded", nil)})
	add(block{heading: t.say("sheet.curve", nil), picture: picture{"percentiles", t.say("chart.curve_summary", nil), t.curve()}})
	add(block{text: t.say("chart.curve_summary", nil)})
	if rows := t.latencies(); len(rows) > 1 {
		add(block{heading: t.say("sheet.latencies", nil), rows: rows})
	}
	if rows := t.endpoints(); len(rows) > 1 {
		add(block{heading: t.say("sheet.endpoints", nil), rows: rows})
	}
	figures := [][]string{{"", ""}}
	for _, r := range t.rows() {
		figures = append(figures, []string{r.name, strings.Join(r.lines, " · ")})
	}
	add(block{heading: t.say("sheet.figures", nil), rows: figures})
	when := t.say("sheet.began", facts{"began": t.d.Began})
	if t.r.Parts > 1 {
		when += " " + t.say("sheet.parts", facts{"parts": t.r.Parts})
	}
	add(block{text: when + " " + t.say("sheet.method", nil)})
	return p
}
