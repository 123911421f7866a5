package load

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// newAlarm gives a function that sleeps, for one goroutine, and one that ends it.
//
// The runtime's own timers wake up to a millisecond late, because epoll counts
// in milliseconds. A system call that sleeps is exact, but keeps a processor of
// Go's from running anything else for as long as nobody notices. A timerfd is
// exact and keeps nothing: it wakes its goroutine by the very way that an answer
// on a connection does.
func newAlarm() (sleep func(time.Duration), stop func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return time.Sleep, func() {} // no descriptor left: late is better than never
	}
	file := os.NewFile(uintptr(fd), "timerfd")
	expired := make([]byte, 8)
	sleep = func(d time.Duration) {
		if d <= 0 {
			return // a zero would disarm the timer
		}
		once := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
		if unix.TimerfdSettime(fd, 0, &once, nil) != nil {
			time.Sleep(d)
			return
		}
		if _, err := file.Read(expired); err != nil {
			time.Sleep(d)
		}
	}
	return sleep, func() { file.Close() }
}
