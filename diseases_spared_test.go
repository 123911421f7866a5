package listo_test

import (
	"slices"
	"strings"
)

// unaffected leaves out checks of the disease's own gate that wait for seconds and
// that it cannot affect: rules are no matter of probes, probes none of counters, slow
// clients none of headers. `make diseases DISEASES=whole` and `=together` leave out
// nothing.
func unaffected(d disease) (excused string) {
	for _, id := range spared(d) {
		if id != d.Check && !slices.Contains(d.Consequences, id) {
			excused += "  " + id + ": this disease cannot affect it\n"
		}
	}
	return excused
}

func spared(d disease) []string {
	switch d.gate() {
	case "observability":
		return sparedObservability(d)
	case "security":
		// On bare sockets: who frames a request wrongly does so at its head and body,
		// whatever headers, origins and tokens the answers have.
		if slices.Contains([]string{"security.framing", "security.requests", "security.trust", "security.slow"}, d.Check) {
			return []string{"security.slow"}
		}
		return []string{"security.framing", "security.requests", "security.slow"}
	case "parity":
		return []string{"parity.timeouts"}
	}
	return nil
}

func sparedObservability(d disease) (all []string) {
	probes := []string{"healthz", "readyz", "recovery", "survival"}
	traces := []string{"request_id", "hostile_id", "logs"}
	counters := []string{"metrics", "latency", "cardinality"}
	rules := []string{"alert_names", "alerts"}
	kind, _, _ := strings.Cut(d.ID, "-")
	for _, id := range map[string][]string{
		"health": slices.Concat(traces, counters, rules), "ready": slices.Concat(traces, counters, rules), "dies": slices.Concat(counters, rules),
		"id": slices.Concat(probes, rules), "log": slices.Concat(probes, rules),
		"count": probes, "histogram": probes, "label": probes, "alert": slices.Concat(probes, traces, counters),
	}[kind] {
		all = append(all, "observability."+id)
	}
	return all
}
