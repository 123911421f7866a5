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
	// Waited is how long the threads of the service and of its database were ready
	// to run and had no processor.
	Waited time.Duration `json:"waited_ns"`
	// Own is the processor time of all that belongs to this audit: the service, its
	// database and listo itself.
	Own time.Duration `json:"own_ns"`
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
		Waited: max(0, m.Waited-before.Waited), Own: max(0, m.Own-before.Own),
		Busy: max(0, m.Busy-before.Busy), Idle: max(0, m.Idle-before.Idle)}
}

// Cores is how many processors the machine shows.
func (m Machine) Cores() float64 {
	if m.Wall <= 0 {
		return 0
	}
	return (m.Busy + m.Idle).Seconds() / m.Wall.Seconds()
}

// Foreign is the share of all processors that others used, 0 to 1.
func (m Machine) Foreign() float64 {
	if m.Busy+m.Idle <= 0 {
		return 0
	}
	return max(0, (m.Busy-m.Own).Seconds()) / (m.Busy + m.Idle).Seconds()
}
