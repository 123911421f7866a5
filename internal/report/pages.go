package report

import (
	"fmt"
	"regexp"
	"strings"

	"listo/internal/evidence"
)

// Pages renders every page of the report, by file name, and the files that stand
// beside them. The same view gives the same bytes.
func (v *View) Pages() (map[string][]byte, error) {
	pages := map[string][]byte{}
	for _, gate := range v.Gates {
		for _, file := range gate.Reports {
			if !isPage(file) {
				continue
			}
			text, err := v.gatePage(gate, file)
			if err != nil {
				return nil, err
			}
			pages[file] = text
		}
	}
	text, err := v.closingPage()
	if err != nil {
		return nil, err
	}
	pages[ClosingFile] = text
	for file := range pages {
		pages[file] = append(pages[file], v.signature()...)
	}
	return pages, v.addFiles(pages)
}

// gatePage renders one report of one gate. A gate that is not built, or that
// the audit has not reached, says so: no old page may stand in for it.
func (v *View) gatePage(gate evidence.Gate, file string) ([]byte, error) {
	p := &page{phrases: phrases{view: v, gate: gate.ID}, file: file}
	template := v.pages[gate.ID].Templates[file]
	switch {
	case template == "":
		return p.renderOwn("not_built.md.tmpl", map[string]string{"Title": "not_built.title", "Text": "not_built.text", "Gate": gate.ID, "File": file})
	case !v.reached(gate):
		return p.renderOwn("not_built.md.tmpl", map[string]string{"Title": "not_built.pending_title", "Text": "not_built.pending", "Gate": gate.ID, "File": file})
	}
	return p.render(file, template, v)
}

func (p *page) renderOwn(name string, data any) ([]byte, error) {
	text, err := own.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return p.render(name, string(text), data)
}

// reached tells whether anything of the gate was run, or the audit has ended.
func (v *View) reached(gate evidence.Gate) bool {
	if _, closed := v.Ledger.Closed(); closed {
		return true
	}
	for _, c := range gate.Checks {
		if len(v.Ledger.Attempts(c.ID)) > 0 {
			return true
		}
	}
	return false
}

// mark begins the line by which listo knows its own pages again.
const mark = "<!-- listo:report "

// signature is the last line of every page.
func (v *View) signature() string {
	return fmt.Sprintf("\n%srun=%s format=%d -->\n", mark, notInRun.ReplaceAllString(v.Plan.Run, ""), v.Plan.Format)
}

// notInRun is what the name of an audit never holds and could end a comment.
var notInRun = regexp.MustCompile(`[^0-9A-Za-z.:+-]`)

// Ours tells whether listo wrote a page or a data file.
func Ours(text []byte) bool {
	return strings.Contains(string(text), mark) || strings.Contains(string(text), dataMark)
}
