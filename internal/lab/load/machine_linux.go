package load

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of proc(5), USER_HZ: 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// readMachine reads the processor times now; pid is the service's process, 0
// when it is not known.
func readMachine(pid int) Machine {
	stat, err := os.ReadFile("/proc/stat")
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := strings.Fields(string(line))
	if err != nil || len(fields) < 9 || fields[0] != "cpu" {
		return Machine{}
	}
	m := Machine{Known: true, Wall: sinceBoot()}
	for i, text := range fields[1:9] { // user nice system idle iowait irq softirq steal
		n, _ := strconv.ParseInt(text, 10, 64)
		if i == 3 || i == 4 {
			m.Idle += time.Duration(n) * tick
		} else {
			m.Busy += time.Duration(n) * tick
		}
	}
	m.Service = treeTime(pid)
	return m
}

// sinceBoot reads the clock of /proc/uptime, which runs on monotonically.
func sinceBoot() time.Duration {
	text, _ := os.ReadFile("/proc/uptime")
	seconds, _, _ := strings.Cut(string(text), " ")
	f, _ := strconv.ParseFloat(seconds, 64)
	return time.Duration(f * float64(time.Second))
}

// treeTime adds up the processor time of a process and its descendants.
func treeTime(pid int) (sum time.Duration) {
	if pid <= 0 {
		return 0
	}
	parent, used := map[int]int{}, map[int]time.Duration{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		text, err := os.ReadFile(file)
		// The name in parentheses may hold anything; what counts stands behind it.
		end := bytes.LastIndexByte(text, ')')
		if err != nil || end < 0 {
			continue // it has ended
		}
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 13 {
			continue
		}
		parent[id], _ = strconv.Atoi(fields[1])
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		used[id] = time.Duration(user+system) * tick
	}
	for id, time := range used {
		if descends(parent, id, pid) {
			sum += time
		}
	}
	return sum
}

// descends follows the parents of a process; their chain is never long.
func descends(parent map[int]int, id, from int) bool {
	for range 64 {
		if id == from {
			return true
		}
		if id = parent[id]; id <= 1 {
			return false
		}
	}
	return false
}
