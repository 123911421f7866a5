package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// viewer reads Markdown as GitHub does, and would pass raw HTML on.
var viewer = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))

// kinds lists what a viewer sees in a text, except plain text.
func kinds(md string) map[string]int {
	seen := map[string]int{}
	doc := viewer.Parser().Parse(text.NewReader([]byte(md)))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			seen[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	for _, harmless := range []string{"Document", "Paragraph", "TextBlock", "Text", "String", "CodeSpan"} {
		delete(seen, harmless)
	}
	return seen
}

var tag = regexp.MustCompile(`<[^>]*>`)

// shown gives the text a reader sees.
func shown(t testing.TB, md string) string {
	t.Helper()
	var out bytes.Buffer
	if err := viewer.Convert([]byte(md), &out); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(html.UnescapeString(tag.ReplaceAllString(out.String(), "")), "\n")
}

// only fails when a viewer sees anything in md but what is allowed.
func only(t testing.TB, md string, allowed map[string]int) {
	t.Helper()
	for kind, n := range kinds(md) {
		if n != allowed[kind] {
			t.Errorf("%d %s in %q", n, kind, md)
		}
	}
}

func checkInline(t testing.TB, s string) {
	t.Helper()
	want := oneLine(s)
	for _, before := range []string{"", "word ", "**strong** "} {
		md := before + string(Inline(s))
		allowed := map[string]int{"Emphasis": strings.Count(before, "**") / 2}
		only(t, md+"\n---x\n", allowed)
		if got := strings.TrimPrefix(shown(t, md), strings.Trim(before, "* ")); strings.TrimSpace(got) != want {
			t.Errorf("inline %q shows %q", md, got)
		}
	}
	only(t, "- "+string(Inline(s)), map[string]int{"List": 1, "ListItem": 1})
	only(t, "# "+string(Inline(s)), map[string]int{"Heading": 1})
}

var cell = regexp.MustCompile(`(?s)<td>(.*?)</td>`)

// checkCell puts a piece of Markdown into a table and reads the cells.
func checkCell(t testing.TB, piece Safe, want string) {
	t.Helper()
	md := "| a | b | c |\n|---|---|---|\n| " + string(piece) + " | two | " + string(piece) + " |\n"
	only(t, md, map[string]int{"Table": 1, "TableHeader": 1, "TableRow": 1, "TableCell": 6})
	var out bytes.Buffer
	if err := viewer.Convert([]byte(md), &out); err != nil {
		t.Fatal(err)
	}
	cells := cell.FindAllStringSubmatch(out.String(), -1)
	if len(cells) != 3 || cells[1][1] != "two" {
		t.Fatalf("%q gives cells %q", md, cells)
	}
	for _, i := range []int{0, 2} {
		if got := html.UnescapeString(tag.ReplaceAllString(cells[i][1], "")); got != want {
			t.Errorf("cell %q shows %q, want %q", md, got, want)
		}
	}
}

func checkCode(t testing.TB, s string) {
	t.Helper()
	want := strings.ReplaceAll(Clean(s), "\n", `\n`)
	only(t, "word "+string(Code(s))+" word", nil)
	if got := shown(t, "("+string(Code(s))+")"); got != "("+want+")" {
		t.Errorf("code %q shows %q, want %q", Code(s), got, want)
	}
	checkCell(t, Code(s), want)
}

func checkFence(t testing.TB, s string) {
	t.Helper()
	md := "before\n" + string(Fence("json", s)) + "after\n"
	doc := viewer.Parser().Parse(text.NewReader([]byte(md)))
	block, ok := doc.FirstChild().NextSibling().(*ast.FencedCodeBlock)
	if !ok || doc.ChildCount() != 3 {
		doc.Dump([]byte(md), 0)
		t.Fatalf("not one block: %q", md)
	}
	want := Clean(s)
	if want != "" && !strings.HasSuffix(want, "\n") {
		want += "\n"
	}
	if got := string(block.Lines().Value([]byte(md))); got != want {
		t.Errorf("fence shows %q, want %q", got, want)
	}
}

func checkLink(t testing.TB, label, target string) {
	t.Helper()
	md := string(Link(label, target))
	seen := kinds(md)
	if seen["Link"] > 1 {
		t.Errorf("%d links in %q", seen["Link"], md)
	}
	only(t, md, map[string]int{"Link": seen["Link"]})
	want := oneLine(label)
	if want == "" {
		want = oneLine(target)
	}
	if got := shown(t, md); got != want {
		t.Errorf("link %q shows %q, want %q", md, got, want)
	}
	doc := viewer.Parser().Parse(text.NewReader([]byte(md)))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering && !mayLink(string(link.Destination)) {
			t.Errorf("%q leads to %q", md, link.Destination)
		}
		return ast.WalkContinue, nil
	})
}

func checkAll(t testing.TB, s string) {
	t.Helper()
	checkInline(t, s)
	checkCell(t, Cell(s), oneLine(s))
	checkCode(t, s)
	checkFence(t, s)
	checkLink(t, s, "blobs/a%20b.txt?x=1&y=2#z")
	checkLink(t, "label", s)
	checkLink(t, "", s)
	if Clean(Clean(s)) != Clean(s) {
		t.Errorf("clean twice: %q", s)
	}
}

// hostile is what a patient may say.
var hostile = []string{
	"", " ", "plain words", "a  b\n\n\tc", "# title", "#1 @user ##", "- item", "+ item", "* item", "1. one", "12) x", "-", "=", "===", "---", "+", "-5 ms", "0.95", ".5", ")",
	"> quote", "    code", "```\ncode\n```", "~~~", "~~strike~~", "``", "`", "a`b", "`a`", "` `", "  `", "a``b`c", "\\`", "`\\", "\\", "\\\\", "a\\", "\\|", "|", "||", "a|b", "|---|", "`|`", "\\\\|",
	"*a* _b_ __c__ **d**", "snake_case_name", "[a](javascript:alert(1))", "![i](http://x/y.png)", "[^1]", "[^1]: note", "[a]: http://x", "[ ] task", "[x]", ": definition",
	"<script>alert(1)</script>", "<!-- c", "<b>", "<http://a.b>", "<a@b.c>", "&lt;", "&#60;", "&amp;amp;", "a & b", "&copy", "<?php", "<![CDATA[",
	"http://evil.example", "https://evil.example/a_b_c?x=*y*", "see (http://evil.example).", "www.evil.example", "WWW.evil.example", "www..x", "ftp://x.example", "a@b.example", "@@user", "`@`", "a@`b", "\\@user", "mailto:a@b.example", "://", ":////", "http://http://a.b",
	"$x$", "$$\nx\n$$", "$`x`$", "!", "![", "a!", "<details>", "\x1b[31mred", "\u202egnp.exe", "a\u200bb", "\xff\xfe", "\x00", "a\r\nb", "a\rb", "\ufeffx", "\u00a0", "\u2028", "\u3164", "🔑 ñ é", "a\u0085b",
	"``` ` ``", strings.Repeat("`", 50), strings.Repeat("~", 50), strings.Repeat("[", 200), strings.Repeat("*a ", 100), strings.Repeat("> ", 50), "\t", "\ttab", "| a | b |\n|---|---|\n| 1 | 2 |", "Title\n===", "x\n---", "javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "//evil.example", "a b (c) <d> [e] \\f", "%zz%41%", "a:b", "#anchor", "../up", "java\nscript:x", " javascript:x", "\x01javascript:x", "http://a/*b*_c_|d`e",
}

func TestHostileTextIsShownAndNothingElse(t *testing.T) {
	for _, s := range hostile {
		checkAll(t, s)
		checkAll(t, "x "+s+" y")
		checkAll(t, s+s)
	}
}

func TestExactly(t *testing.T) {
	for _, c := range []struct{ got, want Safe }{
		{Inline("p95 was 12.3 ms (limit: 10)"), "p95 was 12.3 ms (limit: 10)"},
		{Inline("a_b *c* <d>"), `a\_b \*c\* &lt;d&gt;`},
		{Inline("- 1"), `\- 1`},
		{Cell("- 1 | 2"), `- 1 &#124; 2`},
		{Inline("http://x"), "http`://`x"},
		{Inline("a@b.c"), "a`@`b.c"},
		{Code("a"), "`a`"},
		{Code("a`b"), "``a`b``"},
		{Code("`a"), "`` `a ``"},
		{Code("a|b"), "`a`&#124;`b`"},
		{Code(""), ""},
		{Code("a\nb"), "`a\\nb`"},
		{Fence("json", "{}"), "```json\n{}\n```\n"},
		{Fence("", "````\n~~~~~~"), "```````\n````\n~~~~~~\n```````\n"},
		{Fence("mermaid", ""), "```\n```\n"},
		{Fence("a b`", ""), "```\n```\n"},
		{Link("page", "a b.md"), "[page](a%20b.md)"},
		{Link("page", "https://h/?a=1&b=(2)"), "[page](https://h/?a=1&amp;b=%282%29)"},
		{Link("page", "javascript:alert(1)"), "page"},
		{Link("", "x.md"), "[x.md](x.md)"},
		{Link("page", ""), "page"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\n":         "a\tb\n",
		"a\r\nb\rc":      "a\nb\\x0dc",
		"\x1b[31mred":    `\x1b[31mred`,
		"\x7f\x00":       `\x7f\x00`,
		"\u202e\u2066":   "U+202EU+2066",
		"\u200e\u061c":   "U+200EU+061C",
		"a\u200bb\ufeff": "aU+200BbU+FEFF",
		"\u0085":         "U+0085",
		"\xff\xc3":       `\xff\xc3`,
		"\ufffd":         "\ufffd",
		"é ñ 🔑":          "é ñ 🔑",
		"\U000E0041":     "U+E0041",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		s            string
		lines, bytes int
		want         string
		cut          bool
	}{
		{"", 0, 0, "", false},
		{"a", 0, 9, "", true},
		{"a", 9, 0, "", true},
		{"a", -1, -1, "", true},
		{"a\nb\nc", 2, 99, "a\nb\n", true},
		{"a\nb\n", 2, 99, "a\nb\n", false},
		{"abc", 1, 3, "abc", false},
		{"abcd", 1, 3, "abc", true},
		{"añb", 1, 2, "a", true},
		{"🔑", 1, 3, "", true},
		{"\x80\x80\x80\x80\x80\x80\x80\x80", 1, 6, "\x80\x80", true},
	} {
		if got, cut := Limit(c.s, c.lines, c.bytes); got != c.want || cut != c.cut {
			t.Errorf("Limit(%q, %d, %d) = %q, %v", c.s, c.lines, c.bytes, got, cut)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 5000 {
			checkAll(t, s)
		}
	})
}
