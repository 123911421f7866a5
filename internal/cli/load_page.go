package cli

import (
	"fmt"
	"html"
	"path/filepath"
	"strings"

	"listo/internal/report/markdown"
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
	p := page{lang: string(t.lang), title: t.say("page.title", facts{"target": t.d.Target})}
	add := func(b block) { p.blocks = append(p.blocks, b) }
	add(block{text: t.say("outcome."+string(t.d.Verdict.Outcome), nil) + ": " + t.why()})
	asked := [][]string{{t.say("page.promise", nil), t.say("page.counted", nil)}}
	for _, q := range t.d.Verdict.Questions {
		asked = append(asked, []string{t.promised(q), t.counted(q)})
	}
	add(block{rows: asked})
	add(block{heading: t.say("page.course", nil), picture: picture{"course", t.say("chart.course_summary", nil), t.course()}})
	add(block{text: t.say("chart.shaded", nil)})
	add(block{heading: t.say("page.curve", nil), picture: picture{"percentiles", t.say("chart.curve_summary", nil), t.curve()}})
	add(block{text: t.say("chart.curve_summary", nil)})
	if rows := t.latencies(); len(rows) > 1 {
		add(block{heading: t.say("page.latencies", nil), rows: rows})
	}
	if rows := t.endpoints(); len(rows) > 1 {
		add(block{heading: t.say("page.endpoints", nil), rows: rows})
	}
	figures := [][]string{{"", ""}}
	for _, r := range t.rows() {
		figures = append(figures, []string{r.name, strings.Join(r.lines, " · ")})
	}
	add(block{heading: t.say("page.figures", nil), rows: figures})
	when := t.say("page.began", facts{"began": t.d.Began})
	if t.r.Parts > 1 {
		when += " " + t.say("page.parts", facts{"parts": t.r.Parts})
	}
	add(block{text: when + " " + t.say("page.method", nil)})
	return p
}

// pageStyle follows the reader's choice of light or dark, as the plots do.
const pageStyle = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --line: #d1d9e0; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #f0f6fc; --line: #3d444d; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; max-width: 900px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } .verdict { font-weight: 600; font-size: 1.05rem; }
table { border-collapse: collapse; } td, th { border-bottom: 1px solid var(--line); padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; }
svg { max-width: 100%; height: auto; }
`

// html gives one file that needs no other and no network.
func (p page) html() []byte {
	var out strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&out, format, args...) }
	text := func(s string) string { return html.EscapeString(markdown.Clean(s)) }
	write("<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n", text(p.lang))
	write("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
	write("<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<h1>%s</h1>\n", text(p.title), pageStyle, text(p.title))
	for i, b := range p.blocks {
		class := map[bool]string{true: ` class="verdict"`}[i == 0]
		if b.heading != "" {
			write("<h2>%s</h2>\n", text(b.heading))
		}
		if b.text != "" {
			write("<p%s>%s</p>\n", class, text(b.text))
		}
		if b.picture.svg != nil {
			write("%s\n", b.picture.svg)
		}
		for j, row := range b.rows {
			cell := "td"
			if j == 0 {
				cell = "th"
				write("<table>\n")
			}
			write("<tr>")
			for _, c := range row {
				write("<%s>%s</%s>", cell, text(c), cell)
			}
			write("</tr>\n")
			if j == len(b.rows)-1 {
				write("</table>\n")
			}
		}
	}
	write("</body>\n</html>\n")
	return []byte(out.String())
}

// markdown gives a page whose plots are files beside it.
func (p page) markdown(base string) []byte {
	var out strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&out, format, args...) }
	write("# %s\n", markdown.Inline(p.title))
	for i, b := range p.blocks {
		if b.heading != "" {
			write("\n## %s\n", markdown.Inline(b.heading))
		}
		if b.text != "" {
			mark := map[bool]string{true: "**"}[i == 0]
			write("\n%s%s%s\n", mark, markdown.Inline(b.text), mark)
		}
		if b.picture.svg != nil {
			write("\n!%s\n", markdown.Link(b.picture.summary, base+"."+b.picture.name+".svg"))
		}
		for j, row := range b.rows {
			if j == 0 {
				write("\n")
			}
			cells := make([]string, len(row))
			for k, c := range row {
				cells[k] = string(markdown.Cell(c))
			}
			write("| %s |\n", strings.Join(cells, " | "))
			if j == 0 {
				write("|%s\n", strings.Repeat(" --- |", len(row)))
			}
		}
	}
	return []byte(out.String())
}
