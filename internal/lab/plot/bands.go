package plot

import (
	"math"

	"listo/internal/engine/chart"
)

// quiet is how many answers a window must bring on average for an empty one to be
// a stall: where few are asked for, a quarter of a second without one is nothing.
const quiet = 4

// bands set apart the warm-ups, and the stalls within the measured parts.
func (c Captions) bands(parts []Part) (all []chart.Band) {
	from := 0.0
	for _, p := range parts {
		name := p.Name
		if name == "" {
			name = c.say("measured")
		}
		warm, end := from+p.WarmUp.Lasted.Seconds(), from+p.seconds()
		all = append(all, chart.Band{Name: c.say("warm_up"), From: from, To: warm, Muted: true}, chart.Band{Name: name, From: warm, To: end})
		for _, s := range p.stalls() {
			all = append(all, chart.Band{Name: c.say("stall"), From: from + s.from, To: from + s.to, Muted: true})
		}
		from = end
	}
	return all
}

// stretch is a time within a part, in seconds.
type stretch struct{ from, to float64 }

// stalls are the stretches of the measured part in which no answer came.
func (p Part) stalls() (all []stretch) {
	windows := p.begun()
	var done int64
	for _, w := range windows {
		done += w.Done
	}
	if done < quiet*int64(len(windows)) {
		return nil
	}
	still := -1
	for i := int(math.Ceil(p.WarmUp.Lasted.Seconds() / window)); i <= len(windows); i++ {
		empty := i < len(windows) && windows[i].Done == 0
		if empty && still < 0 {
			still = i
		}
		if !empty && still >= 0 {
			all = append(all, stretch{float64(still) * window, float64(i) * window})
			still = -1
		}
	}
	return all
}
