package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep arrays and objects may nest: a reader that recurses
// must not be sunk by the text it reads.
const maxDepth = 512

// Position is a place in a text, both counted from 1; columns in bytes.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// String gives the place as editors write it; "" when it is not known.
func (p Position) String() string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Column)
}

// Tree is a JSON value with the place of each of its parts. Numbers are
// json.Number, as they stand.
type Tree struct {
	Value any
	at    map[string]Position // by JSON pointer (RFC 6901)
}

// At gives where the part at a JSON pointer stands, or the nearest part around it.
func (t Tree) At(pointer string) Position {
	for {
		if p, ok := t.at[pointer]; ok || pointer == "" {
			return p
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
}

// NotStrict is a text that is no strict JSON: what is wrong, and where.
type NotStrict struct {
	What string // "encoding", "bom", "empty", "syntax", "duplicate", "trailing", "depth"
	At   Position
	Say  string
}

// Error says what is wrong and where.
func (e NotStrict) Error() string { return fmt.Sprintf("%s at %s", e.Say, e.At) }

// ReadJSON reads a text that is exactly one JSON value (RFC 8259) in UTF-8, with
// no byte order mark and no member named twice. encoding/json alone takes half
// of such texts without a word.
func ReadJSON(text []byte) (Tree, error) {
	r := reader{text: text, lines: lineStarts(text), at: map[string]Position{}}
	if err := r.whole(); err != nil {
		return Tree{}, err
	}
	r.dec = json.NewDecoder(bytes.NewReader(text))
	r.dec.UseNumber()
	value, err := r.value("", 0)
	if err != nil {
		return Tree{}, err
	}
	if _, err := r.dec.Token(); err == nil || !isEnd(text[r.dec.InputOffset():]) {
		return Tree{}, r.wrong("trailing", "something follows the value", r.dec.InputOffset())
	}
	return Tree{value, r.at}, nil
}

type reader struct {
	text  []byte
	lines []int
	dec   *json.Decoder
	at    map[string]Position
}

// whole looks at what concerns the text as a whole.
func (r *reader) whole() error {
	switch {
	case bytes.HasPrefix(r.text, []byte("\xef\xbb\xbf")):
		return r.wrong("bom", "it begins with a byte order mark", 0)
	case len(bytes.TrimSpace(r.text)) == 0:
		return r.wrong("empty", "it is empty", 0)
	}
	for i := 0; i < len(r.text); {
		c, n := utf8.DecodeRune(r.text[i:])
		if c == utf8.RuneError && n == 1 {
			return r.wrong("encoding", "a byte is not UTF-8", int64(i))
		}
		i += n
	}
	return nil
}

func (r *reader) value(pointer string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, r.wrong("depth", fmt.Sprintf("it nests deeper than %d", maxDepth), r.dec.InputOffset())
	}
	begin := r.next()
	token, err := r.dec.Token()
	if err != nil {
		return nil, r.syntax(err)
	}
	r.at[pointer] = r.position(begin)
	switch token {
	case json.Delim('{'):
		return r.object(pointer, depth)
	case json.Delim('['):
		return r.array(pointer, depth)
	}
	return token, nil
}

func (r *reader) object(pointer string, depth int) (any, error) {
	object := map[string]any{}
	for r.dec.More() {
		begin := r.next()
		token, err := r.dec.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, r.syntax(err)
		}
		if _, twice := object[key]; twice {
			return nil, r.wrong("duplicate", fmt.Sprintf("the member %q is there twice", clip(key)), begin)
		}
		if object[key], err = r.value(pointer+"/"+escape(key), depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return nil, r.syntax(err)
	}
	return object, nil
}

func (r *reader) array(pointer string, depth int) (any, error) {
	array := []any{}
	for r.dec.More() {
		element, err := r.value(pointer+"/"+strconv.Itoa(len(array)), depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	if _, err := r.dec.Token(); err != nil {
		return nil, r.syntax(err)
	}
	return array, nil
}

// next is where the next token begins: the decoder stands behind the last one.
func (r *reader) next() int64 {
	i := r.dec.InputOffset()
	for i < int64(len(r.text)) && strings.IndexByte(" \t\r\n,:", r.text[i]) >= 0 {
		i++
	}
	return i
}

func (r *reader) syntax(err error) error {
	at := r.dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = max(syntax.Offset-1, 0)
	}
	return r.wrong("syntax", "it is no JSON", at)
}

func (r *reader) wrong(what, say string, offset int64) error {
	return NotStrict{what, r.position(offset), say}
}

func (r *reader) position(offset int64) Position {
	low, high := 0, len(r.lines)
	for high-low > 1 {
		if middle := (low + high) / 2; int64(r.lines[middle]) <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return Position{low + 1, int(offset) - r.lines[low] + 1}
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func isEnd(rest []byte) bool { return len(bytes.TrimSpace(rest)) == 0 }

// escape writes one token of a JSON pointer. A document has tens of thousands: a
// Replacer would be built anew for each.
func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// unescape reads one token, in the order that RFC 6901 (section 4) wants.
func unescape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// clip shortens a text that a stranger wrote, for a sentence.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
