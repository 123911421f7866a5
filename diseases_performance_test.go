package listo_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// measured tells that the disease is one of latency and load: its audit has the
// machine for itself.
func (d disease) measured() bool { return strings.HasPrefix(d.Check, "performance.") }

// performanceExcused spares such an audit the measurements whose outcome does not
// matter: a declared consequence may be red or not.
func (d disease) performanceExcused() (lines string) {
	for _, id := range slices.Sorted(slices.Values(d.Consequences)) {
		if d.measured() && strings.HasPrefix(id, "performance.") {
			lines += "  " + id + ": a declared consequence\n"
		}
	}
	return lines
}

// performanceLimits make the measurements of a disease's audit short. Its own
// check may be repeated when the machine was too busy to measure; what others
// cannot say is no red.
func (d disease) performanceLimits() string {
	durations := map[string]int{"normal": 2400, "peak": 2000, "connections": 1200, "answers": 1200, "recovery": 3000}
	lines := ""
	for _, name := range slices.Sorted(maps.Keys(durations)) {
		attempts := 1
		if d.Check == "performance."+name {
			attempts = 8
		}
		lines += fmt.Sprintf("  performance.%s.duration: %d\n  performance.%s.attempts: %d\n", name, durations[name], name, attempts)
	}
	return lines
}

// mix are edits of listo.yaml for a disease of an endpoint that the demo's mix has
// not: it becomes one request in fifty-one.
func (d disease) mix() []string {
	if d.ID != "load-slow-rare" {
		return nil
	}
	return []string{
		`empresaId=1", weight: 4}`, "empresaId=1\", weight: 20}\n    - {request: GET /api/empresas, weight: 1}",
		"GET /api/me, weight: 2}", "GET /api/me, weight: 10}", "GET /api/gastos/1, weight: 2}", "GET /api/gastos/1, weight: 10}",
		"POST /api/gastos\n      weight: 2\n", "POST /api/gastos\n      weight: 10\n",
	}
}
