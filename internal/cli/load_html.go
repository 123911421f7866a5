package cli

import (
	"fmt"
	"html"
	"strings"

	"listo/internal/report/markdown"
)

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
	fmt.Fprintf(&out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n", inHTML(p.lang))
	out.WriteString("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
	fmt.Fprintf(&out, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<h1>%[1]s</h1>\n", inHTML(p.title), pageStyle)
	class := " class=\"verdict\"" // of the first text
	for _, b := range p.blocks {
		if b.heading != "" {
			fmt.Fprintf(&out, "<h2>%s</h2>\n", inHTML(b.heading))
		}
		if b.text != "" {
			fmt.Fprintf(&out, "<p%s>%s</p>\n", class, inHTML(b.text))
			class = ""
		}
		out.Write(b.picture.svg)
		if len(b.rows) > 0 {
			out.WriteString("<table>\n" + rowInHTML("th", b.rows[0]))
			for _, row := range b.rows[1:] {
				out.WriteString(rowInHTML("td", row))
			}
			out.WriteString("</table>\n")
		}
	}
	out.WriteString("</body>\n</html>\n")
	return []byte(out.String())
}

func rowInHTML(cell string, row []string) string {
	text := "<tr>"
	for _, c := range row {
		text += "<" + cell + ">" + inHTML(c) + "</" + cell + ">"
	}
	return text + "</tr>\n"
}

// inHTML shows a text and nothing else.
func inHTML(s string) string { return html.EscapeString(markdown.Clean(s)) }
