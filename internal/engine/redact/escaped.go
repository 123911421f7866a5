package redact

import "strings"

// escaped matches a value written as it is, or with any of its characters
// escaped in any of the usual ways. It walks text and value in step, because the
// ways to escape "some characters" are too many to list.
type escaped string

// point is a place reached in both: so many bytes of text stand for so many of
// the value.
type point struct{ text, value int }

func (e escaped) match(text []byte) (end int, more bool) {
	var room [8]point
	points := append(room[:0], point{})
	for n := 0; n < len(points); n++ {
		p := points[n]
		for p.value < len(e) && p.text < len(text) {
			if c := text[p.text]; !introduces(c) {
				if c != e[p.value] {
					break
				}
				p = point{p.text + 1, p.value + 1}
				continue
			}
			var ways readings
			ways.read(text[p.text:], string(e[p.value:]))
			more = more || ways.more
			if ways.n == 0 {
				break
			}
			for _, step := range ways.steps[1:ways.n] {
				points = addPoint(points, p.plus(step))
			}
			p = p.plus(ways.steps[0])
		}
		switch {
		case p.value == len(e):
			end = max(end, p.text)
		case p.text == len(text):
			more = true
		}
	}
	return end, more
}

func (p point) plus(step point) point { return point{p.text + step.text, p.value + step.value} }

// addPoint keeps the walk from taking the same way twice.
func addPoint(points []point, p point) []point {
	for _, known := range points {
		if known == p {
			return points
		}
	}
	return append(points, p)
}

// introduces tells that a byte may be more than itself.
func introduces(c byte) bool {
	switch c {
	case '\\', '%', '&', '+', '\'', '"':
		return true
	}
	return false
}

// readings are the ways to read the front of a text as the front of a value.
type readings struct {
	steps [6]point
	n     int
	more  bool // there may be another way once more text has come
}

func (r *readings) add(text, value int) {
	r.steps[r.n] = point{text, value}
	r.n++
}

func (r *readings) read(text []byte, value string) {
	c := text[0]
	if c == value[0] {
		r.add(1, 1)
	}
	switch c {
	case '+': // a space in a query
		if value[0] == ' ' {
			r.add(1, 1)
		}
	case '%':
		r.decoded(percent(text), value)
	case '&':
		r.decoded(entity(text), value)
	case '\\':
		r.backslashes(text, value)
	case '\'': // a quote inside shell single quotes, or doubled as in SQL and YAML
		r.quote(text, value, `'\''`, `'"'"'`, `''`)
	case '"': // doubled as in CSV
		r.quote(text, value, `""`)
	}
}

func (r *readings) quote(text []byte, value string, ways ...string) {
	if value[0] != ways[0][0] {
		return
	}
	for _, way := range ways {
		yes, more := begins(text, way)
		r.more = r.more || more
		if yes {
			r.add(len(way), 1)
		}
	}
}

// backslashes reads a run of backslashes. Each layer of JSON doubles a run, so
// any run at least as long as the value's own stands for it; what follows may be
// an escape.
func (r *readings) backslashes(text []byte, value string) {
	own := run(value, len(value))
	width := run(text, 8*(own+1))
	if width == len(text) {
		r.more = true
		return
	}
	if own > 0 && width >= own && width > 1 {
		r.add(width, own)
	}
	c := backslashed(text[width:])
	c.width += width
	r.decoded(c, value)
}

// run counts the backslashes at the front, up to limit.
func run[T string | []byte](text T, limit int) int {
	n := 0
	for n < len(text) && n < limit && text[n] == '\\' {
		n++
	}
	return n
}

// decoded adds an escaped character.
func (r *readings) decoded(c char, value string) {
	r.more = r.more || c.more
	if c.n > 0 && strings.HasPrefix(value, string(c.bytes[:c.n])) {
		r.add(c.width, c.n)
	}
}
