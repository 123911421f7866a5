package lockfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a lock. The deepest entry of format 1 seen has
// a depth of 21.
const maxDepth = 512

// value is one JSON value with its place. encoding/json alone would take
// "Version" for "version" and the last of two equal keys, where npm might see
// another one.
type value struct {
	offset  int // of its first byte
	kind    json.Token
	text    string   // of a string
	members []member // of an object, in the file's order
}

type member struct {
	key    string
	offset int
	value  *value
}

// document is a parsed file that can name the place of a value.
type document struct {
	name string // of the file, for errors
	src  []byte
	root *value
	// lines holds where each line begins.
	lines []int
}

// parseJSON reads a whole file, which must be an object.
func parseJSON(name string, src []byte) (*document, error) {
	switch {
	case len(src) > MaxBytes:
		return nil, fmt.Errorf("lockfile: %s has more than %d bytes: it is no lock file", name, MaxBytes)
	case !utf8.Valid(src):
		return nil, fmt.Errorf("lockfile: %s is not UTF-8: write it again with npm install --package-lock-only", name)
	}
	d := &document{name: name, src: bytes.TrimPrefix(src, []byte("\ufeff"))}
	d.lines = lineStarts(d.src)
	var syntax *json.SyntaxError
	if err := json.Unmarshal(d.src, new(json.RawMessage)); errors.As(err, &syntax) {
		line, column := d.place(int(syntax.Offset) - 1)
		return nil, fmt.Errorf("lockfile: %s line %d column %d: %v: write it again with npm install --package-lock-only", name, line, column, err)
	} else if err != nil {
		return nil, fmt.Errorf("lockfile: %s: %w: write it again with npm install --package-lock-only", name, err)
	}
	r := reader{document: d, dec: json.NewDecoder(bytes.NewReader(d.src))}
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if root.kind != json.Delim('{') {
		return nil, fmt.Errorf("lockfile: %s is not a JSON object: write it again with npm install --package-lock-only", name)
	}
	d.root = root
	return d, nil
}

// reader builds values from the token stream.
type reader struct {
	*document
	dec *json.Decoder
}

// next gives a token and where it begins.
func (r reader) next() (json.Token, int, error) {
	at := int(r.dec.InputOffset())
	for at < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[at]) >= 0 {
		at++
	}
	token, err := r.dec.Token()
	if err != nil {
		return nil, at, r.errorAt(at, err.Error())
	}
	return token, at, nil
}

func (r reader) value(depth int) (*value, error) {
	token, at, err := r.next()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, r.errorAt(at, fmt.Sprintf("nested deeper than %d", maxDepth))
	}
	v := &value{offset: at, kind: token}
	switch token := token.(type) {
	case string:
		v.kind, v.text = "", token
	case json.Delim:
		if token == '{' {
			return v, r.object(v, depth)
		}
		return v, r.array(depth)
	}
	return v, nil
}

func (r reader) object(v *value, depth int) error {
	seen := map[string]bool{}
	for r.dec.More() {
		token, at, err := r.next()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if seen[key] {
			return r.errorAt(at, fmt.Sprintf("the key %q stands there twice", key))
		}
		seen[key] = true
		inner, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.members = append(v.members, member{key: key, offset: at, value: inner})
	}
	_, _, err := r.next()
	return err
}

// array reads past the items: no rule here looks into one.
func (r reader) array(depth int) error {
	for r.dec.More() {
		if _, err := r.value(depth + 1); err != nil {
			return err
		}
	}
	_, _, err := r.next()
	return err
}

// get gives a member's value, nil when there is none.
func (v *value) get(key string) *value {
	for _, m := range v.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// loose gives a text of which nothing depends: "" when it is of another type.
func (v *value) loose(key string) string {
	if found := v.get(key); found != nil && found.kind == "" {
		return found.text
	}
	return ""
}

// isTrue tells whether a flag is set.
func (v *value) isTrue(key string) bool {
	found := v.get(key)
	return found != nil && found.kind == true
}

// text gives a member that must be a string, or "" when there is none.
func (d *document) text(v *value, key string) (string, error) {
	found := v.get(key)
	if found == nil {
		return "", nil
	}
	if found.kind != "" {
		return "", d.errorAt(found.offset, fmt.Sprintf("%q is not a string", key))
	}
	return found.text, nil
}

// object gives a member that must be an object, or nil when there is none.
func (d *document) object(v *value, key string) (*value, error) {
	found := v.get(key)
	if found != nil && found.kind != json.Delim('{') {
		return nil, d.errorAt(found.offset, fmt.Sprintf("%q is not an object", key))
	}
	return found, nil
}

func (d *document) errorAt(offset int, what string) error {
	line, column := d.place(offset)
	return fmt.Errorf("lockfile: %s line %d column %d: %s: write it again with npm install --package-lock-only", d.name, line, column, what)
}

// place gives line and column of an offset, both from 1.
func (d *document) place(offset int) (line, column int) {
	offset = max(offset, 0) // an empty file's error stands before its start
	line, exact := slices.BinarySearch(d.lines, offset)
	if exact {
		line++
	}
	return line, offset - d.lines[line-1] + 1
}

// lineStarts gives the offset at which each line begins.
func lineStarts(src []byte) []int {
	starts := []int{0}
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
