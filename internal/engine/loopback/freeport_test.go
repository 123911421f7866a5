package loopback

import (
	"fmt"
	"net"
	"testing"
)

func TestFreePortIsNotTheKernels(t *testing.T) {
	for range 50 {
		port, err := FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if first := kernelsFirst(); port < lowest || port >= first {
			t.Errorf("port %d is not between %d and the kernel's own, which begin at %d", port, lowest, first)
		}
	}
}

func TestFreePortLeavesOutWhatIsTaken(t *testing.T) {
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if !free(port) {
		t.Fatalf("port %d was given and is not free", port)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if free(port) {
		t.Errorf("port %d counts as free, and somebody listens there", port)
	}
}

func TestFreePortIsNoneOfTheOthers(t *testing.T) {
	var all []int // every port of the range but one
	for port := lowest; port < kernelsFirst(); port++ {
		if port != lowest+7 {
			all = append(all, port)
		}
	}
	for range 20 {
		port, err := FreePort(all...)
		if err != nil {
			t.Fatal(err)
		}
		if port >= lowest && port < kernelsFirst() && port != lowest+7 {
			t.Errorf("port %d was given again", port)
		}
	}
}
