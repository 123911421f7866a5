package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"listo/internal/report/markdown"
)

// draft is a listo.yaml in the making: values by path, each with the place that
// says so, and remarks above sections.
type draft struct {
	values  map[string]value
	hidden  map[string]bool // keys that would have no effect in this draft
	remarks map[string][]string
}

// value is a scalar, or the lines below a key.
type value struct {
	text  string // YAML
	from  string
	lines []item
}

// item is one line below a key: an element of a list or of a mapping.
type item struct {
	text string // YAML, with its dash or key
	from string
	off  bool // commented out
}

func newDraft() *draft {
	return &draft{values: map[string]value{}, hidden: map[string]bool{}, remarks: map[string][]string{}}
}

// set fills a key with text that stands for itself: a ${ in it is no variable.
func (d *draft) set(path, text, from string) {
	if text != "" {
		d.values[path] = value{text: scalar(literal(text)), from: from}
	}
}

// setRaw fills a key with YAML: a number, true, or text with ${VARIABLES}.
func (d *draft) setRaw(path, yaml, from string) { d.values[path] = value{text: yaml, from: from} }

// add adds a line below a key.
func (d *draft) add(path string, line item) {
	v := d.values[path]
	v.lines = append(v.lines, line)
	d.values[path] = v
}

func (d *draft) remark(section, format string, args ...any) {
	d.remarks[section] = append(d.remarks[section], fmt.Sprintf(format, args...))
}

// literal writes the dollars that listo.yaml would read as variables.
func literal(s string) string { return strings.NewReplacer("$$", "$$$$", "${", "$${").Replace(s) }

// scalar writes text as a YAML scalar on one line; what cannot be printed as
// escapes, which YAML and Go write alike.
func scalar(s string) string {
	out, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s})
	if err != nil || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.QuoteToASCII(s)
	}
	return strings.TrimSuffix(string(out), "\n")
}

const preamble = `# yaml-language-server: $schema=listo.schema.json
#
# What listo needs to know to audit this service, as far as listo init could read
# it from the repository. Behind each value stands where it was found: check it.
# A line that is commented out was not found or keeps its default: write it if it
# applies. ` + "`listo doctor`" + ` says what can and cannot be proved with this file.
`

// render writes the draft over the outline of all keys.
func (d *draft) render(all []key) string {
	var out strings.Builder
	out.WriteString(preamble)
	for _, k := range all {
		if k.below != nil || d.remarks[k.path] != nil {
			out.WriteByte('\n')
		}
		d.write(&out, k, "", "")
	}
	return out.String()
}

// write writes one key and what lies below it. mark is "# " inside a section that
// is commented out as a whole.
func (d *draft) write(out *strings.Builder, k key, mark, indent string) {
	v, found := d.values[k.path]
	if d.hidden[k.path] {
		return
	}
	for _, r := range d.remarks[k.path] {
		fmt.Fprintf(out, "%s# %s\n", indent, comment(r))
	}
	switch {
	case k.below != nil:
		if mark == "" && !d.any(k) {
			mark = "# "
		}
		fmt.Fprintf(out, "%s%s%s:%s\n", mark, indent, k.name, behind(k.doc))
		for _, b := range k.below {
			d.write(out, b, mark, indent+"  ")
		}
	case !found && mark != "":
		fmt.Fprintf(out, "%s%s%s:%s%s\n", mark, indent, k.name, before(k.preset), behind(k.doc))
	case !found:
		fmt.Fprintf(out, "%s# %s:%s%s\n", indent, k.name, before(k.preset), behind(k.doc))
	case len(v.lines) == 0:
		fmt.Fprintf(out, "%s%s: %s%s\n", indent, k.name, v.text, behind(v.from))
	default:
		v.write(out, k, indent)
	}
}

func (v value) write(out *strings.Builder, k key, indent string) {
	fmt.Fprintf(out, "%s%s:%s\n", indent, k.name, behind(v.from))
	for _, line := range v.lines {
		off := ""
		if line.off {
			off = "# "
		}
		fmt.Fprintf(out, "%s  %s%s%s\n", indent, off, line.text, behind(line.from))
	}
}

// any tells whether something stands below a section.
func (d *draft) any(k key) bool {
	for _, b := range k.below {
		if _, found := d.values[b.path]; found && !d.hidden[b.path] {
			return true
		}
	}
	return false
}

func before(preset string) string {
	if preset == "" {
		return ""
	}
	return " " + preset
}

func behind(text string) string {
	if text == "" {
		return ""
	}
	return "  # " + comment(text)
}

// comment keeps a text from a hostile repository on one line.
func comment(s string) string {
	const longest = 300
	s = strings.Join(strings.Fields(markdown.Clean(s)), " ")
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}
