package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFile is the most a configuration or env file may hold, in bytes.
const maxFile = 1 << 20

// readRegular reads a whole file of at most maxFile bytes. Only regular files
// are opened: a pipe would never end.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(src) > maxFile {
		err = errors.New("is larger than 1 MiB")
	}
	return src, err
}

// why gives the reason of a failed read without the path, which the message
// around it names already.
func why(err error) string {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// notText finds the first byte that has no place in a text file: its place
// counted from 1, and false when there is none.
func notText(src []byte) (line, column int, found bool) {
	line, column = 1, 1
	for len(src) > 0 {
		r, size := utf8.DecodeRune(src)
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7f:
			return line, column, true
		case r == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		src = src[size:]
	}
	return 0, 0, false
}

// parse gives the root of the one YAML document in src, without aliases,
// anchors and tags: a configuration is read by people, top to bottom.
func (d *decoder) parse(src []byte) *yaml.Node {
	if line, column, found := notText(src); found {
		d.at(line, column, 1, "not a text file: write it again as UTF-8 without control characters")
		return nil
	}
	var doc, second yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(src))
	err := guarded(func() error { return documents.Decode(&doc) })
	if errors.Is(err, io.EOF) || (err == nil && isEmpty(&doc)) {
		d.at(1, 1, 1, "the file is empty: %s", d.least)
		return nil
	}
	if err == nil {
		err = guarded(func() error { return documents.Decode(&second) })
		switch {
		case errors.Is(err, io.EOF):
			err = nil
		case err == nil:
			d.at(second.Line, second.Column, 3, "a second document begins here: keep one per file")
			return nil
		}
	}
	if err != nil {
		d.syntax(err)
		return nil
	}
	if !d.plain(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

func isEmpty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || isNull(doc.Content[0])
}

// guarded turns a panic of the YAML library into an error: it has "internal
// error (please report)" panics of its own, and a bad file must not stop listo.
func guarded(parse func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the parser gave up: %v", p)
		}
	}()
	return parse()
}

const noAlias = "aliases (*name) are not read: write the value out"

// plain refuses what makes a file mean more than what stands in it.
func (d *decoder) plain(n *yaml.Node) bool {
	good := true
	switch {
	case n.Kind == yaml.AliasNode:
		d.at(n.Line, n.Column, len(n.Value)+1, "%s", noAlias)
		good = false
	case n.Anchor != "":
		d.at(n.Line, n.Column, 1, "anchors (&name) are not read: delete it")
		good = false
	case n.Style&yaml.TaggedStyle != 0:
		d.at(n.Line, n.Column, 1, "tags (!name) are not read: delete it")
		good = false
	}
	for _, child := range n.Content {
		good = d.plain(child) && good
	}
	return good
}

// syntax places an error of the YAML library, which names a line at best.
func (d *decoder) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1 // the library names no line when it is the first
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	// The library counts the lines of grammar errors from 0, those of its
	// scanner from 1.
	if strings.HasPrefix(text, "did not find expected") && !strings.HasSuffix(text, "character") {
		line++
	}
	if m := regexp.MustCompile(`^unknown anchor '(.*)' referenced$`).FindStringSubmatch(text); m != nil {
		line, column := d.find("*" + m[1])
		d.at(line, column, utf8.RuneCountInString(m[1])+1, "%s", noAlias)
		return
	}
	line = min(line, len(d.lines))
	source := d.lines[line-1]
	indent := len(source) - len(strings.TrimLeft(source, " \t"))
	if tab := strings.IndexByte(source[:indent], '\t'); tab >= 0 {
		d.at(line, tab+1, 1, "a tab indents this line: YAML indents with spaces, write two for it")
		return
	}
	d.at(line, indent+1, 1, "not YAML: %s: look at the indentation, quotes and brackets here and in the line before", text)
}

// find gives the place where the text first stands.
func (d *decoder) find(text string) (line, column int) {
	for i, source := range d.lines {
		if before, _, found := strings.Cut(source, text); found {
			return i + 1, utf8.RuneCountInString(before) + 1
		}
	}
	return 1, 1
}
