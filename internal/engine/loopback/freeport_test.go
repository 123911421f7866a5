package loopback

import (
	"fmt"
	"net"
	"testing"
)

func TestFreePortIsNobodysAndNotTheKernels(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		p, err := FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if seen[p] {
			t.Errorf("port %d was given twice", p)
		}
		seen[p] = true
		if first := kernelsFirst(); p >= first {
			t.Errorf("port %d is the kernel's, which begins at %d", p, first)
		}
	}
}

func TestFreePortLeavesOutWhatIsTaken(t *testing.T) {
	p, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p+1))
	if err == nil { // else it is somebody's already
		defer l.Close()
	}
	if got, err := FreePort(); err != nil || got == p+1 {
		t.Errorf("FreePort() = %d, %v: somebody listens there", got, err)
	}
}
