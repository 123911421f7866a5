// Package loopback finds TCP ports of loopback for programs that are told their port
// and open it a moment later. It knows which ports the kernel hands out of itself;
// it does not know the programs.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
)

// lowest is the first port given: below lie those of well-known services
// (RFC 6335, section 6) and what people run on their machines.
const lowest = 20000

// ephemeral is where the kernel begins to pick ports for connections and for
// listeners without a wish: IANA's range, and Linux's own by default (ip(7)).
const ephemeral = 32768

// FreePort gives a port that nobody listens on, none of the others given, and that
// the kernel gives to nobody before the program it is for opens it: a port of the
// ephemeral range may be taken by any connection in between. Programs that ask side
// by side are told apart by chance. Where the kernel's range begins so low that
// none is left, or all are taken, it is an ephemeral one.
func FreePort(others ...int) (int, error) {
	if room := kernelsFirst() - lowest; room > 0 {
		for range room {
			port := lowest + rand.IntN(room)
			if !slices.Contains(others, port) && free(port) {
				return port, nil
			}
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("loopback: no port of 127.0.0.1 is free: end programs that listen: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// free tells that the port is nobody's on any address: a program may listen on all.
func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// kernelsFirst reads where the kernel's own range begins.
func kernelsFirst() int {
	first := ephemeral
	if src, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(src), &first) // what cannot be read leaves the usual
	}
	return min(first, ephemeral)
}
