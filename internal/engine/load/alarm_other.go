//go:build unix && !linux

package load

import "time"

// newAlarm gives the runtime's timers, which wake up to a millisecond late.
func newAlarm() (sleep func(time.Duration), stop func()) { return time.Sleep, func() {} }
