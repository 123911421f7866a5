package load

import "time"

// Machine is what processors did during a run. Figures that this system does not
// give are zero and Known is false.
type Machine struct {
	Known bool `json:"known"`
	// Wall is how long it was watched.
	Wall time.Duration `json:"wall_ns"`
	// Service is the processor time of the service's own processes: the one that
	// listo started, and its descendants.
	Service time.Duration `json:"service_ns"`
	// Busy and Idle are those of all processors together.
	Busy time.Duration `json:"busy_ns"`
	Idle time.Duration `json:"idle_ns"`
}

// since gives what happened between two readings.
func (m Machine) since(before Machine) Machine {
	if !m.Known || !before.Known {
		return Machine{}
	}
	return Machine{Known: true, Wall: m.Wall - before.Wall, Service: max(0, m.Service-before.Service),
		Busy: max(0, m.Busy-before.Busy), Idle: max(0, m.Idle-before.Idle)}
}

// Cores is how many processors the machine shows.
func (m Machine) Cores() float64 {
	if m.Wall <= 0 {
		return 0
	}
	return (m.Busy + m.Idle).Seconds() / m.Wall.Seconds()
}
