package wire

import (
	"sync/atomic"
	"time"
)

// lagEvery is how often the instrument's own lateness is looked at.
const lagEvery = 20 * time.Millisecond

// Lag watches how late this process wakes up: a machine that is too busy to
// wake listo in time is too busy to measure a timeout. The function it gives ends
// the watching and tells the worst lateness seen.
func Lag() func() time.Duration {
	var worst atomic.Int64
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for timer := time.NewTimer(lagEvery); ; timer.Reset(lagEvery) {
			due := time.Now().Add(lagEvery)
			select {
			case <-timer.C:
				worst.Store(max(worst.Load(), int64(time.Since(due))))
			case <-stop:
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		<-over
		return time.Duration(worst.Load())
	}
}
