//go:build unix && !linux

package load

// readVitals knows the processor time only.
func readVitals() vitals {
	return vitals{cpu: processorTime(), unknown: []string{"run_delay", "throttled", "pressure", "descriptors"}}
}
