package load

import (
	"bytes"
	"io"
)

// body reads a body to its end and gives its length as sent. When it is kept,
// its bytes stand at the end of what stays in the buffer.
func (r *reader) body(f framing, keep bool) (int64, error) {
	switch {
	case f.chunked:
		return r.chunks(keep)
	case f.length > r.maxBody:
		return 0, errTooLarge
	case f.length >= 0:
		return f.length, r.take(f.length, keep)
	}
	return r.rest(keep)
}

// rest reads a body that the end of the connection ends.
func (r *reader) rest(keep bool) (int64, error) {
	var length int64
	for {
		n := int64(r.w - r.r)
		if length += n; length > r.maxBody {
			return length, errTooLarge
		}
		if err := r.take(n, keep); err != nil {
			return length, err
		}
		if err := r.more(r.room()); err == io.EOF {
			return length, nil
		} else if err != nil {
			return length, err
		}
	}
}

// take reads n bytes of body.
func (r *reader) take(n int64, keep bool) error {
	for n > 0 {
		if r.r == r.w {
			if err := r.more(r.room()); err != nil {
				return err
			}
		}
		piece := int(min(n, int64(r.w-r.r)))
		if keep {
			if r.out != r.r {
				copy(r.buf[r.out:], r.buf[r.r:r.r+piece])
			}
			r.out += piece
		}
		r.r += piece
		n -= int64(piece)
	}
	return nil
}

// room is how large the buffer may become within a body: what stays, a body of
// the largest size, and a line of framing.
func (r *reader) room() int { return maxHead + int(r.maxBody) + maxChunkLine }

// chunks reads a chunked body (RFC 9112, section 7.1) and its trailer section.
func (r *reader) chunks(keep bool) (int64, error) {
	var length int64
	for {
		size, err := r.chunkSize()
		if err != nil {
			return length, err
		}
		if size == 0 {
			return length, r.trailers()
		}
		if size > r.maxBody-length {
			return length, errTooLarge
		}
		length += size
		if err := r.take(size, keep); err != nil {
			return length, err
		}
		if line, err := r.crlfLine(maxChunkLine); err != nil {
			return length, err
		} else if len(line) > 0 {
			return length, errMalformed
		}
	}
}

// chunkSize reads the line before a chunk. Extensions are ignored.
func (r *reader) chunkSize() (int64, error) {
	line, err := r.crlfLine(maxChunkLine)
	if err != nil {
		return 0, err
	}
	digits, _, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte(";"))
	if len(digits) == 0 || len(digits) > 15 {
		return 0, errMalformed
	}
	var size int64
	for _, c := range digits {
		d := hexDigit(c)
		if d < 0 {
			return 0, errMalformed
		}
		size = size<<4 | d
	}
	return size, nil
}

func hexDigit(c byte) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return -1
}

// trailers reads the field lines after the last chunk and drops them.
func (r *reader) trailers() error {
	var ignored answer
	f := framing{minor: 1}
	for size := 0; ; {
		line, err := r.crlfLine(maxHead)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if size += len(line); size > maxHead {
			return errTooLarge
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return errMalformed
		}
		if _, ok := ignored.field(&f, line); !ok {
			return errMalformed
		}
	}
}

// crlfLine takes a line that CRLF must end; chunked framing has no other
// (RFC 9112, erratum 7633).
func (r *reader) crlfLine(limit int) ([]byte, error) {
	line, err := r.line(limit)
	if err != nil {
		return nil, err
	}
	end := bytes.IndexByte(line, '\r')
	if end < 0 || end != len(line)-2 {
		return nil, errMalformed
	}
	return line[:end], nil
}
