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

// readMachine reads the processor times now. service and database are processes
// whose trees do the work, 0 when they are not known.
func readMachine(service, database int) Machine {
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
	all := processes()
	m.Service, m.Waited = all.tree(service)
	used, waited := all.tree(database)
	m.Waited += waited
	m.Own = m.Service + used + all[os.Getpid()].used
	return m
}

// sinceBoot reads the clock of /proc/uptime, which runs on monotonically.
func sinceBoot() time.Duration {
	text, _ := os.ReadFile("/proc/uptime")
	seconds, _, _ := strings.Cut(string(text), " ")
	f, _ := strconv.ParseFloat(seconds, 64)
	return time.Duration(f * float64(time.Second))
}

// process is one of the processes of the machine.
type process struct {
	name   string
	parent int
	used   time.Duration
}

type table map[int]process

// processes reads who runs now.
func processes() table {
	all := table{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		text, err := os.ReadFile(file)
		// The name in parentheses may hold anything; what counts stands behind it.
		begin, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
		if err != nil || begin < 0 || end < begin {
			continue // it has ended
		}
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 13 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		all[id] = process{string(text[begin+1 : end]), parent, time.Duration(user+system) * tick}
	}
	return all
}

// tree adds up what a process and its descendants used, and waited for.
func (t table) tree(root int) (used, waited time.Duration) {
	if root <= 0 {
		return 0, 0
	}
	for id, p := range t {
		if t.descends(id, root) {
			used += p.used
			waited += waitedFor(id)
		}
	}
	return used, waited
}

// waitedFor reads the second number of schedstat, thread by thread: nanoseconds
// spent on a run queue.
func waitedFor(id int) (sum time.Duration) {
	files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(id), "task/*/schedstat"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}

// serverOf gives the process that a PostgreSQL backend of this machine belongs to;
// 0 when the backend is on another one.
func serverOf(backend int) int {
	all := processes()
	p := all[backend]
	if !strings.HasPrefix(p.name, "postgres") || !strings.HasPrefix(all[p.parent].name, "postgres") {
		return 0
	}
	return p.parent
}

// descends follows the parents of a process; their chain is never long.
func (t table) descends(id, from int) bool {
	for range 64 {
		if id == from {
			return true
		}
		if id = t[id].parent; id <= 1 {
			return false
		}
	}
	return false
}
