package observability

import (
	"sync"
	"time"
)

// lagEvery is how often the instrument looks whether it is served in time.
const lagEvery = 20 * time.Millisecond

// watchLag measures how late this process is woken: what we see late may have
// happened in time. The function it gives ends it and tells the worst.
func watchLag() func() time.Duration {
	stop, worst := make(chan struct{}), time.Duration(0)
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			due := time.Now().Add(lagEvery)
			select {
			case <-stop:
				return
			case <-time.After(lagEvery):
				worst = max(worst, time.Since(due))
			}
		}
	})
	var once sync.Once
	return func() time.Duration {
		once.Do(func() { close(stop); looking.Wait() })
		return worst
	}
}
