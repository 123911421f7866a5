// Package loopback finds TCP ports of loopback for programs that are told their port
// and open it a moment later. It knows which ports the kernel hands out of itself;
// it does not know the programs.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
)

// lowest is the first port given: below lie those of well-known services
// (RFC 6335, section 6) and what people run on their machines.
const lowest = 20000

// ephemeral is where the kernel begins to pick ports for connections and for
// listeners without a wish: IANA's range, and Linux's own by default (ip(7)).
const ephemeral = 32768

var (
	mu   sync.Mutex
	next = lowest + rand.IntN(ephemeral-lowest) // programs side by side begin elsewhere
)

// FreePort gives a port that nobody listens on and that the kernel gives to nobody
// before the program it is for opens it: a port of the ephemeral range may be
// taken by any connection in between. No port is given twice in a row. Where all
// of the range is taken, or the kernel's range begins below, it is an ephemeral one.
func FreePort() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	end := kernelsFirst()
	for range end - lowest {
		next++
		if next < lowest || next >= end {
			next = lowest
		}
		if free(next) {
			return next, nil
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
