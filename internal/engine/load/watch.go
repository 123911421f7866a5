package load

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// lagEvery is how long the watching goroutine sleeps at a time: 200 samples of
// lateness per second for less than one percent of a core.
const lagEvery = 5 * time.Millisecond

// watch observes this process while it measures. A nil watch observes nothing.
type watch struct {
	began time.Time
	first vitals
	pause debug.GCStats

	mu     sync.Mutex
	lag    Histogram
	recent time.Duration // the most lag since the last look
	health []Health
	before vitals // at the last look
	looked time.Time
	most   int // descriptors
	over   bool
	asleep sync.WaitGroup
	last   Instrument
}

func startWatch() *watch {
	w := &watch{began: time.Now(), first: readVitals()}
	w.before, w.looked, w.most = w.first, w.began, w.first.descriptors
	debug.ReadGCStats(&w.pause)
	w.asleep.Go(w.listen)
	return w
}

// listen sleeps and notes how late it wakes. It is woken as a user is by an
// answer: it sees the queue for a processor of the system and that for one of
// Go's.
func (w *watch) listen() {
	sleep, stop := newAlarm()
	defer stop()
	for {
		before := time.Now()
		sleep(lagEvery)
		late := time.Since(before) - lagEvery
		w.mu.Lock()
		w.lag.recordMissed(late)
		w.recent = max(w.recent, late)
		over := w.over
		w.mu.Unlock()
		if over {
			return
		}
	}
}

// recordMissed counts a lateness and those of the wakings that fell into it.
func (h *Histogram) recordMissed(late time.Duration) {
	for d := late; d >= 0; d -= lagEvery {
		h.Record(d)
	}
	if late < 0 {
		h.Record(0)
	}
}

// look adds a point to the course. Its first and last ones may come so soon after
// another that a share of that time would mean nothing: they add none.
func (w *watch) look() {
	if w == nil {
		return
	}
	now, v := time.Now(), readVitals()
	w.mu.Lock()
	defer w.mu.Unlock()
	if since := now.Sub(w.looked); since >= WindowLength/2 || len(w.health) == 0 && since > lagEvery {
		w.health = append(w.health, Health{At: now.Sub(w.began), CPUShare: share(v.cpu-w.before.cpu, since), LagMax: w.recent})
		w.recent = 0
	}
	w.before, w.looked = v, now
	w.most = max(w.most, v.descriptors)
}

// stop ends the watch and reads its figures.
func (w *watch) stop() {
	if w == nil {
		return
	}
	w.look()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.asleep.Wait()
	watched := w.looked.Sub(w.began)
	w.last = Instrument{
		Watched:         watched,
		CPU:             w.before.cpu - w.first.cpu,
		Cores:           runtime.GOMAXPROCS(0),
		CPUShare:        share(w.before.cpu-w.first.cpu, watched),
		Lag:             w.lag.Summary(),
		RunDelay:        w.before.waitedSince(w.first),
		Throttled:       w.before.throttled - w.first.throttled,
		Pressure:        w.before.pressure - w.first.pressure,
		Descriptors:     w.most,
		DescriptorLimit: w.before.limit,
		Unknown:         w.before.unknown,
		Health:          w.health,
	}
	w.collections()
}

// collections reads how often the garbage collector ran and how long it stopped us.
func (w *watch) collections() {
	var now debug.GCStats
	debug.ReadGCStats(&now)
	n := now.NumGC - w.pause.NumGC
	w.last.Collections = n
	for _, pause := range now.Pause[:min(n, int64(len(now.Pause)))] {
		w.last.LongestPause = max(w.last.LongestPause, pause)
	}
}

// figures are what was seen until stop.
func (w *watch) figures() Instrument {
	if w == nil {
		return Instrument{Health: []Health{}}
	}
	return w.last
}

// share is the part of the cores that processor time is.
func share(cpu, wall time.Duration) float64 {
	if wall <= 0 {
		return 0
	}
	return cpu.Seconds() / wall.Seconds() / float64(runtime.GOMAXPROCS(0))
}
