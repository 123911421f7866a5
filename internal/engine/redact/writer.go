package redact

import (
	"errors"
	"io"
	"maps"
)

// Writer cleans a stream on its way to another writer. A secret may be split
// over any number of writes; what arrives is byte for byte what Clean gives for
// the whole. It holds back only bytes that may still become part of a secret, so
// Close must be called. It is for one goroutine at a time.
type Writer struct {
	to   io.Writer
	pipe *pipe
	err  error
}

var errClosed = errors.New("redact: write after close: open a new writer")

// Writer gives a cleaning writer before w.
func (r *Redactor) Writer(w io.Writer) *Writer {
	return &Writer{to: w, pipe: newPipe(r, true)}
}

// Write takes all of b, or gives the first error of the writer behind.
func (w *Writer) Write(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.err = w.pass(b, false); w.err != nil {
		return 0, w.err
	}
	return len(b), nil
}

// Close writes what was held back. It does not close the writer behind; a second
// Close does nothing.
func (w *Writer) Close() error {
	if w.err != nil {
		if w.err == errClosed {
			return nil
		}
		return w.err
	}
	err := w.pass(nil, true)
	w.err = errClosed
	return err
}

// Found counts the marks written so far, by name; nil when there are none.
func (w *Writer) Found() map[string]int { return maps.Clone(w.pipe.found) }

func (w *Writer) pass(b []byte, final bool) error {
	clean := w.pipe.feed(b, final)
	if len(clean) == 0 {
		return nil
	}
	n, err := w.to.Write(clean)
	if err == nil && n < len(clean) {
		err = io.ErrShortWrite
	}
	return err
}
