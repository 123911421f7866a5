package listo_test

import "fmt"

// performanceLimits make the measurements of a disease's audit short. Its own
// check may be repeated when the machine was too busy to measure; what others
// cannot say is no red.
func (d disease) performanceLimits() string {
	durations := map[string]int{"normal": 2400, "peak": 2000, "connections": 1200, "answers": 1200, "recovery": 3000}
	lines := ""
	for name, duration := range durations {
		attempts := 1
		if d.Check == "performance."+name {
			attempts = 5
		}
		lines += fmt.Sprintf("  performance.%s.duration: %d\n  performance.%s.attempts: %d\n", name, duration, name, attempts)
	}
	return lines
}
