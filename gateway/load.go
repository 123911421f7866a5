package gateway

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFile is the most a configuration may hold, in bytes.
const maxFile = 1 << 20

// Load reads and checks a configuration with everything it names: certificates, keys, authorities. Lookup gives the values of variables.
// No socket is opened. An error is an *Error that says all that is wrong.
func Load(path string, lookup func(string) (string, bool)) (Config, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("this is no regular file")
	}
	var src []byte
	if err == nil {
		src, err = os.ReadFile(path)
	}
	if err != nil {
		return Config{}, &Error{[]Fault{{File: path, Message: fmt.Sprintf("cannot be read: %v: name the file with --config", why(err))}}}
	}
	return Parse(path, src, lookup)
}

// why gives the reason of an error without the path, which the message around it names already.
func why(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse is Load of what was read already; files that it names are looked for beside path.
func Parse(path string, src []byte, lookup func(string) (string, bool)) (Config, error) {
	d := &decoder{file: path, lookup: lookup, places: map[string]*yaml.Node{}}
	var c Config
	if root := d.parse(src); root != nil {
		d.mapping(root, reflect.ValueOf(&c).Elem(), "", "")
		d.check(&c, filepath.Dir(path))
	}
	if len(d.faults) == 0 {
		return c, nil
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return Config{}, &Error{slices.Compact(d.faults)}
}

// parse gives the root of the one document in src, without aliases, anchors and tags: a configuration is read by people, top to bottom.
func (d *decoder) parse(src []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	if len(src) > maxFile {
		d.fault(top, "", "the file is larger than 1 MiB: this is no configuration")
		return nil
	}
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		d.fault(top, "", "the file is not UTF-8 text: write it again")
		return nil
	}
	var doc, second yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(src))
	err := guarded(func() error { return documents.Decode(&doc) })
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		d.fault(top, "", "the file is empty: write at least version, listen, admin and upstream, or run listo gateway init")
		return nil
	}
	if err == nil && guarded(func() error { return documents.Decode(&second) }) == nil {
		d.fault(&second, "", "a second document begins here: keep one per file")
		return nil
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

// guarded turns a panic of the YAML library into an error.
func guarded(parse func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the parser gave up: %v", p)
		}
	}()
	return parse()
}

// syntax places an error of the YAML library, which names a line at best.
func (d *decoder) syntax(err error) {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	d.fault(&yaml.Node{Line: line, Column: 1}, "", "this is no YAML: %s: look at the indentation, quotes and brackets here and in the line before",
		printable(text))
}

// plain refuses what makes a file mean more than what stands in it.
func (d *decoder) plain(n *yaml.Node) bool {
	good := true
	switch {
	case n.Kind == yaml.AliasNode:
		d.fault(n, "", "aliases (*name) are not read: write the value out")
		return false
	case n.Anchor != "":
		d.fault(n, "", "anchors (&name) are not read: delete it")
		good = false
	case n.Style&yaml.TaggedStyle != 0:
		d.fault(n, "", "tags (!name) are not read: delete it")
		good = false
	}
	for _, child := range n.Content {
		good = d.plain(child) && good
	}
	return good
}
