package load

import (
	"syscall"
	"time"
)

// promptly is how soon after an answer the next request is sent by prompt.
const promptly = 20 * time.Microsecond

// prompt sends a request right behind an answer, and waits until something comes
// back. A net.Conn that is read looks into the socket before it waits; right
// behind a request there is nothing yet, so one system call of three is for
// nothing. RawConn.Read lets us decide when to look: it forgets what the socket
// said before, calls step, and waits when step says that there was nothing.
//
// What it forgets would be the end of a connection whose server closed one half,
// unannounced, since the answer was read, and went on to read without a word: that
// is a Timeout then, and not a ResetReused. Hence promptly, within which hardly
// anything can be forgotten.
type prompt struct {
	raw  syscall.RawConn
	step func(fd uintptr) bool
	rest []byte // not sent yet
	sent bool
	err  error
}

func newPrompt(raw syscall.RawConn) *prompt {
	p := &prompt{raw: raw}
	p.step = p.write
	return p
}

// send gives what could not be sent without waiting, and must be by other means.
func (p *prompt) send(request []byte) (rest []byte, err error) {
	p.rest, p.sent, p.err = request, false, nil
	// Why it did not wait, be it that the time is up, the reader sees when it reads.
	_ = p.raw.Read(p.step)
	return p.rest, p.err
}

// write is called once to send, and once more when there is something to read.
func (p *prompt) write(fd uintptr) (done bool) {
	for !p.sent {
		n, err := syscall.Write(int(fd), p.rest)
		if err == syscall.EINTR {
			continue
		}
		p.sent = true
		if n > 0 {
			p.rest = p.rest[n:]
		}
		if err != nil && err != syscall.EAGAIN {
			p.err = err
		}
		return err != nil || len(p.rest) > 0
	}
	return true
}
