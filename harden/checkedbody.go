package harden

import (
	"errors"
	"os"
)

// readLength gives out a body whose length is known, never a byte of what follows it.
func (c *checkedConn) readLength(p []byte) (int, error) {
	p = p[:min(int64(len(p)), c.left)]
	n, err := 0, error(nil)
	if len(c.buf) > 0 {
		n = copy(p, c.buf)
		c.drop(n)
	} else {
		n, err = c.Conn.Read(p)
	}
	c.bodyGiven(n)
	return n, err
}

// readChunks gives out a body in chunks as far as it is well formed; then the fault is the error, and the cure of bodies answers.
func (c *checkedConn) readChunks(p []byte) (int, error) {
	if len(c.buf) == 0 && c.chunks.part == chunkData {
		n, err := c.Conn.Read(p[:min(int64(len(p)), c.chunks.left)])
		_, _, _ = c.chunks.feed(p[:n]) // data is always good
		return n, err
	}
	for {
		good, done, f := c.chunks.feed(c.buf)
		if f != nil {
			c.broken, c.phase = f, over
		}
		if good > 0 {
			c.ready, c.last = good, done
			return c.giveOut(p), nil
		}
		if f == nil {
			_ = c.more(false)
		}
		if c.broken != nil {
			return 0, c.bodyError()
		}
	}
}

// bodyError is the error of a body; a deadline may be moved, everything else stays.
func (c *checkedConn) bodyError() error {
	err := c.broken
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.broken = nil
	}
	return err
}
