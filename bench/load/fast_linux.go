package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"
)

// fast is a server that costs as little as one can (epoll, one thread), so that
// the generator's core is full before its own. It answers every blank line: who
// asks here sends requests without a body.
func fast(address string) error {
	runtime.LockOSThread()
	listening, err := listen(address)
	if err != nil {
		return err
	}
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	if err := watch(poll, listening); err != nil {
		return err
	}
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(answerBody), answerBody)
	events, room := make([]syscall.EpollEvent, 256), make([]byte, 16<<10)
	for {
		n, err := syscall.EpollWait(poll, events, -1)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) != listening {
				reply(int(e.Fd), room, answer)
			} else if err := accept(poll, listening); err != nil {
				return err
			}
		}
	}
}

func listen(address string) (int, error) {
	at, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return 0, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, err
	}
	to := &syscall.SockaddrInet4{Port: at.Port, Addr: [4]byte(at.IP.To4())}
	return fd, errors.Join(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1), syscall.Bind(fd, to), syscall.Listen(fd, 4096))
}

func watch(poll, fd int) error {
	return syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func accept(poll, listening int) error {
	fd, _, err := syscall.Accept(listening)
	if errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EINTR) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1), watch(poll, fd))
}

// reply answers what has arrived; a connection that has ended is closed, and with that no longer watched.
func reply(fd int, room, answer []byte) {
	n, err := syscall.Read(fd, room)
	for range bytes.Count(room[:max(n, 0)], []byte("\r\n\r\n")) {
		if err == nil {
			_, err = syscall.Write(fd, answer)
		}
	}
	if n <= 0 || err != nil {
		_ = syscall.Close(fd)
	}
}
