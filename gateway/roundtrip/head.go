package roundtrip

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

func isEnd(err error) bool { return err == io.EOF } //nolint:errorlint // a reader's own end, not one that somebody wrapped

// head waits for a whole head and gives it without taking it from the reader.
func (c *conn) head() ([]byte, error) {
	for seen := 0; ; {
		b, err := c.from.Peek(c.from.Buffered())
		if err != nil {
			return nil, err
		}
		if end := headEnd(b, seen); end > 0 {
			return b[:end], nil
		}
		seen = len(b)
		if len(b) == c.from.Size() {
			c.grow(b)
		}
		if _, err := c.from.Peek(seen + 1); err != nil {
			if errors.Is(err, io.EOF) && seen > 0 {
				return nil, garbled("ends in its head")
			}
			return nil, err
		}
	}
}

// grow doubles the memory for the head.
func (c *conn) grow(held []byte) {
	c.from = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(held)), c), 2*len(held))
	_, _ = c.from.Peek(len(held)) // they are in memory
}

// headEnd gives where the head ends, behind its empty line; 0 when that has not come. Bytes before seen were looked at already.
func headEnd(b []byte, seen int) int {
	for at := max(0, seen-2); ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		switch rest := b[at:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return at + 1
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return at + 2
		}
	}
}

// honest refuses a head that leaves open where its answer ends. net/http takes some of them in one sense; but whoever wrote them may have
// meant the other, and then the rest would be read as the answer to somebody else's request (RFC 9112, sections 6.1 and 6.3).
func honest(head []byte) error {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) && !bytes.HasPrefix(head, []byte("HTTP/1.0 ")) {
		return garbled("is no HTTP/1")
	}
	old := head[7] == '0'
	coded, long := false, false
	for rest := head; len(rest) > 0; {
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		switch {
		case spaced(line):
			return garbled("has a space before a colon") // net/http takes it for a part of the name: the field would not count
		case named(line, "Content-Length"):
			if long = true; !number(line[bytes.IndexByte(line, ':')+1:]) {
				return garbled("has a length that is no number") // net/http takes an empty one for none
			}
		case named(line, "Transfer-Encoding"):
			coded = true
		}
	}
	switch {
	case coded && long:
		return garbled("has both a length and a transfer coding")
	case coded && old:
		return garbled("has a transfer coding, which HTTP/1.0 does not know")
	}
	return nil
}

// named says whether a line is a field of this name.
func named(line []byte, name string) bool {
	if len(line) <= len(name) || line[0]|0x20 != name[0]|0x20 || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(line[len(name):], " \t"), []byte(":"))
}

// spaced says whether the name of a length or of a coding is not followed by its colon at once.
func spaced(line []byte) bool {
	i := bytes.IndexByte(line, ':')
	return i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') && (named(line, "Content-Length") || named(line, "Transfer-Encoding"))
}

// number says whether a value is digits and nothing else.
func number(value []byte) bool {
	value = bytes.Trim(value, " \t\r")
	for _, c := range value {
		if c < '0' || '9' < c {
			return false
		}
	}
	return len(value) > 0
}
