// Package plot draws what a load run saw: its course over time, and its latencies
// from the common ones to the rare.
//
// It knows which figures of a run belong above each other, where a run stood still
// and in which words a picture says so, since a picture is evidence and is made while
// the page around it is not. It does not know what a good latency is, and it leaves
// scales and strokes to the engine of charts.
package plot

import (
	"math"
	"time"

	"listo/internal/engine/load"
	labload "listo/internal/lab/load"
)

// Part is a run of a picture; a picture may show several, one after the other.
type Part struct {
	*labload.Run
	// Name is what its measured part is called; "" is called measured.
	Name string
}

// Rule is the line that latencies must not cross. Without a name none is drawn.
type Rule struct {
	Name string
	At   time.Duration
}

// begun are the windows in which requests were begun; what came in later says
// nothing about a rate.
func (p Part) begun() []load.Window {
	n := int((p.WarmUp.Lasted + p.Measured + load.WindowLength - 1) / load.WindowLength)
	return p.Series[:min(n, len(p.Series))]
}

// seconds is the room that the part takes on the axis of time.
func (p Part) seconds() float64 { return float64(len(p.begun())) * window }

// latency is a window's latency in milliseconds; none when nothing was answered.
func latency(w load.Window, d time.Duration) float64 {
	if w.Done == 0 {
		return math.NaN()
	}
	return milliseconds(d)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
