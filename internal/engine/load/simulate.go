package load

import (
	"context"
	"net"
	"time"
)

// Dial makes a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// machineKey is the key of a context that says which machine runs go on on.
type machineKey struct{}

// Simulate gives a context for tests: runs in it take their connections from dial and
// sleep by the standard library's clock, on a machine that is never busy. In a bubble
// of testing/synctest time then passes exactly, so that whoever stands on this
// package is tested by what it shows and not by how busy the real machine is.
func Simulate(ctx context.Context, dial Dial) context.Context {
	return context.WithValue(ctx, machineKey{}, machine{dial: dial, alarm: plainAlarm, idle: true})
}

// machineOf gives the machine of a context: this one, unless it was simulated.
func machineOf(ctx context.Context) machine {
	if m, ok := ctx.Value(machineKey{}).(machine); ok {
		return m
	}
	return thisMachine()
}

func plainAlarm() (sleep func(time.Duration), stop func()) { return time.Sleep, func() {} }

// simulated is the calibration of a machine that is never busy: nobody reaches its
// ceiling, and it adds nothing.
func simulated(users int) Calibration {
	return Calibration{Users: users, Rate: 1e9, Floor: Latency{N: 1}}
}
