package harden

import "bytes"

// Bounds of the chunked coding. Nobody needs a chunk of 2^60 bytes or a kilobyte of extensions for one chunk.
const (
	mostChunkLine   = 1024
	mostChunkDigits = 15
)

// chunkPart is what comes next in a body in the chunked coding.
type chunkPart int

const (
	chunkSize chunkPart = iota
	chunkData
	chunkEnd // CR LF after the data
	chunkTrailer
)

// chunks checks a body in the chunked coding (RFC 9112, section 7.1) as its bytes come. Each line ends with CR LF, extensions are
// well formed, trailers are fields that do not speak of framing.
type chunks struct {
	limits headLimits
	part   chunkPart
	left   int64 // bytes of data left in this chunk
	fields int   // of the trailer
	size   int   // of the trailer, bytes
}

// feed takes b, what has come and is not yet passed on. It says how many bytes of it are good, and whether the body ends with them.
func (c *chunks) feed(b []byte) (good int, done bool, f *fault) {
	for good < len(b) {
		n := 0
		switch rest := b[good:]; c.part {
		case chunkData:
			n = int(min(c.left, int64(len(rest))))
			if c.left -= int64(n); c.left == 0 {
				c.part = chunkEnd
			}
		case chunkEnd:
			if rest[0] != '\r' || len(rest) > 1 && rest[1] != '\n' {
				return good, false, malformed("a chunk is longer than it says")
			}
			if len(rest) == 1 {
				return good, false, nil
			}
			n, c.part = 2, chunkSize
		default:
			if n, done, f = c.line(rest); f != nil || n == 0 {
				return good, false, f
			}
		}
		good += n
		if done {
			break
		}
	}
	return good, done, nil
}

// line takes one line, of a chunk's size or of the trailer; n is 0 while it is not complete.
func (c *chunks) line(b []byte) (n int, done bool, f *fault) {
	end := bytes.IndexByte(b, '\n')
	most := mostChunkLine
	if c.part == chunkTrailer {
		most = c.limits.bytes - c.size
	}
	if end >= most || end < 0 && len(b) > most {
		return 0, false, malformed("a line of the chunked body is too long")
	}
	if end < 0 {
		return 0, false, nil
	}
	if end == 0 || b[end-1] != '\r' {
		return 0, false, malformed("a line of the chunked body does not end with CR LF")
	}
	line := b[:end-1]
	if c.part == chunkSize {
		return end + 1, false, c.sizeLine(line)
	}
	if len(line) == 0 {
		return end + 1, true, nil
	}
	c.size += end + 1
	return end + 1, false, c.trailer(line)
}

func (c *chunks) sizeLine(line []byte) *fault {
	size, digits := int64(0), 0
	for digits < len(line) {
		d := unhex(line[digits])
		if d < 0 {
			break
		}
		if digits++; digits > mostChunkDigits {
			return malformed("a chunk is too large")
		}
		size = size<<4 | int64(d)
	}
	if digits == 0 || !extensions(line[digits:]) {
		return malformed("a chunk has no proper size")
	}
	c.left, c.part = size, chunkData
	if size == 0 {
		c.part = chunkTrailer
	}
	return nil
}

func (c *chunks) trailer(line []byte) *fault {
	name, _, f := fieldLine(line)
	if f != nil {
		return f
	}
	if c.fields++; c.fields > c.limits.fields {
		return malformed("the trailer has too many fields")
	}
	for _, never := range []string{"content-length", "transfer-encoding", "host", "trailer", "connection", "authorization"} {
		if len(name) == len(never) && is(name, never) {
			return malformed("a trailer may not hold " + never)
		}
	}
	return nil
}

// extensions says whether b is a list of chunk extensions: ;name, ;name=token or ;name="text", without white space.
func extensions(b []byte) bool {
	for len(b) > 0 {
		if b[0] != ';' {
			return false
		}
		n := tokenLength(b[1:])
		if n == 0 {
			return false
		}
		if b = b[1+n:]; len(b) == 0 || b[0] != '=' {
			continue
		}
		if b = b[1:]; len(b) > 0 && b[0] == '"' {
			n = quotedLength(b)
		} else {
			n = tokenLength(b)
		}
		if n == 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

func tokenLength(b []byte) int {
	n := 0
	for n < len(b) && token[b[n]] {
		n++
	}
	return n
}

// quotedLength is the length of the quoted string that b begins with; 0 when there is none.
func quotedLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
			if i < len(b) && (b[i] < ' ' && b[i] != '\t' || b[i] == 0x7f) {
				return 0
			}
		case c < ' ' && c != '\t' || c == 0x7f:
			return 0
		}
	}
	return 0
}

// unhex is the value of a hexadecimal digit; -1 for anything else.
func unhex(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
