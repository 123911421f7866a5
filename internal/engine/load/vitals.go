package load

import (
	"syscall"
	"time"
)

// vitals are the system's counters about this process at one moment.
type vitals struct {
	cpu         time.Duration
	delay       map[string]time.Duration // by thread
	throttled   int64
	pressure    time.Duration
	descriptors int
	limit       int
	unknown     []string
}

// waitedSince adds up what the threads waited for a processor. A thread that
// was not there before began at zero.
func (v vitals) waitedSince(before vitals) (sum time.Duration) {
	for thread, delay := range v.delay {
		sum += delay - before.delay[thread]
	}
	return sum
}

// processorTime is the time that this process has used, user and system.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
