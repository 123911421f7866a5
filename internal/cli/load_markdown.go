package cli

import (
	"fmt"
	"strings"

	"listo/internal/report/markdown"
)

// markdown gives a page whose plots are files beside it, their names beginning
// with base.
func (p page) markdown(base string) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", markdown.Inline(p.title))
	mark := "**" // of the first text
	for _, b := range p.blocks {
		if b.heading != "" {
			fmt.Fprintf(&out, "\n## %s\n", markdown.Inline(b.heading))
		}
		if b.text != "" {
			fmt.Fprintf(&out, "\n%s%s%[1]s\n", mark, markdown.Inline(b.text))
			mark = ""
		}
		if b.picture.svg != nil {
			fmt.Fprintf(&out, "\n!%s\n", markdown.Link(b.picture.summary, base+"."+b.picture.name+".svg"))
		}
		if len(b.rows) > 0 {
			out.WriteString("\n" + rowInMarkdown(b.rows[0]) + "|" + strings.Repeat(" --- |", len(b.rows[0])) + "\n")
			for _, row := range b.rows[1:] {
				out.WriteString(rowInMarkdown(row))
			}
		}
	}
	return []byte(out.String())
}

func rowInMarkdown(row []string) string {
	text := "|"
	for _, c := range row {
		text += " " + string(markdown.Cell(c)) + " |"
	}
	return text + "\n"
}
