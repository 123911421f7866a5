package load

import (
	"bytes"
	"errors"
	"io"
)

const (
	// firstBuffer is the buffer that a user begins with, in bytes.
	firstBuffer = 8 << 10
	// maxHead limits the head of an answer, interim answers included, and each
	// trailer section, in bytes.
	maxHead = 64 << 10
	// maxChunkLine limits the line before a chunk, in bytes.
	maxChunkLine = 4 << 10
)

var (
	errMalformed = errors.New("the answer is not HTTP/1.1")
	errTooLarge  = errors.New("the answer is over the limit")
)

// answer is one response. Its slices point into the reader's buffer and hold
// until the next read.
type answer struct {
	status int
	// close says that no further request may be sent on the connection.
	close    bool
	media    []byte // Content-Type
	encoding []byte // Content-Encoding
	body     []byte // nil when it was not kept
	length   int64  // bytes of body as sent, without the framing
}

// reader reads one answer after the other from a connection, into one buffer
// that it uses again. It reads no further than it must know: what follows an
// answer stays unread in the buffer, see left.
//
//	buf:  ...head or kept body... | dead | unread | free
//	                             out     r        w
type reader struct {
	src     io.Reader
	buf     []byte
	out     int // end of what must stay
	r, w    int // unread
	got     int64
	maxBody int64
}

// read reads the final answer to a request. toHEAD says that it has no body
// whatever its head promises. keep says whether the body is wanted.
func (r *reader) read(src io.Reader, toHEAD, keep bool) (answer, error) {
	if r.buf == nil {
		r.buf = make([]byte, firstBuffer)
	}
	r.src, r.out, r.r, r.w, r.got = src, 0, 0, 0, 0
	a, f, err := r.head()
	for err == nil && a.status/100 == 1 && a.status != 101 {
		a, f, err = r.head()
	}
	if err != nil {
		return a, r.cause(err)
	}
	a.close = f.close()
	if toHEAD || a.status == 101 || a.status == 204 || a.status == 304 {
		a.close = a.close || a.status == 101
		return a, nil
	}
	if !f.chunked && f.length < 0 {
		a.close = true
	}
	start := r.out
	a.length, err = r.body(f, keep)
	if keep {
		a.body = r.buf[start:r.out]
	}
	return a, r.cause(err)
}

// cause makes an end of the stream within an answer what it is.
func (r *reader) cause(err error) error {
	if err == io.EOF && r.got > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// left says whether bytes followed the answer that nobody asked for.
func (r *reader) left() bool { return r.r < r.w }

// more reads from the connection, behind the unread bytes. The unread bytes may
// move, and the buffer may grow up to a limit.
func (r *reader) more(limit int) error {
	if r.r == r.w {
		r.r, r.w = r.out, r.out
	}
	if r.w == len(r.buf) && r.out < r.r {
		r.w = r.out + copy(r.buf[r.out:], r.buf[r.r:r.w])
		r.r = r.out
	}
	if r.w == len(r.buf) {
		if len(r.buf) >= limit {
			return errTooLarge
		}
		r.buf = append(r.buf, make([]byte, min(len(r.buf), limit-len(r.buf)))...)
	}
	n, err := r.src.Read(r.buf[r.w:])
	r.w += n
	r.got += int64(n)
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}

// line takes the next line, its LF included. It stays in the buffer until more
// is called.
func (r *reader) line(limit int) ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(r.buf[r.r+seen:r.w], '\n'); i >= 0 {
			line := r.buf[r.r : r.r+seen+i+1]
			r.r += len(line)
			return line, nil
		}
		if seen = r.w - r.r; seen >= limit {
			return nil, errTooLarge
		}
		if err := r.more(max(r.out+limit, firstBuffer)); err != nil {
			return nil, err
		}
	}
}
