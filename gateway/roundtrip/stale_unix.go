//go:build unix

package roundtrip

import (
	"net"
	"syscall"
)

// staleness gives a look at a connection without waiting: stale is one that has ended, and one that brought bytes nobody asked for. The
// answer to the next request would begin with them.
func staleness(n net.Conn) func() bool {
	s, ok := n.(syscall.Conn)
	if !ok {
		return func() bool { return false }
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return func() bool { return true }
	}
	var quiet bool
	var room [1]byte
	look := func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), room[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK || err == syscall.EINTR //nolint:errorlint // a system call wraps nothing
	}
	return func() bool { return raw.Control(look) != nil || !quiet }
}
